package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrphanFilterTest {

  private static final int MEMBERS = SubRows.SWEEP_ROWS_MAX * 2;

  private final MemoryByteStore store = new MemoryByteStore();
  private final KeyLocator locator =
      (db, buffer, offset, length) -> KeyRef.of(db, 3, length, buffer, offset, length);
  private final Keyspace keyspace = new Keyspace(store, locator, 16, 1024, 16, () -> 1_000);
  private long seq;

  private interface Work {
    void on(Head head);
  }

  private void command(String key, Work work) {
    byte[] bytes = key.getBytes(StandardCharsets.ISO_8859_1);
    keyspace.begin(7, ++seq, () -> seq);
    work.on(keyspace.open(keyspace.locate(0, bytes, 0, bytes.length)));
    keyspace.finish();
  }

  private void fill(String key, int members) {
    command(key, head -> {
      SetValue set = new SetValue(keyspace, head);
      for (int i = 0; i < members; i++) {
        set.add(("m" + i).getBytes(StandardCharsets.ISO_8859_1));
      }
    });
  }

  /** As a compaction of everything would: counts the records, and drops what the filter says. */
  private int[] compact() {
    OrphanFilter filter = new OrphanFilter(store::get);
    int[] counts = new int[2];
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        counts[0]++;
        if (filter.drop(cursor.key(), cursor::value)) {
          counts[1]++;
          store.delete(cursor.key().clone());
        }
      }
    }
    return counts;
  }

  @Test
  void rowsOfADeletedCollectionAreDroppedAndNoOthers() {
    fill("kept", 10);
    fill("gone", MEMBERS);
    command("gone", keyspace::delete);
    fill("gone", 3);
    int[] first = compact();
    assertEquals(MEMBERS, first[1], "the deleted set's rows are dropped");
    assertEquals(0, compact()[1]);
    for (String key : new String[] {"kept", "gone"}) {
      command(key, head -> {
        SetValue set = new SetValue(keyspace, head);
        assertEquals(key.equals("kept") ? 10 : 3, set.size());
        assertTrue(set.contains("m2".getBytes(StandardCharsets.ISO_8859_1)));
      });
    }
  }

  @Test
  void rowsOfACollectionDeletedForGoodAreDropped() {
    fill("gone", MEMBERS);
    command("gone", keyspace::delete);
    assertEquals(MEMBERS, compact()[1]);
  }

  private List<byte[]> keys() {
    List<byte[]> keys = new ArrayList<>();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        keys.add(cursor.key().clone());
      }
    }
    return keys;
  }

  /** As steps of compaction that have rows of one key in a table without its newest head. */
  @Test
  void aRowIsJudgedByTheNewestHeadWhateverHeadTheMergeMeets() {
    fill("key", MEMBERS);
    List<byte[]> before = keys();
    byte[] oldHead = store.get(before.get(0));
    assertTrue(KeyRef.isHead(before.get(0)));
    command("key", keyspace::delete);
    fill("key", 3);
    List<byte[]> fresh = keys();
    fresh.removeIf(key -> KeyRef.slotOf(key) >= Keyspace.LOCAL_PREFIX);
    fresh.removeIf(key -> before.stream().anyMatch(old -> Arrays.equals(old, key)));
    assertEquals(3, fresh.size());
    OrphanFilter beside = new OrphanFilter(store::get);
    assertFalse(beside.drop(before.get(0), () -> oldHead));
    fresh.forEach(key -> assertFalse(beside.drop(key, () -> store.get(key)), "a live row beside an old head"));
    OrphanFilter alone = new OrphanFilter(store::get);
    before.subList(1, before.size()).forEach(key -> assertTrue(alone.drop(key, () -> store.get(key)), "dead, without a head"));
    OrphanFilter headless = new OrphanFilter(key -> null);
    fresh.forEach(key -> assertFalse(headless.drop(key, () -> store.get(key)), "no head anywhere: the rows stay"));
  }
}
