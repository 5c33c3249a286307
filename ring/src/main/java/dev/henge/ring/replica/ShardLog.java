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

  /** Whether writes are refused because the disk failed; reads go on. */
  boolean failed();
}
