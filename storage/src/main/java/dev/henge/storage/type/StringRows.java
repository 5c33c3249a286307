package dev.henge.storage.type;

import dev.henge.storage.row.ChunkRoot;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;

/**
 * How a keyspace's commands write string rows: whole values, increments, deadlines, and {@link Chunks} of what is
 * large.
 */
final class StringRows {

  /** A longer string is kept in chunks. Numbers are shorter: {@link StringValue} counts no longer ones. */
  static final int PLAIN_BYTES_MAX = 64 << 10;

  /** How long a chunk is; {@code docs/decisions/strings-in-chunks.md} has the measurements. */
  static final int CHUNK_BYTES = 4 << 10;

  private final Keyspace keyspace;
  private int plainBytesMax = PLAIN_BYTES_MAX;
  private int chunkBytes = CHUNK_BYTES;

  StringRows(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  void sizes(int plainMax, int chunk) {
    plainBytesMax = plainMax;
    chunkBytes = chunk;
  }

  int plainBytesMax() {
    return plainBytesMax;
  }

  /** A new value over whatever the key held. */
  void set(Head head, byte[] payload, long deadlineMillis) {
    byte[] plain = head.plain();
    if (payload.length > plainBytesMax) {
      setLarge(head, payload.length, deadlineMillis).put(Chunks.root(head), 0, payload, 0, payload.length);
    } else if (plain != null && head.parts.isEmpty()) {
      VersionVector seen = RowCodec.plainContext(plain, 1);
      keyspace.bundle.noteRewrite(seen);
      keyspace.storeString(head, Row.overwritten(seen, keyspace.bundle.sibling(payload, deadlineMillis)));
    } else {
      clearOthers(head);
      keyspace.putString(head, Row.written(replaced(head), keyspace.bundle.sibling(payload, deadlineMillis)));
    }
  }

  /** A large value of zeros over whatever the key held; its chunks, to be written. */
  Chunks setLarge(Head head, int length, long deadlineMillis) {
    clearOthers(head);
    Sibling own = keyspace.bundle.sibling(Sibling.NOTHING, 0);
    ChunkRoot root = new ChunkRoot(own.actor(), own.seq(), own.hlc(), length, chunkBytes);
    keyspace.putString(head, Row.written(replaced(head), chunked(root, deadlineMillis)));
    return new Chunks(keyspace, head);
  }

  /** The row that a new value is put over. */
  private Row replaced(Head head) {
    Row row = head.string();
    return row != null && keyspace.rules.broken(Mutant.FLOOR_FORGOTTEN) ? row.withoutShards() : row;
  }

  private void clearOthers(Head head) {
    keyspace.touch(head);
    if (!head.parts.isEmpty()) {
      keyspace.clear(head);
    }
  }

  /** A sibling whose value stands in chunks. */
  private Sibling chunked(ChunkRoot root, long deadlineMillis) {
    Sibling own = keyspace.bundle.sibling(Sibling.NOTHING, 0);
    return new Sibling(own.actor(), own.seq(), own.hlc(), false, deadlineMillis, root.payload(), true);
  }

  /** Writes a large value's row again, with another length or deadline; values that competed with it go. */
  void rewrite(Head head, ChunkRoot root, long deadlineMillis) {
    Row row = head.string();
    if (row.siblings().size() > 1) {
      new Chunks(keyspace, head).dropOthers(root);
    }
    keyspace.putString(head, row.withBase(chunked(root, deadlineMillis)));
  }

  void increment(Head head, BigDecimal delta, byte[] baseIfAbsent) {
    keyspace.touch(head);
    Row row = head.string();
    if (row == null || !row.live()) {
      row = Row.written(row, keyspace.bundle.implied(baseIfAbsent, 0));
    }
    keyspace.putString(head, keyspace.cells.incremented(row, Keyspace.KIND_STRING, delta));
  }

  /** Gives a string that shows another deadline; 0 for none. */
  void deadline(Head head, long deadlineMillis) {
    ChunkRoot root = Chunks.root(head);
    if (root != null) {
      rewrite(head, root, deadlineMillis);
      return;
    }
    new Chunks(keyspace, head).dropOthers(null);
    Row row = head.string();
    // A deadline is nobody's word on the value: a base that was implied is so still.
    boolean implied = row.winner() == null || row.winner().implied();
    keyspace.putString(head, row.withBase(implied
        ? keyspace.bundle.implied(row.payload(), deadlineMillis) : keyspace.bundle.sibling(row.payload(), deadlineMillis)));
  }
}
