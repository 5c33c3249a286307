package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static dev.henge.storage.type.Actor.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Large strings: what they show, what of them is written, and what is left when sides that wrote to parts have met. */
class ChunksTest {

  private static final int SEEDS = 300;
  private static final int COMMANDS = 120;
  private static final int STRING_BYTES_MAX = 12;
  private static final int CHUNK_BYTES = 5;

  private final Actor.Clock clock = new Actor.Clock();
  private final MemoryByteStore storeOfA = new MemoryByteStore();
  private final Actor a = actor(0xA, storeOfA);
  private final Actor b = actor(0xB, new MemoryByteStore());

  private Actor actor(long name, MemoryByteStore store) {
    Actor actor = new Actor(name, clock, store);
    actor.keyspace.chunks(STRING_BYTES_MAX, CHUNK_BYTES);
    return actor;
  }

  private static byte[] get(Actor actor) {
    return actor.run(head -> new StringValue(actor.keyspace, head).get());
  }

  private static String shown(Actor actor) {
    byte[] value = get(actor);
    return value == null ? null : text(value);
  }

  private static void on(Actor actor, Consumer<StringValue> command) {
    actor.run(head -> {
      command.accept(new StringValue(actor.keyspace, head));
      return null;
    });
  }

  private static void set(Actor actor, String value) {
    on(actor, s -> s.set(bytes(value), 0));
  }

  private static void write(Actor actor, int offset, String part) {
    on(actor, s -> s.write(offset, bytes(part), 0, part.length()));
  }

  private static void append(Actor actor, String part) {
    on(actor, s -> s.write(s.length(), bytes(part), 0, part.length()));
  }

  private static void delete(Actor actor) {
    actor.run(head -> actor.keyspace.delete(head));
  }

  private static void expire(Actor actor, long millis) {
    actor.run(head -> {
      actor.keyspace.setDeadline(head, millis);
      return null;
    });
  }

