package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.Transport;
import dev.henge.ring.placement.HashSlot;
import dev.henge.ring.placement.KeyHash;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.ShardConfig;
import dev.henge.ring.replica.ShardLog;
import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.KeyRef;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.StringValue;
import dev.henge.storage.version.HybridClock;
import dev.henge.storage.version.Rules;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** A node alone at its limit, on a clock of the test's own: which keys go, by each policy, and how many. */
class EvictionTest {

  private static final long SEED = 20261121;
  private static final int VNODES = 64;
  private static final int SLOTS_PER_VNODE = HashSlot.COUNT / VNODES;
  private static final int VALUE_BYTES = 200;
  private static final int KEYS = 20_000;

  private final SplittableRandom chance = new SplittableRandom(SEED);
  private long nanos = 1_000_000_000_000L;
  /** How much time passes with every look at the clock by the limit. */
  private long nanosALook;
  private long fileBytes;
  private int reclaims;
  private final MemoryLog log = new MemoryLog();
  private final Keyspace rows = new Keyspace(log, EvictionTest::locate, SLOTS_PER_VNODE, VNODES, 2, this::millis);
  private final Shard shard = shard();
  private final Eviction eviction =
      new Eviction(shard, VNODES, SLOTS_PER_VNODE, new SplittableRandom(SEED), 1 << 20, nanos);
  private final DiskLimit limit =
      new DiskLimit(rows::rowBytes, eviction, () -> fileBytes, () -> reclaims++, () -> nanos += nanosALook);

  private long millis() {
    return 1_800_000_000_000L + nanos / 1_000_000;
  }

  private static KeyRef locate(int db, byte[] buffer, int offset, int length) {
    int hash = KeyHash.of(buffer, offset, length);
    return KeyRef.of(db, HashSlot.of(buffer, offset, length), hash, buffer, offset, length);
  }

  private Shard shard() {
    RingState ring = RingState.empty("henge", new RingSettings(VNODES, 16, 3, RingSettings.DEFAULT.epsilonPermille()))
        .with(new NodeState(
            "one", 1, 1, new NodeAddress("127.0.0.1", 1, 2, 3), "", NodeState.DEFAULT_WEIGHT));
    ShardConfig config = new ShardConfig("one", 7, 0, false, 1_500, 5_000, true, 1_000, Rules.SOUND);
    Shard made = new Shard(config, log, rows, new HybridClock(this::millis), new NoTransport(), VNODES, () -> nanos);
    made.place(Placement.of(ring), true);
    for (int n = 0; n < 100 && made.served().cardinality() < VNODES; n++) {
      nanos += 50_000_000;
      made.tick(millis());
      made.endTurn();
    }
    assertEquals(VNODES, made.served().cardinality());
    return made;
  }

  private void pass(long millis) {
    for (long left = millis; left > 0; left -= 50) {
      nanos += Math.min(left, 50) * 1_000_000;
      shard.tick(millis());
      limit.tick();
      shard.endTurn();
    }
  }

  private static KeyRef key(int i) {
    byte[] name = ("key:" + i).getBytes(StandardCharsets.ISO_8859_1);
    return locate(i % 2, name, 0, name.length);
  }

  private void on(int i, Consumer<Head> command) {
    shard.execute(key(i).slot() / SLOTS_PER_VNODE, keyspace -> command.accept(keyspace.open(key(i))));
  }

  private void set(int i, long deadlineMillis) {
    on(i, head -> new StringValue(rows, head).set(new byte[VALUE_BYTES], deadlineMillis));
  }

  private boolean exists(int i) {
    boolean[] exists = new boolean[1];
    shard.execute(key(i).slot() / SLOTS_PER_VNODE, keyspace -> exists[0] = keyspace.peek(key(i)).exists());
    return exists[0];
  }

  private int left(IntPredicate which) {
    int left = 0;
    for (int i = 0; i < KEYS; i++) {
      left += which.test(i) && exists(i) ? 1 : 0;
    }
    return left;
  }

