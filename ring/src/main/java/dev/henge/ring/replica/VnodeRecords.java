package dev.henge.ring.replica;

import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.type.DamagedRanges.Range;
import java.nio.charset.StandardCharsets;

/**
 * What a shard keeps of its vnodes beside their rows, in local records: a vnode's clock, its place in the log, what
 * its keyspace counts, and which rows are damaged; and the shard's own last generation.
 *
 * <pre>
 * key    : 0xC000+vnode u16, and a second copy under 0x8000+vnode u16, right before the vnode's deadlines
 * record : 0xFF | format u8 = 2 | clock vector | place in the log + 1 varint | the keyspace's part | damaged ranges: count, each (from block | to block | where block)
 *          | horizon vector | 1 if what is derived of the heads is to be written anew, else 0
 * tree   : 0xC000+vnode u16 | 'M' → the Merkle tree of the vnode's rows
 * shard  : 0xFFFF u16 → last generation varint
 * </pre>
 *
 * <p>There are two copies because the clock is what cannot be told from the rows: they stand far apart, so that one
 * damaged block hardly ever has both.
 */
final class VnodeRecords {

  static final int FIRST_COPY = 0xC000;
  static final int SECOND_COPY = 0x8000;
  static final int SHARD = 0xFFFF;

  /** Records of the first format begin with the clock's size, which is never this. */
  private static final int MARK = 0xFF;

  private static final int FORMAT = 2;

  /**
   * Where generations go on when their count is lost: no node ever gave this many of them a millisecond, since 1970.
   */
  private static final int GENERATIONS_A_MILLI = 64;

  /** So many saves suffice for the virtual machine's first compiler. */
  private static final int REHEARSED = 2_000;

  private static final int SAVED_AHEAD = 4;

  private final Shard shard;
  private int saves;
  private int nextRehearsed;

  VnodeRecords(Shard shard) {
    this.shard = shard;
  }

  private static byte[] key(int prefix) {
    return new Bytes(2).u16(prefix).copy();
  }

  /** What a read came to: the bytes, or null; {@code lost} if they were there once. */
  private record Found(byte[] bytes, boolean lost) {}

  private Found read(int prefix) {
    try {
      return new Found(shard.log.get(key(prefix)), false);
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      return new Found(null, true);
    }
  }

  /** Takes up what the store remembers of a vnode. */
  void load(VnodeReplica r) {
    Found found = read(FIRST_COPY + r.vnode);
    if (found.lost()) {
      found = read(SECOND_COPY + r.vnode);
      r.recordStale = true;
      if (found.bytes() == null) {
        shard.keyspace.trees().lost(r.vnode);
        shard.damage.clockLost(r);
        return;
      }
    }
    if (found.bytes() == null) {
      return;
    }
    loadTree(r);
    ByteReader in = new ByteReader(found.bytes());
    boolean second = found.bytes()[0] == (byte) MARK;
    if (second) {
      in.skip(2);
    }
    r.clock = in.vector();
    r.lastPosition = in.varint() - 1;
    shard.keyspace.loadVnode(r.vnode, in, second);
    shard.damage.rowsPassedBy(r); // another's record may have met damage before
    for (int n = in.remaining() > 0 ? in.length() : 0; n > 0; n--) {
      shard.damage.remembered(r, in.block(), in.block(), new String(in.block(), StandardCharsets.UTF_8));
    }
    if (second) {
      r.horizon = in.vector();
    }
    if (!second || in.u8() != 0) {
      shard.damage.reindex(r);
    }
  }

  /** There is one copy of it: a lost tree is made again from the rows. */
  private void loadTree(VnodeReplica r) {
    try {
      shard.keyspace.trees().load(r.vnode, shard.log, key(FIRST_COPY + r.vnode));
    } catch (CorruptTableException e) {
      shard.keyspace.trees().lost(r.vnode);
      shard.damage.met(e);
    }
  }

  /** Writes what all vnodes' records lack, and their views. */
  void saveAll() {
    shard.keyspace.endTurn(); // before its time, if this is in the midst of one
    for (VnodeReplica r : shard.replicas) {
      if (r != null && r.recordStale) {
        save(r);
      }
    }
    shard.views.save(shard.replicas.length);
    saveShard();
  }

  /**
   * Writes some of that at each look, for a freeze writes all in one turn that commands wait for: of views all, in
   * time, and of vnodes until the virtual machine has seen it often enough to have compiled it.
   */
  void saveAhead() {
    shard.views.save(SAVED_AHEAD);
    if (saves >= REHEARSED) {
      return;
    }
    shard.keyspace.endTurn(); // before its time, if this is in the midst of one
    int left = SAVED_AHEAD;
    for (int n = shard.replicas.length; n > 0 && left > 0; n--) {
      nextRehearsed = (nextRehearsed + 1) % shard.replicas.length;
      VnodeReplica r = shard.replicas[nextRehearsed];
      if (r != null && r.recordStale) {
        save(r);
        left--;
      }
    }
  }

  void save(VnodeReplica r) {
    saves++;
    Bytes out = new Bytes(128);
    out.u8(MARK).u8(FORMAT).vector(r.clock).varint(r.lastPosition + 1);
    shard.keyspace.saveVnode(r.vnode, out);
    out.varint(r.damage == null ? 0 : r.damage.ranges.size());
    if (r.damage != null) {
      for (Range range : r.damage.ranges) {
        out.block(range.from()).block(range.to()).block(range.where().getBytes(StandardCharsets.UTF_8));
      }
    }
    out.vector(r.horizon).u8(shard.damage.reindexing(r) ? 1 : 0);
    byte[] record = out.copy();
    shard.log.put(key(FIRST_COPY + r.vnode), record);
    shard.log.put(key(SECOND_COPY + r.vnode), record);
    shard.keyspace.trees().save(r.vnode, shard.log, key(FIRST_COPY + r.vnode));
    r.recordStale = false;
  }

  /** Deletes what is left of a vnode whose rows are gone. */
  void forget(int vnode) {
    shard.log.delete(key(FIRST_COPY + vnode));
    shard.log.delete(key(SECOND_COPY + vnode));
    shard.keyspace.trees().forget(vnode, shard.log, key(FIRST_COPY + vnode));
  }

  void loadShard(long nowMillis) {
    Found found = read(SHARD);
    if (found.bytes() != null) {
      shard.keyspace.lastGeneration(new ByteReader(found.bytes()).varint());
    } else if (found.lost()) {
      shard.keyspace.lastGeneration(nowMillis * GENERATIONS_A_MILLI);
    }
  }

  void saveShard() {
    shard.log.put(key(SHARD), new Bytes(10).varint(shard.keyspace.lastGeneration()).copy());
  }
}
