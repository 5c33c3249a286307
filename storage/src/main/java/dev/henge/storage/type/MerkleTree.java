package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Hash64;
import java.util.Arrays;
import java.util.BitSet;

/**
 * What lives in one vnode replica, as 128 numbers: each leaf is the XOR of the digests of the rows whose keys fall to
 * it.
 *
 * <p>Merkle's tree (1987) in the flat form of leveled's and riak's "tictac" trees: because XOR adds and takes away a
 * row without looking at the others, a leaf follows every change from the digests of the row before and after, and
 * two levels are enough for some ten thousand keys a vnode. A leaf is a contiguous range of disk keys (slot, then
 * hash), so it can be read, compared, and made again by one short scan.
 *
 * <p>A tree that is not {@link #known} (a store of an earlier version, a lost record) is made by a {@link
 * MerkleWalk}; until then it must not be compared.
 */
public final class MerkleTree {

  public static final int LEAVES = 128;

  private static final int LEAF_BITS = 7;
  private static final int VERSION = 1;

  private final long[] leaves = new long[LEAVES];
  private boolean known = true;

  /** Whether the leaves say what the rows are. */
  public boolean known() {
    return known;
  }

  void unknown() {
    known = false;
  }

  /** One number that is equal where all leaves are. */
  public long root() {
    long root = 0;
    for (long leaf : leaves) {
      root = Hash64.mix(root, leaf);
    }
    return root;
  }

  public long leaf(int leaf) {
    return leaves[leaf];
  }

  public long[] leaves() {
    return leaves.clone();
  }

  /** The leaves themselves, for who moves them ({@link MerkleTrees}). */
  long[] array() {
    return leaves;
  }

  /** The leaves that differ from another replica's. */
  public BitSet differing(long[] others) {
    BitSet differing = new BitSet(LEAVES);
    for (int i = 0; i < LEAVES; i++) {
      differing.set(i, leaves[i] != others[i]);
    }
    return differing;
  }

  /** A row of the leaf changed: {@code difference} is the XOR of its digests before and after. */
  void move(int leaf, long difference) {
    leaves[leaf] ^= difference;
  }

  void set(int leaf, long digest) {
    leaves[leaf] = digest;
  }

  /** Takes over what a walk over all rows found. */
  void set(long[] found) {
    System.arraycopy(found, 0, leaves, 0, LEAVES);
    known = true;
  }

  /** The leaf of a key, by its slot, counted from the vnode's first, then its hash: evenly. */
  static int leafOf(int slotInVnode, int hash, int shift) {
    return (int) (((long) slotInVnode << Integer.SIZE | hash & 0xFFFF_FFFFL) >>> shift);
  }

  /** How many low bits of a key's place do not matter to its leaf, in vnodes of so many slots. */
  static int shift(int slotsPerVnode) {
    return 2 * Integer.SIZE - Integer.numberOfLeadingZeros(slotsPerVnode - 1) - LEAF_BITS;
  }

  /** The first disk key that a leaf may have; the same of the next leaf is its end. */
  static byte[] from(int leaf, int firstSlot, int slotsPerVnode) {
    long place = ((long) firstSlot << Integer.SIZE) + ((long) leaf << shift(slotsPerVnode));
    return new Bytes(6).i48(place).copy();
  }

  /** Reads what {@link #save} wrote; what another version wrote is as good as lost. */
  void load(byte[] record) {
    ByteReader in = new ByteReader(record);
    if (in.remaining() != 1 + LEAVES * Long.BYTES || in.u8() != VERSION) {
      known = false;
      return;
    }
    for (int i = 0; i < LEAVES; i++) {
      leaves[i] = in.i64();
    }
    known = true;
  }

  byte[] save() {
    Bytes out = new Bytes(1 + LEAVES * Long.BYTES);
    out.u8(VERSION);
    for (long leaf : leaves) {
      out.i64(leaf);
    }
    return out.copy();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof MerkleTree t && known == t.known && Arrays.equals(leaves, t.leaves);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(leaves);
  }

  @Override
  public String toString() {
    return (known ? "" : "unknown ") + Long.toHexString(root());
  }
}