  private void fill() {
    for (int i = 0; i < KEYS; i++) {
      set(i, 0);
    }
    pass(1_000);
  }

  /** One key in ten is read again and again, while all others are not. */
  private void useTheHotOnes() {
    for (int n = 0; n < 10; n++) {
      for (int i = 0; i < KEYS / 10; i++) {
        on(chance.nextInt(KEYS / 10) * 10, Head::exists);
      }
      pass(500);
    }
  }

  /** Lets the limit sink to half of what there is, and gives eviction the time that it needs. */
  private void evictHalf(EvictionPolicy policy) {
    limit.set(rows.rowBytes() / 2, policy, 5);
    nanosALook = 20_000;
    int ticks = 0;
    while (limit.exceeded() && ticks++ < 100_000) {
      limit.tick();
      shard.endTurn();
    }
    assertFalse(limit.exceeded());
    nanosALook = 0;
  }

  @Test
  void byLastUseTheHotKeysStay() {
    limit.set(Long.MAX_VALUE, EvictionPolicy.ALLKEYS_LRU, 5);
    fill();
    useTheHotOnes();
    evictHalf(EvictionPolicy.ALLKEYS_LRU);
    int hot = left(i -> i % 10 == 0);
    int all = left(i -> true);
    assertTrue(hot >= KEYS / 10 * 0.95, "seed " + SEED + ": of " + KEYS / 10 + " hot keys " + hot + " are left");
    assertTrue(all > KEYS * 0.49 && all < KEYS * 0.51, "left " + all);
    assertEquals(KEYS - all, limit.evictedKeys());
  }

  @Test
  void byChanceTheHotKeysFareAsTheOthers() {
    limit.set(Long.MAX_VALUE, EvictionPolicy.ALLKEYS_LRU, 5);
    fill();
    useTheHotOnes();
    evictHalf(EvictionPolicy.ALLKEYS_RANDOM);
    int hot = left(i -> i % 10 == 0);
    assertTrue(hot > KEYS / 10 * 0.40 && hot < KEYS / 10 * 0.60, "of " + KEYS / 10 + " hot keys " + hot + " are left");
  }

  @Test
  void theSoonestDeadlinesGoFirst() {
    for (int i = 0; i < KEYS; i++) {
      set(i, i % 4 == 0 ? 0 : millis() + 1_000_000_000 + i);
    }
    pass(100);
    evictHalf(EvictionPolicy.VOLATILE_TTL);
    int evicted = (int) limit.evictedKeys();
    assertEquals(KEYS / 4, left(i -> i % 4 == 0), "keys without a deadline stay");
    int firstLeft = 1;
    while (!exists(firstLeft)) {
      firstLeft += firstLeft % 4 == 3 ? 2 : 1;
    }
    assertEquals(evicted, firstLeft - firstLeft / 4 - 1, "all that went had a deadline before " + firstLeft + "'s");
    set(KEYS + 1, millis() + 1_000_000);
    assertTrue(eviction.evictOne());
    assertFalse(exists(KEYS + 1), "a new deadline before all others is seen");
  }

  @Test
  void volatilePoliciesTakeOnlyKeysWithADeadlineAndThenGiveUp() {
    for (EvictionPolicy policy : new EvictionPolicy[] {EvictionPolicy.VOLATILE_LRU, EvictionPolicy.VOLATILE_RANDOM,
        EvictionPolicy.VOLATILE_TTL}) {
      for (int i = 0; i < 2_000; i++) {
        set(i, i % 5 == 0 ? millis() + 1_000_000 : 0);
      }
      pass(200);
      limit.set(1, policy, 5);
      pass(500);
      assertFalse(limit.makeRoom(), policy + ": nothing is left to evict");
      assertEquals(1_600, left(i -> i % 5 != 0), policy.toString());
      assertEquals(0, left(i -> i % 5 == 0), policy.toString());
      limit.set(0, EvictionPolicy.NOEVICTION, 5);
    }
  }