  private static long chunks(MemoryByteStore store) {
    long chunks = 0;
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        byte[] key = cursor.key();
        boolean row = KeyRef.slotOf(key) < Keyspace.LOCAL_PREFIX && !KeyRef.isHead(key);
        chunks += row && key[KeyRef.ofDisk(key).disk().length + DiskKeys.GENERATION_BYTES] == Chunks.KIND ? 1 : 0;
      }
    }
    return chunks;
  }

  // ---------------------------------------------------------------- one replica

  /** Any history of writes to the whole and to parts shows what an array of bytes would, here and on a replica. */
  @Test
  void behavesAsAnArrayOfBytes() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      MemoryByteStore ofOne = new MemoryByteStore();
      Actor one = actor(1, ofOne);
      Actor replica = actor(2, new MemoryByteStore());
      byte[] model = null;
      long deadline = 0;
      for (int i = 0; i < COMMANDS; i++) {
        String where = "seed " + seed + " command " + i;
        byte[] part = new byte[random.nextInt(random.nextInt(4) == 0 ? 40 : 8)];
        random.nextBytes(part);
        int length = model == null ? 0 : model.length;
        switch (random.nextInt(12)) {
          case 0, 1 -> {
            on(one, s -> s.set(part, 0));
            model = part;
            deadline = 0;
          }
          case 2, 3, 4, 5 -> {
            int offset = random.nextInt(3) == 0 ? length : random.nextInt(length + 20);
            byte[] changed = Arrays.copyOf(model == null ? new byte[0] : model, Math.max(length, offset + part.length));
            System.arraycopy(part, 0, changed, offset, part.length);
            if (part.length > 0) {
              on(one, s -> assertEquals(changed.length, s.write(offset, part, 0, part.length), where));
              model = changed;
            }
          }
          case 6 -> {
            delete(one);
            model = null;
            deadline = 0;
          }
          case 7 -> {
            if (model != null) {
              deadline = random.nextBoolean() ? 0 : clock.millis + 1 + random.nextInt(9);
              expire(one, deadline);
            }
          }
          case 8 -> {
            clock.millis += random.nextInt(4);
            if (deadline != 0 && deadline <= clock.millis) {
              model = null;
              deadline = 0;
            }
          }
          case 9 -> one.run(head -> {
            KeyDump.restore(one.keyspace, head, new ByteReader(KeyDump.of(one.keyspace, head)));
            return null;
          });
          default -> {
            byte[] expected = model;
            if (length > 0) {
              int from = random.nextInt(length);
              int count = 1 + random.nextInt(length - from);
              on(one, s -> s.range(from, count, (array, at, n) -> assertArrayEquals(
                  Arrays.copyOfRange(expected, from, from + count), Arrays.copyOfRange(array, at, at + n), where)));
            }
          }
        }
        replica.apply(one.sent);
        one.sent.clear();
        check(one, model, deadline, where);
        check(replica, model, deadline, where);
      }
      delete(one);
      assertEquals(0, chunks(ofOne), "seed " + seed);
    }
  }

  private static void check(Actor actor, byte[] model, long deadline, String where) {
    assertArrayEquals(model, get(actor), where);
    actor.run(head -> {
      assertEquals(model == null ? 0 : model.length, new StringValue(actor.keyspace, head).length(), where);
      assertEquals(model == null ? ValueType.NONE : ValueType.STRING, head.type(), where);
      assertEquals(deadline, model == null ? 0 : head.deadlineMillis(), where);
      return null;
    });
  }

  @Test
  void aReplacedOrDeletedValueLeavesNoChunks() {
    set(a, "a value in several chunks");
    assertEquals(5, chunks(storeOfA));
    set(a, "another value in chunks");
    assertEquals(5, chunks(storeOfA));
    set(a, "short");
    assertEquals(0, chunks(storeOfA));
    append(a, " and long again");
    assertEquals(4, chunks(storeOfA));
    on(a, s -> s.set(bytes("a value that is chunked"), clock.millis + 5));
    clock.millis += 5;
    a.run(head -> a.keyspace.expire(head));
    assertEquals(0, chunks(storeOfA));
    a.sets(s -> s.add(bytes("a set under the same key")));
    set(a, "a value in several chunks");
    assertEquals(5, chunks(storeOfA));
    assertEquals("a value in several chunks", shown(a));
  }

  @Test
  void aHoleIsZerosAndTakesNoRoom() {
    set(a, "x");
    write(a, 1000, "y");
    byte[] expected = new byte[1001];
    expected[0] = 'x';
    expected[1000] = 'y';
    assertArrayEquals(expected, get(a));
    assertEquals(2, chunks(storeOfA));
  }

  @Test
  void chunksOfAnotherSizeStayReadable() {
    set(a, "written in chunks of five");
    a.keyspace.chunks(STRING_BYTES_MAX, 3);
    assertEquals("written in chunks of five", shown(a));
    write(a, 11, "CHUNKS");
    append(a, " bytes");
    assertEquals("written in CHUNKS of five bytes", shown(a));
    set(a, "written in chunks of three");
    assertEquals("written in chunks of three", shown(a));
    assertEquals(9, chunks(storeOfA));
  }

  @Test
  void aStringThatIsOneRowHoweverLongIsTakenApartWhenItIsWrittenTo() {
    a.keyspace.chunks(1000, CHUNK_BYTES);
    set(a, "a value from before there were chunks");
    a.keyspace.chunks(STRING_BYTES_MAX, CHUNK_BYTES);
    assertEquals("a value from before there were chunks", shown(a));
    expire(a, clock.millis + 1000);
    assertEquals(0, chunks(storeOfA));
    write(a, 2, "VALUE");
    assertEquals("a VALUE from before there were chunks", shown(a));
    assertEquals(8, chunks(storeOfA));
    b.apply(a.sent);
    assertEquals("a VALUE from before there were chunks", shown(b));
    b.run(head -> {
      assertEquals(clock.millis + 1000, head.deadlineMillis());
      return null;
    });
  }

  @Test
  void twoValuesOfOneCommandLeaveTheLast() {
    on(a, s -> {
      s.set(bytes("a value in several chunks"), 0);
      s.write(0, bytes("A"), 0, 1);
      s.set(bytes("one more value in chunks"), 0);
      s.write(0, bytes("O"), 0, 1);
    });
    b.apply(a.sent);
    assertEquals("One more value in chunks", shown(a));
    assertEquals("One more value in chunks", shown(b));
  }

  // ---------------------------------------------------------------- sides that meet

  /** Both begin with the value, write alone, and meet; two more hear of both in either order. */
  private void meet(Consumer<Actor> before, Consumer<Actor> left, Consumer<Actor> right, String expected) {
    before.accept(a);
    int common = a.sent.size();
    b.apply(a.sent);
    left.accept(a);
    right.accept(b);
    List<Actor.Sent> ofA = List.copyOf(a.sent.subList(common, a.sent.size()));
    Actor c = actor(0xC, new MemoryByteStore());
    c.apply(a.sent);
    c.apply(b.sent);
    Actor d = actor(0xD, new MemoryByteStore());
    d.apply(a.sent.subList(0, common));
    d.apply(b.sent);
    d.apply(ofA);
    a.apply(b.sent);
    b.apply(ofA);
    for (Actor each : List.of(a, b, c, d)) {
      assertEquals(expected, shown(each));
    }
  }

  private static final String COMMON = "aaaaabbbbbcccccddddd";

  private static void common(Actor x) {
    set(x, COMMON);
  }

  @Test
  void differentChunksUnite() {
    meet(ChunksTest::common, x -> write(x, 1, "LL"), x -> write(x, 16, "RRR"), "aLLaabbbbbcccccdRRRd");
  }

  @Test
  void ofTheSameChunkTheNewerShows() {
    meet(ChunksTest::common, x -> write(x, 1, "L"), x -> write(x, 3, "R"), "aaaRabbbbbcccccddddd");
  }

  @Test
  void theGreaterLengthIsKept() {
    meet(ChunksTest::common, x -> append(x, "LLLLLLL"), x -> append(x, "RR"), COMMON + "RRLLLLL");
  }

  @Test
  void theNewerOfTwoSetsShows() {
    meet(ChunksTest::common, x -> set(x, "a left value in chunks"), x -> set(x, "a right value in chunks"),
        "a right value in chunks");
  }

  @Test
  void aLosingValueIsKeptUntilTheNextWrite() {
    theNewerOfTwoSetsShows();
    assertEquals(10, chunks(storeOfA));
    assertEquals(2, (int) a.run(head -> head.string().siblings().size()));
    write(a, 0, "A");
    assertEquals("A right value in chunks", shown(a));
    a.run(head -> {
      assertEquals(5, head.part(Chunks.KIND).live);
      return null;
    });
  }

  private static List<String> lost(Actor actor) {
    return actor.run(head -> KeyVersions.lost(actor.keyspace, head, 100).versions().stream()
        .map(v -> (v.member() == null ? "" : text(v.member()) + ": ") + text(v.value())).toList());
  }

  @Test
  void whatLostIsTold() {
    theNewerOfTwoSetsShows();
    assertEquals(List.of("a left value in chunks"), lost(a));
    a.run(head -> {
      assertEquals(List.of("23 bytes in chunks", "22 bytes in chunks"),
          KeyVersions.string(head).stream().map(v -> text(v.value())).toList());
      assertEquals(List.of(), KeyVersions.kinds(head));
      return null;
    });
  }

  @Test
  void ofTheSameChunkWhatLostIsToldWithItsPlace() {
    meet(ChunksTest::common, x -> write(x, 11, "L"), x -> write(x, 13, "R"), "aaaaabbbbbcccRcddddd");
    assertEquals(List.of("10: cLccc"), lost(a));
  }

  /** The SET had seen what the append was to: it shows, though the append is newer. */
  @Test
  void aSetShowsBeforeALaterAppendToWhatItReplaced() {
    meet(ChunksTest::common, x -> set(x, "set"), x -> append(x, "RR"), "set");
  }

  @Test
  void aNewerValueShowsWithWhatWasAppendedToIt() {
    meet(
        x -> set(x, "old"),
        x -> set(x, "a left one"),
        x -> {
          set(x, "a right value in chunks");
          append(x, ", and more");
        },
        "a right value in chunks, and more");
  }

  @Test
  void ofADeletedValueWhatWasWrittenConcurrentlyStays() {
    meet(ChunksTest::common, ChunksTest::delete, x -> write(x, 11, "R"),
        "\0".repeat(10) + "cRccc" + "\0".repeat(5));
  }

  @Test
  void anExpireDoesNotKeepWhatWasDeleted() {
    meet(ChunksTest::common, ChunksTest::delete, x -> expire(x, clock.millis + 1000), null);
  }

  @Test
  void writesToPartsAndDeadlinesUnite() {
    meet(ChunksTest::common, x -> expire(x, clock.millis + 1000), x -> write(x, 0, "R"), "R" + COMMON.substring(1));
    clock.millis += 1000;
    assertEquals("R" + COMMON.substring(1), shown(a), "the newer write knew of no deadline");
  }

  @Test
  void incrementsBesideALargeValueCountFromZero() {
    meet(x -> set(x, "7"), x -> set(x, "a left value in chunks"), x -> on(x, s -> s.increment(BigDecimal.TEN)), "10");
    append(a, "1");
    assertEquals("101", shown(a));
  }

  // ---------------------------------------------------------------- what it costs

  @Test
  void aWriteToAPartOfAHundredMegabytesCostsAChunk() {
    int megabyte = 1 << 20;
    CountingByteStore store = new CountingByteStore();
    Actor actor = new Actor(0xA, clock, store);
    byte[] piece = new byte[megabyte];
    Arrays.fill(piece, (byte) 'x');
    for (int i = 0; i < 100; i++) {
      on(actor, s -> s.write(s.length(), piece, 0, megabyte));
      actor.sent.clear();
    }
    store.reset();
    append(actor, "0123456789");
    assertEquals(1, actor.sent.size());
    int bundle = actor.sent.get(0).body().length;
    assertTrue(bundle < StringRows.CHUNK_BYTES + 200, "a bundle of " + bundle + " bytes");
    write(actor, 50 * megabyte, "y");
    assertTrue(actor.sent.get(1).body().length < StringRows.CHUNK_BYTES + 200);
    assertTrue(store.all() <= 12, store.toString());
    store.reset();
    byte[][] read = new byte[1][];
    on(actor, s -> s.range(50 * megabyte - 1, 3, (array, at, n) -> read[0] = Arrays.copyOfRange(array, at, at + n)));
    assertEquals("xyx", text(read[0]));
    on(actor, s -> assertEquals(100 * megabyte + 10, s.length()));
    assertTrue(store.all() <= 12, store.toString());
    assertNull(actor.run(head -> head.plain()));
  }
}
