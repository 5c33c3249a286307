package dev.henge.storage.type;

import dev.henge.storage.lsm.LogSync;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Hash64;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Commands in the keyspace, from the key's bytes to the changed rows and the bundle's body: no parsing, no log, no
 * reply. A store on a real disk is below; it flushes what does not fit its memtable, sixteen commands a turn.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class KeyspaceMicro {

  private static final int KEYS = 50_000;
  private static final int ELEMENTS = 10_000;
  private static final int TURN = 16;
  private static final long ACTOR = 0x1234_5678_9ABCL;
  private static final long EPOCH = 1_800_000_000_000L << 16;

  private Path dir;
  private Replica here;
  private Replica peer;
  private final byte[] name = "key:000000000000".getBytes(StandardCharsets.ISO_8859_1);
  private final byte[] element = "element:000000000000".getBytes(StandardCharsets.ISO_8859_1);
  private final byte[] value = new byte[100];
  private final byte[] list = "mylist".getBytes(StandardCharsets.ISO_8859_1);
  private final byte[] hash = "myhash".getBytes(StandardCharsets.ISO_8859_1);
  private final byte[] set = "myset".getBytes(StandardCharsets.ISO_8859_1);
  private final byte[] zset = "myzset".getBytes(StandardCharsets.ISO_8859_1);
  private final byte[] counter = "counter:000000000000".getBytes(StandardCharsets.ISO_8859_1);
  private long seq;
  private long stamp = EPOCH;
  private final LongSupplier stamps = () -> ++stamp;
  private int length;
  private final StringValue.BytesSink lengthRead = (bytes, offset, count) -> length = count;
  private long drawn;
  private int fresh = KEYS;
  private double score;

  private static final class Places implements KeyLocator {

    @Override
    public KeyRef locate(int db, byte[] buffer, int offset, int length) {
      long h = place(ANY_SLOT, buffer, offset, length);
      return KeyRef.of(db, (int) (h >>> Integer.SIZE), (int) h, buffer, offset, length);
    }

    @Override
    public long place(int slot, byte[] buffer, int offset, int length) {
      long h = Hash64.of(0, buffer, offset, length);
      return h >>> 50 << Integer.SIZE | h & 0xFFFF_FFFFL;
    }
  }

  /** A keyspace over a store of its own. */
  private static final class Replica {
    final LsmStore store;
    final Keyspace rows;
    int commands;

    Replica(Path dir) {
      store = LsmStore.open(dir, LsmOptions.defaults().withLogRetainBytes(0).withLogSync(LogSync.NEVER),
          (position, record) -> { });
      rows = new Keyspace(store, new Places(), 16, 1024, 16, () -> 1_800_000_000_000L);
    }

    Head open(byte[] key) {
      return rows.open(rows.locate(0, key, 0, key.length));
    }

    void ended() {
      if (++commands % TURN == 0) {
        store.endTurn();
      }
    }
  }

  @Setup
  public void load() throws IOException {
    dir = Files.createTempDirectory("henge-micro");
    here = new Replica(dir.resolve("here"));
    peer = new Replica(dir.resolve("peer"));
    for (int i = 0; i < KEYS; i++) {
      number(name, i);
      setString();
      applyAtPeer();
    }
    for (int i = 0; i < ELEMENTS; i++) {
      number(element, i);
      putField();
      addMember();
      putScore();
      number(counter, i);
      count();
    }
  }

  @TearDown
  public void close() throws IOException {
    here.store.close();
    peer.store.close();
    try (Stream<Path> files = Files.walk(dir)) {
      files.sorted(Comparator.reverseOrder()).forEach(KeyspaceMicro::delete);
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a number behind the name's colon. */
  private static void number(byte[] name, int number) {
    int rest = number;
    for (int at = name.length - 1; name[at] != ':'; at--) {
      name[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  private int draw(int bound) {
    drawn += 0x9E3779B97F4A7C15L;
    return (int) ((Hash64.mix(drawn, 3) >>> 33) % bound);
  }

  private void begin() {
    here.rows.begin(ACTOR, ++seq, stamps);
  }

  private boolean end() {
    boolean changed = here.rows.finish();
    here.ended();
    return changed;
  }

  private boolean setString() {
    begin();
    if (!here.rows.plain().set(0, KeyLocator.ANY_SLOT, name, 0, name.length, value, 0, value.length)) {
      new StringValue(here.rows, here.open(name)).set(value, 0);
    }
    return end();
  }

  private boolean applyAtPeer() {
    Bytes body = here.rows.body();
    boolean passed = peer.rows.apply(ACTOR, seq, new ByteReader(body.array(), 0, body.length()));
    peer.ended();
    return passed;
  }

  private boolean putField() {
    begin();
    new HashValue(here.rows, here.open(hash)).set(element, value);
    return end();
  }

  private boolean addMember() {
    begin();
    new SetValue(here.rows, here.open(set)).add(element);
    return end();
  }

  private boolean putScore() {
    begin();
    new SortedSetValue(here.rows, here.open(zset)).member(element).put(++score);
    return end();
  }

  private boolean count() {
    begin();
    if (!here.rows.plain().move(0, KeyLocator.ANY_SLOT, counter, 0, counter.length, 1)) {
      new StringValue(here.rows, here.open(counter)).increment(BigDecimal.ONE);
    }
    return end();
  }

  // ---------------------------------------------------------------- strings

  @Benchmark
  public boolean setFresh() {
    number(name, fresh++);
    return setString();
  }

  @Benchmark
  public boolean setOverOld() {
    number(name, draw(KEYS));
    return setString();
  }

  /** The same, and an owner applies the bundle's body; less the SET alone it is what the owner pays for the rows. */
  @Benchmark
  public boolean setOverOldAndPeerApplies() {
    number(name, draw(KEYS));
    setString();
    return applyAtPeer();
  }

  @Benchmark
  public int get() {
    number(name, draw(KEYS));
    begin();
    if (here.rows.plain().read(0, KeyLocator.ANY_SLOT, name, 0, name.length, lengthRead) != PlainStrings.Found.STRING) {
      throw new AssertionError("no string");
    }
    end();
    return length;
  }

  @Benchmark
  public boolean incr() {
    number(counter, draw(ELEMENTS));
    return count();
  }

  // ---------------------------------------------------------------- collections

  @Benchmark
  public boolean hsetOverOld() {
    number(element, draw(ELEMENTS));
    return putField();
  }

  @Benchmark
  public boolean hsetFresh() {
    number(element, fresh++);
    return putField();
  }

  @Benchmark
  public boolean saddFresh() {
    number(element, fresh++);
    return addMember();
  }

  @Benchmark
  public boolean saddPresent() {
    number(element, draw(ELEMENTS));
    return addMember();
  }

  @Benchmark
  public boolean zaddFresh() {
    number(element, fresh++);
    return putScore();
  }

  @Benchmark
  public boolean zaddMoved() {
    number(element, draw(ELEMENTS));
    return putScore();
  }

  /** The list is emptied when it has got long. */
  @Benchmark
  public boolean lpush() {
    begin();
    Head head = here.open(list);
    ListValue elements = new ListValue(here.rows, head);
    if (elements.size() >= ELEMENTS) {
      here.rows.delete(head);
    } else {
      elements.push(false, value);
    }
    return end();
  }

  @Benchmark
  public boolean lpushAndRpop() {
    begin();
    new ListValue(here.rows, here.open(list)).push(false, value);
    end();
    begin();
    new ListValue(here.rows, here.open(list)).pop(true);
    return end();
  }
}
