package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.row.Bytes;
import java.util.BitSet;

/**
 * A keyspace's heads on disk, and what is counted, indexed and digested of them by vnode, in step with every change.
 */
final class StoredHeads {

  /** A buffer that one head made larger is let go. */
  private static final int KEEP_BYTES = 1 << 20;

  private final ByteStore store;
  private final VnodeCounts counts;
  private final DeadlineIndex deadlines;
  private final MerkleTrees trees;
  private final PastIndex past;
  private final BitSet alone = new BitSet();
  private final int slotsPerVnode;
  private final Bytes scratch = new Bytes(512);

  /** A vnode's keys are being counted anew: it is told what changes; null if none is. */
  private VnodeRepair recounting;

  StoredHeads(ByteStore store, DamagedRanges damaged, int vnodes, int slotsPerVnode, int dbs) {
    this.store = store;
    this.slotsPerVnode = slotsPerVnode;
    this.counts = new VnodeCounts(vnodes, dbs);
    this.deadlines = new DeadlineIndex(store, vnodes, damaged);
    this.trees = new MerkleTrees(vnodes, slotsPerVnode);
    this.past = new PastIndex(store, vnodes);
  }

  VnodeCounts counts() {
    return counts;
  }

  /** The keys that have a deadline, by time. */
  DeadlineIndex deadlines() {
    return deadlines;
  }

  /** The digests of what lives in the vnodes. */
  MerkleTrees trees() {
    return trees;
  }

  /** The keys of which something is kept for other replicas' sake only. */
  PastIndex past() {
    return past;
  }

  /** Whether this node alone has the vnode: see {@link Keyspace#alone}. */
  void alone(int vnode, boolean so) {
    alone.set(vnode, so);
  }

  boolean isAlone(int vnode) {
    return alone.get(vnode);
  }

  /** Who is told of changes from now on because it counts a vnode anew; null for nobody. */
  void recounting(VnodeRepair repair) {
    recounting = repair;
  }

  /** Whether somebody is told of each head that is stored. */
  boolean watched() {
    return recounting != null || trees.watched();
  }

  /**
   * A string's row was stored over nothing or over another one, both live, without deadline and without a past, and
   * nobody {@link #watched} it.
   */
  void plainStored(int slot, int hash, int db, boolean fresh, int moreBytes, long difference) {
    int vnode = slot / slotsPerVnode;
    if (fresh) {
      counts.addKeys(vnode, db, 1);
    }
    counts.addBytes(vnode, moreBytes);
    trees.move(vnode, slot, hash, difference);
  }

  int vnode(int slot) {
    return slot / slotsPerVnode;
  }

  /** Reads what {@link #plainStored} will change; without meaning. */
  long near(int slot, int hash) {
    int vnode = slot / slotsPerVnode;
    return counts.bytes(vnode) + trees.near(vnode, slot, hash);
  }

  /**
   * Stores a settled head of the vnode, or lets go of it if nothing is left to say.
   *
   * @param found where it was found; null if that is not known any more
   */
  void store(Head head, int vnode, FoundBytes found) {
    head.dirty = false;
    long deadKeyBytes = head.counted ? 0 : head.storedBytes;
    boolean live = head.anyLive();
    int keysBefore = head.counted ? 1 : 0;
    int deadlinesBefore = head.indexedDeadline != 0 ? 1 : 0;
    if (live != head.counted) {
      counts.addKeys(vnode, head.key.db(), live ? 1 : -1);
      head.counted = live;
    }
    long deadline = live ? head.deadlineMillis() : 0;
    if (!alone.get(vnode)) {
      head.indexedPast = past.stored(vnode, head.key, head.indexedPast, head.hasPast());
    }
    if (deadline != head.indexedDeadline) {
      counts.addDeadlines(vnode, head.key.db(), (deadline != 0 ? 1 : 0) - (head.indexedDeadline != 0 ? 1 : 0));
      deadlines.moved(vnode, head.key, head.indexedDeadline, deadline);
      head.indexedDeadline = deadline;
    }
    byte[] disk = head.key.disk();
    long bytes = 0;
    long digest = 0;
    boolean forgotten = !live && alone.get(vnode) && head.parts.isEmpty() && head.string() == null && !head.orphans;
    if (head.blank() || forgotten) {
      store.delete(disk, disk.length);
    } else {
      scratch.reset(KEEP_BYTES);
      head.encode(scratch);
      put(head, disk, found);
      bytes = head.bytes(scratch.length());
      digest = head.digest(scratch.array(), scratch.length());
    }
    long moved = trees.moved(vnode, head, digest);
    counts.addBytes(vnode, bytes - head.storedBytes);
    counts.addDeadKeyBytes(vnode, (live ? 0 : bytes) - deadKeyBytes);
    if (recounting != null) {
      recounting.changed(head.key, (live ? 1 : 0) - keysBefore, (deadline != 0 ? 1 : 0) - deadlinesBefore,
          bytes - head.storedBytes, (live ? 0 : bytes) - deadKeyBytes, moved);
    }
    head.storedBytes = bytes;
  }

  /** Collections are written to again and again, by heads that stay ({@link RecentHeads}): these know their place. */
  private void put(Head head, byte[] disk, FoundBytes found) {
    boolean located = found != null && found.any();
    if (!located && !head.parts.isEmpty()) {
      head.place = head.place == null ? new FoundBytes() : head.place;
      store.put(disk, disk.length, head.place, scratch.array(), 0, scratch.length());
      head.place.letGo();
    } else if (found != null) {
      store.put(disk, disk.length, found, scratch.array(), 0, scratch.length());
    } else {
      store.put(disk, disk.length, scratch.array(), 0, scratch.length());
    }
  }
}
