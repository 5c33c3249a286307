package dev.henge.storage.type;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The hash that orders the members of a collection on the disk: 32 bits, well mixed, the same for ever.
 *
 * <p>It stands in front of every hash field, set member and sorted-set member, so it is a disk and wire format: it
 * must never change, and a golden test holds it. The function is MurmurHash3's 32-bit form with seed 0 (Austin
 * Appleby, 2011): four bytes at a time, little-endian, are scrambled and folded in; the rest likewise; the length and
 * a final avalanche close it, so that keys that differ in one digit lie anywhere. Not secret: a client may collide
 * members on purpose, and then shares one bucket with them.
 */
final class MemberHash {

  /** How many bytes the hash takes in a sub-key, big-endian. */
  static final int BYTES = 4;

  private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK_FACTOR = 0xCC9E2D51;
  private static final int BLOCK_SECOND_FACTOR = 0x1B873593;

  private MemberHash() {}

  /** All 32 bits of it; order as unsigned. */
  static int of(byte[] member) {
    return of(member, 0, member.length);
  }

  /** That of a member that stands among other bytes. */
  static int of(byte[] bytes, int offset, int length) {
    int hash = 0;
    int whole = offset + (length & ~3);
    for (int i = offset; i < whole; i += 4) {
      hash = Integer.rotateLeft(hash ^ scramble((int) INTS.get(bytes, i)), 13) * 5 + 0xE6546B64;
    }
    int rest = 0;
    for (int i = offset + length - 1; i >= whole; i--) {
      rest = rest << 8 | bytes[i] & 0xFF;
    }
    hash ^= scramble(rest) ^ length;
    hash = (hash ^ hash >>> 16) * 0x85EBCA6B;
    hash = (hash ^ hash >>> 13) * 0xC2B2AE35;
    return hash ^ hash >>> 16;
  }

  private static int scramble(int block) {
    return Integer.rotateLeft(block * BLOCK_FACTOR, 15) * BLOCK_SECOND_FACTOR;
  }

  /** The sub-key of a member: its hash, then the member. */
  static byte[] subKey(byte[] member) {
    byte[] sub = new byte[BYTES + member.length];
    writeSubKey(member, 0, member.length, sub, 0);
    return sub;
  }

  /** Writes the sub-key of a member that stands among other bytes; returns where it ends. */
  static int writeSubKey(byte[] bytes, int offset, int length, byte[] to, int at) {
    write(of(bytes, offset, length), to, at);
    System.arraycopy(bytes, offset, to, at + BYTES, length);
    return at + BYTES + length;
  }

  /** The sub-key that stands before all members with this hash and after all with a lower one. */
  static byte[] bucket(int hash) {
    byte[] sub = new byte[BYTES];
    write(hash, sub, 0);
    return sub;
  }

  /** The hash that a sub-key begins with. */
  static int ofSubKey(byte[] sub) {
    return (sub[0] & 0xFF) << 24 | (sub[1] & 0xFF) << 16 | (sub[2] & 0xFF) << 8 | sub[3] & 0xFF;
  }

  private static void write(int hash, byte[] to, int at) {
    to[at] = (byte) (hash >>> 24);
    to[at + 1] = (byte) (hash >>> 16);
    to[at + 2] = (byte) (hash >>> 8);
    to[at + 3] = (byte) hash;
  }
}
