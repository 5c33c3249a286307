package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStats;
import dev.henge.storage.lsm.LsmStore;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageFiguresTest {

  @TempDir
  Path dir;

  @Test
  void tellsEveryFigureOnALineOfItsOwn() {
    try (LsmStore store = LsmStore.open(dir, LsmOptions.defaults(), (position, record) -> {})) {
      store.append(new byte[] {1}, 0, 1);
      store.put(new byte[] {1}, new byte[10_000]);
      store.checkpoint();
      store.get(new byte[] {1});
      LsmStats stats = store.stats();
      Map<String, Object> figures = StorageFigures.of(stats);
      assertEquals(1L, figures.get("store_flushes"));
      assertEquals(0, figures.get("store_reclaiming"));
      assertEquals(stats.tableBytes() + stats.valueFileBytes(), figures.get("store_mapped_bytes"));
      assertEquals(LsmOptions.defaults().memoryBytes(), figures.get("store_memtable_bytes_max"));
      assertTrue(figures.get("store_level_0").toString().startsWith("runs=1,tables=1,bytes="), figures.toString());
      assertEquals(LsmStats.class.getRecordComponents().length - 1 + stats.levels().size(), figures.size());
    }
  }
}
