package dev.henge.ring.replica;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.Damage;
import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.lsm.LogSync;
import dev.henge.storage.lsm.LsmStore;
import java.util.List;

/** A shard's rows and log in an {@link LsmStore}. */
public final class LsmShardLog implements ShardLog {

  private final LsmStore store;
  private final boolean syncFirst;
  private final boolean syncNever;

  public LsmShardLog(LsmStore store, LogSync mode) {
    this.store = store;
    this.syncFirst = mode.equals(LogSync.ALWAYS);
    this.syncNever = mode.equals(LogSync.NEVER);
    store.retainLogFrom(0); // until it is known what the other owners have
  }

  @Override
  public long append(byte[] record, int offset, int length) {
    return store.append(record, offset, length);
  }

  @Override
  public byte[] read(long position) {
    return store.readRecord(position);
  }

  @Override
  public void endTurn() {
    store.endTurn();
  }

  @Override
  public long appended() {
    return store.appendedPosition();
  }

  @Override
  public long durable() {
    return syncFirst ? store.syncedPosition() : store.writtenPosition();
  }

  @Override
  public long synced() {
    return store.syncedPosition();
  }

  @Override
  public long lasting() {
    return syncNever ? store.writtenPosition() : store.syncedPosition();
  }

  @Override
  public void syncSoon() {
    store.syncSoon();
  }

  @Override
  public boolean syncsFirst() {
    return syncFirst;
  }

  @Override
  public String refusal() {
    if (store.failed()) {
      return store.failure() + "; the node takes no writes until it is started again, reads go on";
    }
    String paused = store.paused();
    return paused == null ? null : paused + "; writes go on by themselves when there is space, reads go on";
  }

  @Override
  public boolean failed() {
    return store.failed();
  }

  @Override
  public void retainFrom(long position) {
    store.retainLogFrom(position);
  }

  public List<Damage> damages() {
    return store.damages();
  }

  @Override
  public void excise(Damage damage) {
    store.excise(damage);
  }

  @Override
  public void repaired(Damage damage) {
    store.repaired(damage);
  }

  @Override
  public byte[] get(byte[] key, int keyLength) {
    return store.get(key, keyLength);
  }

  @Override
  public int warm(long[] keyHashes, int count) {
    return store.warm(keyHashes, count);
  }

  @Override
  public void find(byte[] key, int keyLength, FoundBytes found) {
    store.find(key, keyLength, found);
  }

  @Override
  public void put(byte[] key, int keyLength, FoundBytes found, byte[] value, int valueOffset, int valueLength) {
    store.put(key, keyLength, found, value, valueOffset, valueLength);
  }

  @Override
  public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
    store.put(key, keyLength, value, valueOffset, valueLength);
  }

  @Override
  public void merge(byte[] key, int keyLength, byte[] operand) {
    store.merge(key, keyLength, operand);
  }

  @Override
  public void delete(byte[] key, int keyLength) {
    store.delete(key, keyLength);
  }

  @Override
  public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
    return store.scan(from, to, reverse);
  }
}
