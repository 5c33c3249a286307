package dev.henge.ring.replica;

import dev.henge.storage.lsm.ByteStore;

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

  /** Whether an answer must wait for a sync. */
  boolean syncsFirst();

  /** Why records are refused now, or null: the disk failed, or has no space; reads go on. The same until the turn ends, or grows to a reason. */
  default String refusal() {
    return failed() ? "the disk failed" : null;
  }

  /** Whether the disk failed, so that records are refused until the next start. */
  boolean failed();

  /** Records from this position on may be lacked by another owner; those before need not be kept for the others' sake. */
  default void retainFrom(long position) {
    // a log that keeps everything, or nothing
  }
}
