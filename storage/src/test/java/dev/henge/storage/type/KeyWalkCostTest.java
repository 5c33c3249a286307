package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class KeyWalkCostTest {

  /** A walk of keys sees each key once and jumps over the rows of large ones. */
  @Test
  void doesNotWalkTheRowsOfCollections() {
    CountingByteStore store = new CountingByteStore();
    Keyspace keyspace = new Keyspace(
        store, (db, b, o, l) -> KeyRef.of(db, 7, b[o] * 7919, b, o, l), 16, 1024, 2, () -> 1_800_000_000_000L);
    keyspace.begin(1, 1, () -> 1);
    for (String key : new String[] {"a", "b", "c", "d", "e"}) {
      Head head = keyspace.open(keyspace.locate(key.equals("d") ? 1 : 0, bytes(key), 0, 1));
      SetValue set = new SetValue(keyspace, head);
      for (int i = 0; i < (key.equals("e") ? 3 : 2_000); i++) {
        set.add(bytes("member" + i));
      }
    }
    keyspace.finish();
    store.reset();
    TreeSet<String> seen = new TreeSet<>();
    long end = keyspace.walk(0, 0, 0, 15, head -> seen.add(head.key().toString()));
    assertEquals(-1, end);
    assertEquals("[0:a, 0:b, 0:c, 0:e]", seen.toString());
    assertTrue(store.all() < 150, store.toString());
  }
}
