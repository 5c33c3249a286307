package dev.henge.ring.replica;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.CorruptLogException;
import dev.henge.storage.lsm.Damage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A disk in memory: rows as of the last freeze, the records since, and how far they are written and synced.
 *
 * <p>A crash keeps the rows of the last freeze and the records up to a position of the test's choice; {@link
 * #replayTail} then does what the LSM does at an open.
 */
final class MemoryShardLog implements ShardLog {

  private static final int OVERHEAD = 8;

  private final boolean syncsFirst;
  private final Consumer<byte[]> witness;
  private final TreeMap<Long, byte[]> records;

  /** Every record that the log ever kept, also those cut off at its beginning: for an independent replay. */
  final TreeMap<Long, byte[]> archive;

  private final Set<Long> unreadable = new HashSet<>();
  private LayeredRows rows = new LayeredRows();
  private long frozenAt;
  private long appended;
  private long written;
  private long synced;
  /** As a store has it: as long as nothing is said nobody needs any. */
  private long neededFrom = Long.MAX_VALUE;
  private boolean full;
  private String refusal;

  MemoryShardLog(boolean syncsFirst, Consumer<byte[]> witness) {
    this(syncsFirst, witness, new TreeMap<>(), new TreeMap<>());
  }

  private MemoryShardLog(
      boolean syncsFirst, Consumer<byte[]> witness, TreeMap<Long, byte[]> records, TreeMap<Long, byte[]> archive) {
    this.syncsFirst = syncsFirst;
    this.witness = witness;
    this.records = records;
    this.archive = archive;
  }

  @Override
  public long append(byte[] record, int offset, int length) {
    long position = appended;
    byte[] copy = Arrays.copyOfRange(record, offset, offset + length);
    witness.accept(copy);
    records.put(position, copy);
    archive.put(position, copy);
    appended += length + OVERHEAD;
    return position;
  }

  @Override
  public byte[] read(long position) {
    if (unreadable.contains(position)) {
      throw new CorruptLogException(Path.of("log"), position, "the test has damaged it");
    }
    return records.get(position);
  }

  @Override
  public void endTurn() {
    if (full) {
      refusal = "No space left on device";
    } else {
      written = appended;
      refusal = null;
    }
  }

  /** From now on nothing is written, or all that waits. */
  void full(boolean is) {
    full = is;
  }

  /** The disk has caught up with what was written. */
  void sync() {
    synced = written;
  }

  /** The memtable goes to tables: the log before this is needed by peers only. */
  void freeze() {
    written = appended;
    synced = written;
    frozenAt = written;
    rows.freeze(frozenAt);
  }

  /** Makes one of the records unreadable for peers that lack it, if there is one. */
  void damageRecord(Random chance) {
    if (!records.isEmpty()) {
      Long from = records.ceilingKey((long) (chance.nextDouble() * appended));
      unreadable.add(from == null ? records.firstKey() : from);
    }
  }

  /** The log's beginning is let go, as far as it is in tables. */
  void truncate() {
    records.headMap(frozenAt).clear();
  }

  long written() {
    return written;
  }

  @Override
  public long synced() {
    return synced;
  }

  /** What the next process finds: rows of the last freeze, and records that end by {@code keptUntil}. */
  MemoryShardLog crash(long keptUntil) {
    MemoryShardLog next = new MemoryShardLog(syncsFirst, witness, new TreeMap<>(), new TreeMap<>());
    long end = frozenAt;
    for (Map.Entry<Long, byte[]> record : archive.entrySet()) {
      long after = record.getKey() + record.getValue().length + OVERHEAD;
      if (after <= Math.max(keptUntil, frozenAt)) {
        next.archive.put(record.getKey(), record.getValue());
        if (records.containsKey(record.getKey())) {
          next.records.put(record.getKey(), record.getValue());
        }
        end = Math.max(end, after);
      }
    }
    next.rows = rows.crash();
    next.frozenAt = frozenAt;
    next.appended = end;
    next.written = end;
    next.synced = end;
    return next;
  }

  void replayTail(Shard shard) {
    if (shard.clocksLost()) {
      new TreeMap<>(records.headMap(frozenAt)).forEach(shard.own()::earlier);
    }
    new TreeMap<>(records.tailMap(frozenAt)).forEach(shard::replay);
  }

  LayeredRows rows() {
    return rows;
  }

  @Override
  public List<Damage> damages() {
    return rows.found();
  }

  @Override
  public void excise(Damage damage) {
    rows.excise(damage);
  }

  @Override
  public void repaired(Damage damage) {
    rows.repaired(damage, appended);
  }

  @Override
  public long appended() {
    return appended;
  }

  @Override
  public long durable() {
    return syncsFirst ? synced : written;
  }

  @Override
  public boolean syncsFirst() {
    return syncsFirst;
  }

  @Override
  public String refusal() {
    return refusal;
  }

  @Override
  public boolean failed() {
    return false;
  }

  @Override
  public void retainFrom(long position) {
    neededFrom = position;
  }

  /** What is in tables and held by all owners is let go. */
  void truncateHeldByAll() {
    records.headMap(Math.min(frozenAt, neededFrom)).clear();
  }

  long neededFrom() {
    return neededFrom;
  }

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