  @Test
  void aCommandEvictsBeforeItRunsAndIsRefusedWhenWritesOutrunThat() {
    fill();
    limit.set(rows.rowBytes(), EvictionPolicy.ALLKEYS_LRU, 5);
    nanosALook = 50_000;
    for (int i = 0; i < 2_000; i++) {
      assertTrue(!limit.exceeded() || limit.makeRoom());
      set(KEYS + i, 0);
    }
    assertTrue(limit.evictedKeys() >= 1_990, "evicted " + limit.evictedKeys());
    limit.set(rows.rowBytes() / 4, EvictionPolicy.ALLKEYS_LRU, 5);
    nanosALook = 2_000_000;
    assertFalse(limit.makeRoom(), "far above the limit, with time for a few only");
    limit.set(rows.rowBytes(), EvictionPolicy.NOEVICTION, 5);
    assertFalse(limit.exceeded());
    set(KEYS * 2, 0);
    assertTrue(limit.exceeded());
    assertFalse(limit.makeRoom());
    assertFalse(limit.due());
  }

  @Test
  void howLongTheLimitIsExceededIsCounted() {
    fill();
    limit.set(rows.rowBytes() - 1, EvictionPolicy.NOEVICTION, 5);
    pass(1_000);
    assertEquals(1_000, limit.exceededMillis(), 60);
    limit.set(0, EvictionPolicy.NOEVICTION, 5);
    pass(1_000);
    assertEquals(0, limit.exceededMillis());
    assertEquals(1_000, limit.exceededMillisTotal(), 60);
  }

  @Test
  void garbageIsReclaimedWhenItIsMuchAndNotAgainInVain() {
    fill();
    long used = rows.rowBytes();
    limit.set(used * 2, EvictionPolicy.NOEVICTION, 5);
    fileBytes = used + used / 4;
    pass(3_000);
    assertEquals(0, reclaims, "an eighth of the limit");
    fileBytes = used + used;
    pass(3_000);
    assertEquals(1, reclaims, "half of the limit, asked once");
    fileBytes = used + used + used / 2;
    pass(3_000);
    assertEquals(2, reclaims, "still more came");
    fileBytes = used;
    pass(3_000);
    fileBytes = used + used / 2 + used / 10;
    pass(3_000);
    assertEquals(3, reclaims, "it was gone, and is there again");
  }

  /** A log that forgets; rows in memory. */
  private static final class MemoryLog implements ShardLog {
    private final MemoryByteStore rows = new MemoryByteStore();
    private long appended;

    @Override
    public long append(byte[] record, int offset, int length) {
      appended += length;
      return appended - length;
    }

    @Override
    public byte[] read(long position) {
      return null;
    }

    @Override
    public void endTurn() {}

    @Override
    public long appended() {
      return appended;
    }

    @Override
    public long durable() {
      return appended;
    }

    @Override
    public boolean syncsFirst() {
      return false;
    }

    @Override
    public String refusal() {
      return null;
    }

    @Override
    public boolean failed() {
      return false;
    }

    @Override
    public void retainFrom(long position) {}

    @Override
    public byte[] get(byte[] key, int keyLength) {
      return rows.get(key, keyLength);
    }

    @Override
    public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
      rows.put(key, keyLength, value, valueOffset, valueLength);
    }

    @Override
    public void delete(byte[] key, int keyLength) {
      rows.delete(key, keyLength);
    }

    @Override
    public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
      return rows.scan(from, to, reverse);
    }
  }

  /** Nobody else is there. */
  private static final class NoTransport implements Transport {
    @Override
    public boolean send(String peerId, Object message) {
      return false;
    }

    @Override
    public void flush() {}

    @Override
    public boolean connected(String peerId) {
      return false;
    }

    @Override
    public long queuedBytes(String peerId) {
      return 0;
    }
  }
}
