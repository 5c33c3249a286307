package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.Hash64;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.row.Sibling;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the digests add to a SET, measured against the SET itself in one interleaved run, by the thread's own time. */
class MerkleCostTest {

  private static final int KEYS = 10_000;
  private static final int ROUNDS = 40;
  private static final int SETS = 10_000;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Keyspace rows = new Keyspace(new MemoryByteStore(), (db, b, off, len) -> {
    int hash = 0;
    for (int i = 0; i < len; i++) {
      hash = (hash ^ b[off + i]) * 0x9E3779B1;
    }
    return KeyRef.of(db, hash >>> 18, hash * 0x85EBCA6B, b, off, len);
  }, 16, 1024, 1, () -> 1_800_000_000_000L);

  private final byte[] value = new byte[100];
  private long seq;
  private long stamp;

  private static byte[] name(int i) {
    return ("key:" + (100_000_000 + i)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private void set(int i) {
    byte[] name = name(i);
    rows.begin(7, ++seq, () -> ++stamp);
    value[i % value.length]++;
    new StringValue(rows, rows.open(rows.locate(0, name, 0, name.length))).set(value.clone(), 0);
    rows.finish();
  }

  /** What of a SET is the digests': the key's, that of the row before, that of the row after, and the leaf's move. */
  private long digests(KeyRef key, byte[] before, byte[] after) {
    long named = Hash64.mix(key.digest(), Keyspace.KIND_STRING);
    long difference = RowDigest.of(named, before) ^ RowDigest.of(named, after);
    int vnode = key.slot() / 16;
    rows.trees().of(vnode).move(rows.trees().leafOf(vnode, key), difference);
    return difference;
  }

  @Test
  void digestsAreASmallPartOfASet() {
    KeyRef[] keys = new KeyRef[KEYS];
    byte[][] stored = new byte[KEYS][];
    for (int i = 0; i < KEYS; i++) {
      byte[] name = name(i);
      keys[i] = rows.locate(0, name, 0, name.length);
      byte[] payload = new byte[value.length];
      payload[0] = (byte) i;
      stored[i] = RowCodec.encode(dev.henge.storage.row.Row.written(null, new Sibling(7, i + 1, i, false, 0, payload)));
    }
    long sets = Long.MAX_VALUE;
    long digests = Long.MAX_VALUE;
    long sink = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = THREADS.getCurrentThreadCpuTime();
      for (int i = 0; i < SETS; i++) {
        set(i * 7919 % KEYS);
      }
      long between = THREADS.getCurrentThreadCpuTime();
      for (int i = 0; i < SETS; i++) {
        int at = i * 7919 % KEYS;
        sink += digests(keys[at], stored[at], stored[(at + 1) % KEYS]);
      }
      sets = Math.min(sets, between - start);
      digests = Math.min(digests, THREADS.getCurrentThreadCpuTime() - between);
    }
    double share = digests / (double) sets;
    System.out.printf("digests: %d ns of the %d ns that a SET of 100 bytes takes in the keyspace, %.1f %%%n", digests / SETS, sets / SETS,
        100 * share);
    assertTrue(sink != 0 && share < 0.5, "a SET spends " + share + " of its time on digests");
  }
}
