package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Hash64;
import java.util.Arrays;

/**
 * A key with its place: the disk key of its head, {@code slot u16 | hash u32 | db u8 | length varint | key | 0x00}.
 *
 * <p>All of a key's records share that prefix, so that a vnode, a slot and a hash bucket are contiguous ranges.
 */
public final class KeyRef {

  /** Marks the head; sub-rows carry {@link #SUB} in its place and so stand right behind it. */
  public static final byte HEAD = 0;
  static final byte SUB = 1;

  private static final int DB_AT = 6;
  static final int KEY_LENGTH_AT = 7;

  private final byte[] disk;
  private final int keyAt;

  private KeyRef(byte[] disk, int keyAt) {
    this.disk = disk;
    this.keyAt = keyAt;
  }

  public static KeyRef of(int db, int slot, int hash, byte[] buffer, int offset, int length) {
    byte[] disk = new byte[diskBytes(length)];
    int end = write(disk, db, slot, hash, buffer, offset, length);
    return new KeyRef(disk, end - 1 - length);
  }

  /** How long the disk key of a head is whose key has so many bytes. */
  static int diskBytes(int keyLength) {
    return KEY_LENGTH_AT + varintBytes(keyLength) + keyLength + 1;
  }

  /** Writes the disk key of a key's head to the beginning of an array that has room for it; returns its end. */
  static int write(byte[] disk, int db, int slot, int hash, byte[] buffer, int offset, int length) {
    disk[0] = (byte) (slot >>> 8);
    disk[1] = (byte) slot;
    disk[2] = (byte) (hash >>> 24);
    disk[3] = (byte) (hash >>> 16);
    disk[4] = (byte) (hash >>> 8);
    disk[5] = (byte) hash;
    disk[DB_AT] = (byte) db;
    int at = KEY_LENGTH_AT;
    for (int rest = length; ; rest >>>= 7) {
      if (rest < 0x80) {
        disk[at++] = (byte) rest;
        break;
      }
      disk[at++] = (byte) (rest | 0x80);
    }
    System.arraycopy(buffer, offset, disk, at, length);
    disk[at + length] = HEAD;
    return at + length + 1;
  }

  /** Of the key of any record of a key's: head or sub-row. */
  public static KeyRef ofDisk(byte[] record) {
    ByteReader in = new ByteReader(record);
    in.skip(KEY_LENGTH_AT);
    int length = in.length();
    int keyAt = in.position();
    byte[] disk = Arrays.copyOf(record, keyAt + length + 1);
    disk[keyAt + length] = HEAD;
    return new KeyRef(disk, keyAt);
  }

  private static int varintBytes(int v) {
    int n = 1;
    while ((v >>>= 7) != 0) {
      n++;
    }
    return n;
  }

  public int slot() {
    return slotOf(disk);
  }

  public int hash() {
    return (disk[2] & 0xFF) << 24 | (disk[3] & 0xFF) << 16 | (disk[4] & 0xFF) << 8 | disk[5] & 0xFF;
  }

  public int db() {
    return disk[6];
  }

  public int keyLength() {
    return disk.length - 1 - keyAt;
  }

  public byte[] key() {
    return Arrays.copyOfRange(disk, keyAt, disk.length - 1);
  }

  boolean isKey(byte[] bytes, int offset, int length) {
    return Arrays.equals(disk, keyAt, disk.length - 1, bytes, offset, offset + length);
  }

  void writeKey(Bytes out) {
    out.block(disk, keyAt, keyLength());
  }

  /** The head's disk key; not to be changed. */
  byte[] disk() {
    return disk;
  }

  /** The length of the head's disk key. */
  public int diskLength() {
    return disk.length;
  }

  /** The first two bytes of a record's disk key: a slot, or what marks a local record. */
  static int slotOf(byte[] record) {
    return (record[0] & 0xFF) << 8 | record[1] & 0xFF;
  }

  /** The first disk key behind all of the key's records. */
  byte[] behind() {
    byte[] behind = disk.clone();
    behind[behind.length - 1] = SUB + 1;
    return behind;
  }

  /** Whether a record is the key's, head or sub-row. */
  boolean owns(byte[] record) {
    int same = disk.length - 1;
    return record.length > same && Arrays.equals(disk, 0, same, record, 0, same);
  }

  /** The hash of database and key: what the digests of the key's rows begin with. */
  long digest() {
    return digest(disk, disk.length);
  }

  /** The same of the key whose head has this disk key. */
  static long digest(byte[] disk, int length) {
    return Hash64.of(0, disk, DB_AT, length - 1 - DB_AT);
  }

  /** Whether a record's disk key is that of a head. */
  static boolean isHead(byte[] record) {
    ByteReader in = new ByteReader(record);
    in.skip(KEY_LENGTH_AT);
    in.skip(in.length());
    return in.u8() == HEAD;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof KeyRef k && Arrays.equals(disk, k.disk);
  }

  @Override
  public int hashCode() {
    return hash();
  }

  @Override
  public String toString() {
    return db() + ":" + new String(disk, keyAt, keyLength(), java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
