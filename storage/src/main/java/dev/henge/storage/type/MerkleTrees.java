package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteStore;
import java.util.ArrayList;
import java.util.List;

/**
 * The trees of a shard's vnodes, kept in step with every change of a row.
 *
 * <p>A head knows the digests of all that its key has ({@link Head#storedDigest}, {@link Part#digest}), so a tree
 * moves where a head is stored, and nowhere else; a sub-row that changes moves its head's part.
 */
public final class MerkleTrees {

  /** The record has this behind the prefix of the vnode's. */
  private static final byte MARK = 'M';

  private final MerkleTree[] trees;

  /** The trees' leaves, once there is a tree: a write moves one number, without a look at its tree. */
  private final long[][] leaves;

  private final int slotsPerVnode;
  private final int shift;

  /** The walks that are under way: at most one or two. */
  private final List<MerkleWalk> walks = new ArrayList<>(1);

  MerkleTrees(int vnodes, int slotsPerVnode) {
    this.trees = new MerkleTree[vnodes];
    this.leaves = new long[vnodes][];
    this.slotsPerVnode = slotsPerVnode;
    this.shift = MerkleTree.shift(slotsPerVnode);
  }

  /** A vnode's tree. */
  public MerkleTree of(int vnode) {
    if (trees[vnode] == null) {
      trees[vnode] = new MerkleTree();
      leaves[vnode] = trees[vnode].array();
    }
    return trees[vnode];
  }

  private long[] leavesOf(int vnode) {
    long[] there = leaves[vnode];
    return there != null ? there : of(vnode).array();
  }

  int leafOf(int vnode, KeyRef key) {
    return MerkleTree.leafOf(key.slot() - vnode * slotsPerVnode, key.hash(), shift);
  }

  /** The disk keys of a leaf: from, and to, exclusive. */
  byte[][] rangeOf(int vnode, int leaf) {
    int firstSlot = vnode * slotsPerVnode;
    return new byte[][] {MerkleTree.from(leaf, firstSlot, slotsPerVnode), MerkleTree.from(leaf + 1, firstSlot, slotsPerVnode)};
  }

  // ---------------------------------------------------------------- changes

  /** A head was stored, or taken away, and its key's rows have this digest now. Returns the difference to before. */
  long moved(int vnode, Head head, long digest) {
    long difference = head.storedDigest() ^ digest;
    leavesOf(vnode)[leafOf(vnode, head.key)] ^= difference;
    head.storedDigest(digest);
    for (int i = walks.size() - 1; i >= 0; i--) {
      walks.get(i).headMoved(head, difference);
    }
    return difference;
  }

  /** Whether walks are told of what changes. */
  boolean watched() {
    return !walks.isEmpty();
  }

  /** The rows of a key have changed by this difference; nobody {@link #watched} them. */
  void move(int vnode, int slot, int hash, long difference) {
    leavesOf(vnode)[MerkleTree.leafOf(slot - vnode * slotsPerVnode, hash, shift)] ^= difference;
  }

  /** Reads what {@link #move} will change; without meaning. */
  long near(int vnode, int slot, int hash) {
    long[] there = leaves[vnode];
    return there == null ? 0 : there[MerkleTree.leafOf(slot - vnode * slotsPerVnode, hash, shift)];
  }

  /** A sub-row was stored; null: it is gone. */
  void rowMoved(Cell cell, boolean wasLive, boolean wasThere, boolean isLive, boolean isThere, long digest) {
    long difference = cell.digest() ^ digest;
    cell.part.digest ^= difference;
    cell.digest(digest);
    for (int i = walks.size() - 1; i >= 0; i--) {
      walks.get(i).rowMoved(cell, difference, (isLive ? 1 : 0) - (wasLive ? 1 : 0),
          (isThere && !isLive ? 1 : 0) - (wasThere && !wasLive ? 1 : 0));
    }
  }

  /** Takes over what was counted anew from the heads; null if a head does not know its sub-rows' digests. */
  void counted(int vnode, long[] leaves) {
    if (leaves == null) {
      of(vnode).unknown();
    } else {
      of(vnode).set(leaves);
    }
  }

  /** The vnode's tree does not say any more what the rows are. */
  public void lost(int vnode) {
    of(vnode).unknown();
  }

  void began(MerkleWalk walk) {
    walks.add(walk);
  }

  void ended(MerkleWalk walk) {
    walks.remove(walk);
  }

  // ---------------------------------------------------------------- on disk

  /** Reads a vnode's tree; without a record it is unknown. */
  public void load(int vnode, ByteStore store, byte[] prefix) {
    byte[] record = store.get(DiskKeys.concat(prefix, new byte[] {MARK}));
    if (record == null) {
      of(vnode).unknown();
    } else {
      of(vnode).load(record);
    }
  }

  /** Deletes a vnode's tree. */
  public void forget(int vnode, ByteStore store, byte[] prefix) {
    store.delete(DiskKeys.concat(prefix, new byte[] {MARK}));
  }

  /** Writes a vnode's tree, or forgets it while it is unknown. */
  public void save(int vnode, ByteStore store, byte[] prefix) {
    byte[] key = DiskKeys.concat(prefix, new byte[] {MARK});
    if (of(vnode).known()) {
      store.put(key, of(vnode).save());
    } else {
      store.delete(key);
    }
  }
}
