package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.ChunkRoot;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.Sibling;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of a large string: chunk rows, kind 'B', beside the string's row, which has their {@link ChunkRoot}. A
 * view of an open head, for one command.
 *
 * <pre>
 * sub-key : root's actor u48 | root's seq u64 | index u32
 * payload : the chunk's bytes, up to the last that was written
 * </pre>
 *
 * <p>A write to a part writes the chunks concerned and the string's row, under one dot. What is not there reads as
 * zero bytes: a chunk that nobody wrote, or the rest of one that is shorter than it could be. All rows merge as rows
 * do, so of a large string that two sides wrote to
 * <ul>
 *   <li>different chunks unite; of the same chunk the newer shows, and behind its end what the older has beyond;
 *   <li>the length is the greatest that anybody gave it;
 *   <li>what a DEL, or a SET of another value, had seen is gone, chunk by chunk; what it had not seen stays. A SET
 *       shows before concurrent writes to parts of what it replaced ({@link Sibling#compareTo}).
 * </ul>
 */
final class Chunks {

  static final int KIND = 'B';

  /** So many neighbours are found sooner by a walk than one by one. */
  private static final int WALK_CHUNKS_MIN = 256;

  /** A write removes so many chunks of values that competed; more are left to the next SET or DEL. */
  private static final int DROPPED_CHUNKS_MAX = 4096;

  private static final int ROOT_BYTES = 6 + Long.BYTES;

  private final Keyspace keyspace;
  private final Head head;

  Chunks(Keyspace keyspace, Head head) {
    this.keyspace = keyspace;
    this.head = head;
  }

  /**
   * Where the string's chunks are, and its length; null if it has none, or a concurrent increment made it a number.
   */
  static ChunkRoot root(Head head) {
    Row row = head.string();
    Sibling winner = row == null || row.counts() ? null : row.winner();
    if (winner == null || !winner.chunked()) {
      return null;
    }
    ChunkRoot root = winner.root();
    int length = root.length();
    for (Sibling s : row.siblings()) {
      ChunkRoot other = s.root();
      if (other != null && other.sameChunks(root)) {
        length = Math.max(length, other.length());
      }
    }
    return root.withLength(length);
  }

  private static byte[] rootKey(ChunkRoot root) {
    return new Bytes(ROOT_BYTES).i48(root.actor()).i64(root.seq()).copy();
  }

  private static byte[] subKey(ChunkRoot root, int index) {
    return new Bytes(ROOT_BYTES + Integer.BYTES).i48(root.actor()).i64(root.seq()).i32(index).copy();
  }

  /** The offset, as text, at which a chunk of this root begins; null of another's. The bytes end with the sub-key. */
  static byte[] offset(ChunkRoot root, byte[] disk, int subAt) {
    byte[] key = rootKey(root);
    if (!Arrays.equals(key, 0, ROOT_BYTES, disk, subAt, subAt + ROOT_BYTES)) {
      return null;
    }
    long index = new ByteReader(disk, subAt + ROOT_BYTES, Integer.BYTES).i32();
    return Long.toString(index * root.chunkBytes()).getBytes(StandardCharsets.ISO_8859_1);
  }

  // ---------------------------------------------------------------- reading

  /** The bytes from {@code from} on, which the string has. */
  byte[] read(ChunkRoot root, int from, int count) {
    byte[] into = new byte[count];
    if (count == 0) {
      return into;
    }
    int first = from / root.chunkBytes();
    int last = (from + count - 1) / root.chunkBytes();
    if (last - first < WALK_CHUNKS_MIN) {
      for (int index = first; index <= last; index++) {
        byte[] stored = keyspace.cells.live(head, KIND, subKey(root, index));
        if (stored != null) {
          copy(stored, (long) index * root.chunkBytes() - from, into);
        }
      }
    } else if (head.generation != 0) {
      try (RowCursor rows = keyspace.cells.rows(head, KIND, subKey(root, first), subKey(root, last + 1), false)) {
        while (rows.next()) {
          int index = new ByteReader(rows.sub(ROOT_BYTES)).i32();
          copy(rows.value(), (long) index * root.chunkBytes() - from, into);
        }
      }
    }
    return into;
  }

  /** Copies a chunk to where it begins in {@code into}, or before it; what lies beyond its ends is left out. */
  private static void copy(byte[] stored, long at, byte[] into) {
    int payloadAt = RowCodec.plainPayloadAt(stored, 0);
    byte[] content = payloadAt >= 0 ? stored : content(RowCodec.decode(new ByteReader(stored)));
    int contentAt = Math.max(0, payloadAt);
    int skipped = (int) Math.max(0, -at);
    int begin = (int) Math.max(0, at);
    int length = Math.min(content.length - contentAt - skipped, into.length - begin);
    if (length > 0) {
      System.arraycopy(content, contentAt + skipped, into, begin, length);
    }
  }

  /** What a chunk's row shows: the newest sibling, and behind its end what older ones have beyond it. */
  private static byte[] content(Row row) {
    byte[] content = row == null ? Sibling.NOTHING : row.payload();
    if (row != null && row.siblings().size() > 1) {
      for (Sibling s : row.siblings()) {
        int known = content.length;
        if (s.payload().length > known) {
          content = Arrays.copyOf(content, s.payload().length);
          System.arraycopy(s.payload(), known, content, known, content.length - known);
        }
      }
    }
    return content;
  }

  // ---------------------------------------------------------------- writing

  /** Writes into a large string that the key shows, at any place, and makes it longer if need be. */
  ChunkRoot write(ChunkRoot root, int offset, byte[] from, int at, int count) {
    put(root, offset, from, at, count);
    ChunkRoot written = root.withLength(Math.max(root.length(), offset + count));
    keyspace.strings.rewrite(head, written, head.deadlineMillis());
    return written;
  }

  /** Writes bytes into the chunks that they belong to. */
  void put(ChunkRoot root, int offset, byte[] from, int at, int count) {
    int done = 0;
    while (done < count) {
      int index = (offset + done) / root.chunkBytes();
      int begin = (offset + done) % root.chunkBytes();
      int length = Math.min(root.chunkBytes() - begin, count - done);
      Cell cell = keyspace.cells.cell(head, KIND, subKey(root, index));
      byte[] old = cell.live() ? content(cell.row) : Sibling.NOTHING;
      byte[] chunk = Arrays.copyOf(old, Math.max(old.length, begin + length));
      System.arraycopy(from, at + done, chunk, begin, length);
      keyspace.cells.put(cell, KIND, chunk);
      done += length;
    }
  }

  /** Removes the chunks of values that competed with this one, after their siblings were overwritten; all if null. */
  void dropOthers(ChunkRoot kept) {
    if (head.part(KIND) == null || head.generation == 0) {
      return;
    }
    List<byte[]> dropped = new ArrayList<>();
    if (kept == null) {
      collect(null, null, dropped);
    } else {
      byte[] key = rootKey(kept);
      collect(null, key, dropped);
      collect(DiskKeys.after(key), null, dropped);
    }
    dropped.forEach(sub -> keyspace.cells.remove(keyspace.cells.cell(head, KIND, sub)));
  }

  private void collect(byte[] from, byte[] to, List<byte[]> into) {
    try (RowCursor rows = keyspace.cells.rows(head, KIND, from, to, false)) {
      while (into.size() < DROPPED_CHUNKS_MAX && rows.next()) {
        into.add(rows.sub());
      }
    }
  }
}
