package dev.henge.ring.replica;

import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.Damage;
import java.util.List;

/** Where a shard's rows and log live: the seam between replicas and the disk. Used by the shard's loop alone. */
public interface ShardLog extends ByteStore {

  /** Buffers one record and returns its position; positions rise and survive restarts. */
  long append(byte[] record, int offset, int length);

  /** The record at a position, or null if the log no longer has it. */
  byte[] read(long position);

  /** Ends a turn: what was appended is written, and synced as the durability mode says. */
  void endTurn();

  /** The end of what was appended so far. */
  long appended();

  /** Up to where the log is as durable as the mode asks before an answer may leave. */
  long durable();

  /** Up to where the log is synced, whatever the mode. */
  default long synced() {
    return durable();
  }

  /** Up to where the log outlives a loss of power, or as near to that as its mode ever comes. */
  default long lasting() {
    return durable();
  }

  /** Has what is appended in this turn last soon, where the mode would take its time. */
  default void syncSoon() {
    // a log whose syncs come soon enough
  }

  /** Whether an answer must wait for a sync. */
  boolean syncsFirst();

  /**
   * Why records are refused now, or null: the disk failed, or has no space; reads go on. The same until the turn
   * ends, or grows to a reason.
   */
  default String refusal() {
    return failed() ? "the disk failed" : null;
  }

  /** Whether the disk failed, so that records are refused until the next start. */
  boolean failed();

  /**
   * Records from this position on may be lacked by another owner; those before need not be kept for the others' sake.
   */
  default void retainFrom(long position) {
    // a log that keeps everything, or nothing
  }

  /**
   * The parts of tables and value files that were found damaged, whoever met them, and are not repaired; what is in
   * memory only has none.
   */
  default List<Damage> damages() {
    return List.of();
  }

  /** From now on reads pass a damaged part by, as if it had no keys: what is left under it may be old. */
  default void excise(Damage damage) {
  }

  /** All keys that the part may have had are in order again in newer tables, or in the memtable: it may go. */
  default void repaired(Damage damage) {
  }
}
