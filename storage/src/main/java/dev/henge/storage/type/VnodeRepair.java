package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.VersionVector;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * What a vnode needs after a part of its rows was found damaged, in steps that each do a bounded amount: emptying a
 * range, counting its keys anew, writing its deadlines again.
 */
public final class VnodeRepair {

  /** A walk of heads steps over so many sub-rows of a key; from there it jumps behind the key. */
  private static final int STEP_ROWS_MAX = 16;

  private final Keyspace keyspace;
  private final ByteStore store;
  private final int vnode;
  private final byte[] end;

  /** Up to where the present walk has come; exclusive. */
  private byte[] place;

  private final long[] keys;
  private final long[] deadlines;
  private long bytes;
  private long deadKeyBytes;
  private final long[] leaves = new long[MerkleTree.LEAVES];
  private boolean digestsKnown = true;

  VnodeRepair(Keyspace keyspace, ByteStore store, int vnode) {
    this.keyspace = keyspace;
    this.store = store;
    this.vnode = vnode;
    this.place = keyspace.rangeOf(vnode)[0];
    this.end = keyspace.rangeOf(vnode)[1];
    this.keys = new long[keyspace.dbs()];
    this.deadlines = new long[keyspace.dbs()];
  }

  /** Removes up to so many records of any kind in the range, as they are; returns whether none is left. */
  static boolean purge(ByteStore store, byte[] from, byte[] to, int recordsMax) {
    int gone = 0;
    try (ByteCursor cursor = store.scan(from, to, false)) {
      while (gone < recordsMax && cursor.next()) {
        store.delete(cursor.key().clone());
        gone++;
      }
    }
    return gone < recordsMax;
  }

  /**
   * Removes up to so many records of all that this node has of the vnode.
   *
   * @return how many went; -1 when nothing is left, and nothing is counted
   */
  public int drop(int recordsMax) {
    keyspace.storeLate();
    keyspace.recent.clear();
    boolean rows = place[0] >= 0; // local records come behind all rows
    byte[] to = rows ? end : local(vnode + 1);
    int gone = 0;
    try (ByteCursor cursor = store.scan(place, to, false)) {
      while (gone < recordsMax && cursor.next()) {
        byte[] key = cursor.key().clone();
        store.delete(key);
        place = Arrays.copyOf(key, key.length + 1);
        gone++;
      }
    }
    if (gone == recordsMax) {
      return gone;
    }
    if (rows) {
      place = local(vnode);
      return gone;
    }
    keyspace.counts().set(vnode, new long[keyspace.dbs()], new long[keyspace.dbs()], 0, 0);
    keyspace.trees().counted(vnode, new long[MerkleTree.LEAVES]);
    keyspace.flushes.drop(vnode);
    return -1;
  }

  /** Where the local records of a vnode begin: a copy of its record, its deadlines, its keys with a past. */
  private static byte[] local(int vnode) {
    return new Bytes(2).u16(Keyspace.LOCAL_PREFIX + vnode).copy();
  }

  /**
   * Counts on over so many records; true when the vnode's counts are exact again. Meanwhile the keyspace tells of
   * every change.
   */
  public boolean count(int recordsMax) {
    keyspace.recounting(this);
    boolean done = heads(recordsMax, head -> {
      keys[head.key.db()] += head.counted ? 1 : 0;
      deadlines[head.key.db()] += head.indexedDeadline != 0 ? 1 : 0;
      bytes += head.storedBytes;
      deadKeyBytes += head.counted ? 0 : head.storedBytes;
      leaves[keyspace.trees().leafOf(vnode, head.key)] ^= head.storedDigest();
      digestsKnown &= head.digestsKnown;
    });
    if (done) {
      keyspace.recounting(null);
      keyspace.counts().set(vnode, keys, deadlines, bytes, deadKeyBytes);
      keyspace.trees().counted(vnode, digestsKnown ? leaves : null);
    }
    return done;
  }

  /** Gives the counting up. */
  public void stop() {
    keyspace.recounting(null);
  }

  /** The dots of all writes to the vnode's keys that are known here. */
  public VersionVector seen() {
    VersionVector[] seen = {VersionVector.EMPTY};
    while (!heads(Integer.MAX_VALUE, head -> seen[0] = seen[0].join(head.seen()))) {
      // all of them
    }
    return seen[0];
  }

  /** A head that was counted already counts otherwise now. */
  void changed(KeyRef key, int moreKeys, int moreDeadlines, long moreBytes, long moreDeadKeyBytes, long moved) {
    if (keyspace.vnodeOf(key) == vnode && Arrays.compareUnsigned(key.disk(), place) < 0) {
      keys[key.db()] += moreKeys;
      deadlines[key.db()] += moreDeadlines;
      bytes += moreBytes;
      deadKeyBytes += moreDeadKeyBytes;
      leaves[keyspace.trees().leafOf(vnode, key)] ^= moved;
    }
  }

  /** Writes the deadlines of the next records' heads; true when all are written. */
  public boolean indexDeadlines(int recordsMax) {
    return heads(recordsMax, head -> {
      if (head.indexedDeadline != 0) {
        keyspace.deadlines().moved(vnode, head.key, 0, head.indexedDeadline);
      }
      if (head.indexedPast) {
        keyspace.past().add(vnode, head.key);
      }
    });
  }

  private boolean heads(int recordsMax, Consumer<Head> visitor) {
    int left = recordsMax;
    while (left > 0) {
      byte[] skipTo = null;
      int subRows = 0;
      try (ByteCursor cursor = store.scan(place, end, false)) {
        while (skipTo == null) {
          if (!cursor.next()) {
            place = end;
            return true;
          }
          byte[] disk = cursor.key();
          KeyRef key = KeyRef.ofDisk(disk);
          if (KeyRef.isHead(disk)) {
            subRows = 0;
            visitor.accept(new Head(key, keyspace.nowMillis(), cursor.value()));
          }
          place = Arrays.copyOf(disk, disk.length + 1);
          if (--left <= 0 || ++subRows > STEP_ROWS_MAX) {
            skipTo = key.behind();
          }
        }
      }
      place = skipTo;
    }
    return false;
  }
}
