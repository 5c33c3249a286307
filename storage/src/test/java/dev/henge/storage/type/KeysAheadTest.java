package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.KeyHash;
import dev.henge.storage.lsm.MemoryByteStore;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is looked at for requests to come are the very records that they find, and looking changes nothing. */
class KeysAheadTest {

  private static final int WORDS = 3;

  private final MemoryByteStore store = new MemoryByteStore();
  private final Keyspace rows = new Keyspace(store,
      (db, buffer, offset, length) -> KeyRef.of(db, length % 16, 77 * length + buffer[offset], buffer, offset, length),
      16, 1, 2, () -> 1_000);
  private long seq;

  private void run(java.util.function.Consumer<Head> command, String key) {
    rows.begin(5, ++seq, () -> seq);
    byte[] name = bytes(key);
    command.accept(rows.open(rows.locate(0, name, 0, name.length)));
    rows.finish();
  }

  /** What is found for requests, each of a key and up to two words behind it. */
  private List<Long> found(String[]... requests) {
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    int[] offsets = new int[WORDS * requests.length];
    int[] lengths = new int[WORDS * requests.length];
    for (int i = 0; i < requests.length; i++) {
      for (int word = 0; word < WORDS; word++) {
        boolean there = word < requests[i].length;
        offsets[WORDS * i + word] = there ? input.size() : 0;
        lengths[WORDS * i + word] = there ? requests[i][word].length() : -1;
        input.writeBytes(there ? bytes(requests[i][word]) : new byte[0]);
      }
    }
    int count = rows.ahead().find(0, input.toByteArray(), offsets, lengths, WORDS, requests.length);
    List<Long> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      found.add(rows.ahead().found()[i]);
    }
    return found;
  }

  private Set<Long> stored() {
    Set<Long> stored = new HashSet<>();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        stored.add(KeyHash.of(cursor.key(), 0, cursor.key().length));
      }
    }
    return stored;
  }

  private static String[] request(String... words) {
    return words;
  }

  @Test
  void findsTheRowsOfMembers() {
    run(head -> new SetValue(rows, head).add(bytes("one")), "set");
    run(head -> new HashValue(rows, head).set(bytes("two"), bytes("x")), "hash");
    run(head -> new SortedSetValue(rows, head).member(bytes("three")).put(1), "sorted");
    run(head -> new StringValue(rows, head).set(bytes("x"), 0), "string");
    Set<Long> stored = stored();
    List<Long> found = found(request("set", "one"), request("set", "one"), request("hash", "two", "y"),
        request("sorted", "7", "three"), request("sorted", "three"), request("string", "y"));
    assertEquals(9, found.size()); // four heads, once each; five members
    assertTrue(stored.containsAll(found));
    assertEquals(7, new HashSet<>(found).size());
  }

  @Test
  void findsNothingWhereTheHeadIsNotKnown() {
    assertEquals(1, found(request("set", "one")).size());
    run(head -> new SetValue(rows, head).add(bytes("one")), "set");
    assertEquals(2, found(request("set", "one")).size());
    assertEquals(1, found(request("set")).size());
    run(head -> rows.delete(head), "set");
    assertEquals(1, found(request("set", "one")).size());
    run(head -> new SetValue(rows, head).add(bytes("one")), "set"); // another generation
    assertTrue(stored().containsAll(found(request("set", "one"))));
  }

  @Test
  void takesNoMoreThanItsBoundAndLeavesOutWhatIsTooLong() {
    run(head -> new SetValue(rows, head).add(bytes("one")), "set");
    String[][] many = new String[60][];
    for (int i = 0; i < many.length; i++) {
      many[i] = request("set", "m" + i);
    }
    assertEquals(1 + many.length, found(many).size());
    String[][] keys = new String[60][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = i % 2 == 0 ? request("set", "m" + i) : request("k" + i, "m" + i);
    }
    assertEquals(64, found(keys).size());
    String huge = "x".repeat(5_000);
    assertEquals(1, found(request("set", huge)).size());
    assertEquals(2, found(request(huge, "one"), request("set", "one")).size());
  }

  @Test
  void changesNothing() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      String key = "k" + random.nextInt(5);
      byte[] member = bytes("m" + random.nextInt(10));
      run(head -> {
        if (head.type() == ValueType.NONE || head.type() == ValueType.HASH) {
          new HashValue(rows, head).set(member, member);
        }
        if (random.nextInt(9) == 0) {
          rows.delete(head);
        }
      }, key);
      Set<Long> before = stored();
      found(request("k" + random.nextInt(5), "m" + random.nextInt(10), "v"), request(key, "m0"));
      assertEquals(before, stored(), "seed " + seed);
    }
  }
}
