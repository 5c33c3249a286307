package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.CheckReport;
import dev.henge.storage.lsm.MemoryByteStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Heads that count wrongly, and rows that cannot be read, are found; what is sound is not. */
class RowsCheckTest {

  private final MemoryByteStore store = new MemoryByteStore();
  private final KeyLocator locator = (db, buffer, offset, length) -> KeyRef.of(db, 3, buffer[offset], buffer, offset, length);
  private final Keyspace keyspace = new Keyspace(store, locator, 16, 1024, 16, () -> 1_000);
  private long seq;

  private interface Work {
    void on(Head head);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void command(String key, Work work) {
    keyspace.begin(7, ++seq, () -> seq);
    work.on(keyspace.open(keyspace.locate(0, bytes(key), 0, key.length())));
    keyspace.finish();
  }

  private void fill() {
    for (String key : List.of("a", "b")) {
      command(key, head -> {
        SetValue set = new SetValue(keyspace, head);
        for (int i = 0; i < 300; i++) {
          set.add(bytes("m" + i));
        }
      });
      command(key, head -> new SetValue(keyspace, head).remove(bytes("m7")));
    }
    command("gone", head -> new SetValue(keyspace, head).add(bytes("m")));
    command("gone", keyspace::delete);
  }

  private CheckReport check() {
    CheckReport report = new CheckReport();
    RowsCheck check = new RowsCheck();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        check.row(cursor.key(), cursor.value(), report);
      }
    }
    check.end(report);
    assertTrue(check.heads() >= 2);
    return report;
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

  @Test
  void soundRowsAreSound() {
    fill();
    assertEquals(List.of(), check().faults());
  }

  @Test
  void everyRowThatIsMissedIsFoundUnlessItIsDerivedOrAWholeKey() {
    fill();
    int found = 0;
    for (byte[] key : keys()) {
      byte[] value = store.get(key);
      store.delete(key);
      CheckReport report = check();
      found += report.faultCount() > 0 ? 1 : 0;
      if (report.faultCount() > 0) {
        assertTrue(report.faults().get(0).what().matches("the key has \\d+ (live|dead) rows of kind E, its head says \\d+"),
            report.faults().get(0).what());
      }
      store.put(key, value);
    }
    assertEquals(600, found, "299 live and 1 dead row of each of two sets");
  }

  @Test
  void aRowOfWhichABitIsTurnedIsFound() {
    command("h", head -> new HashValue(keyspace, head).set(bytes("f"), bytes("value")));
    fill();
    byte[] row = keys().stream().filter(key -> !KeyRef.isHead(key) && KeyRef.ofDisk(key).toString().endsWith("h")).findFirst().orElseThrow();
    byte[] value = store.get(row);
    value[value.length - 1] ^= 1;
    store.put(row, value);
    assertTrue(check().faults().get(0).what().startsWith("the key's rows of kind F are not those"), check().faults().toString());
  }

  @Test
  void aHeadThatCannotBeReadIsFound() {
    fill();
    byte[] head = keys().get(0);
    store.put(head, new byte[] {9, 9, 9});
    assertTrue(check().faults().get(0).what().startsWith("the row cannot be read"), check().faults().toString());
  }
}
