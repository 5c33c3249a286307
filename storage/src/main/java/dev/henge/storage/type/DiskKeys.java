package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import java.util.Arrays;

/**
 * The disk keys of a key's sub-rows: the head's key with 0x01 for its last byte, {@code generation u48 | kind u8 |
 * sub-key}.
 */
final class DiskKeys {

  static final int GENERATION_BYTES = 6;

  /** Set in the kind of rows that are tombstones: they stand in an area of their own. */
  static final int DEAD = 0x80;

  private DiskKeys() {}

  static byte[] areaPrefix(Head head, int area) {
    byte[] disk = head.key.disk();
    byte[] prefix = Arrays.copyOf(disk, disk.length + GENERATION_BYTES + 1);
    prefix[disk.length - 1] = KeyRef.SUB;
    writeGeneration(prefix, disk.length, head.generation);
    prefix[prefix.length - 1] = (byte) area;
    return prefix;
  }

  static byte[] generationPrefix(Head head) {
    byte[] prefix = areaPrefix(head, 0);
    return Arrays.copyOf(prefix, prefix.length - 1);
  }

  static byte[] subKey(Head head, int kind, byte[] sub) {
    byte[] disk = head.key.disk();
    int subAt = disk.length + GENERATION_BYTES + 1;
    byte[] key = Arrays.copyOf(disk, subAt + sub.length);
    key[disk.length - 1] = KeyRef.SUB;
    writeGeneration(key, disk.length, head.generation);
    key[subAt - 1] = (byte) kind;
    System.arraycopy(sub, 0, key, subAt, sub.length);
    return key;
  }

  /** Makes a head's disk key, which ends there, the beginning of its members'; returns where their sub-keys begin. */
  static int toMembers(byte[] disk, int end, long generation, int kind) {
    disk[end - 1] = KeyRef.SUB;
    writeGeneration(disk, end, generation);
    disk[end + GENERATION_BYTES] = (byte) kind;
    return end + GENERATION_BYTES + 1;
  }

  private static void writeGeneration(byte[] key, int at, long generation) {
    for (int i = 0; i < GENERATION_BYTES; i++) {
      key[at + i] = (byte) (generation >>> 8 * (GENERATION_BYTES - 1 - i));
    }
  }

  /**
   * What a bound in the midst of a key has behind the generation: kind and sub-key, the same on every replica. Null
   * if it is not in the midst of a key.
   */
  static byte[] withinKey(byte[] bound) {
    int end = DamagedRanges.endOfKey(bound);
    boolean within = end >= 0 && bound.length > end + 1 + GENERATION_BYTES && bound[end] == KeyRef.SUB;
    return within ? Arrays.copyOfRange(bound, end + 1 + GENERATION_BYTES, bound.length) : null;
  }

  static long generationIn(byte[] key, int at) {
    return new ByteReader(key, at, GENERATION_BYTES).i48();
  }

  /** The key of the same row's place among the dead. The kind's place follows from the key's own prefix. */
  static byte[] deadKey(byte[] liveKey, int kind) {
    byte[] dead = liveKey.clone();
    ByteReader in = new ByteReader(dead);
    in.skip(KeyRef.KEY_LENGTH_AT);
    in.skip(in.length());
    in.skip(1 + GENERATION_BYTES);
    dead[in.position()] = (byte) (kind | DEAD);
    return dead;
  }

  static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  /** The first key behind all that begin with {@code prefix}; null if there is none. */
  static byte[] after(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xFF) {
        byte[] next = Arrays.copyOf(prefix, i + 1);
        next[i]++;
        return next;
      }
    }
    return null;
  }
}
