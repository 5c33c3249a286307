package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Hash64;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;

/** All shipped rows of one key: compared between owners by a digest, and exchanged where digests differ. */
public final class KeyRows {

  /** The digest of a key of which none is at hand. */
  public static final long NONE = 0;

  /** A key with more rows has no digest: looking at all of them would cost more than a read may. */
  static final int DIGEST_ROWS_MAX = 256;

  /** Nor has one whose rows take more. */
  static final int DIGEST_BYTES_MAX = 256 << 10;

  /** A key that expires so soon, or has, has no digest: the owners' wall clocks need not agree. */
  private static final long DEADLINE_MARGIN_MILLIS = 60_000;

  private KeyRows() {}

  /**
   * A hash of what stands in the key's rows, equal on owners with equal clocks; {@link #NONE} if there is none to be
   * had.
   *
   * @param name the database, u8, and the key
   * @throws DamagedRowsException and CorruptTableException if the rows cannot be read
   */
  public static long digest(Keyspace keyspace, byte[] name) {
    Head head = head(keyspace, name);
    long deadline = head.deadlineMillis();
    if (deadline != 0 && deadline < keyspace.nowMillis() + DEADLINE_MARGIN_MILLIS) {
      return NONE;
    }
    long digest = 1;
    Row string = head.string();
    digest += string == null ? 0 : RowDigest.of(Keyspace.KIND_STRING, RowCodec.encode(string));
    digest += head.deadline == null ? 0 : RowDigest.of(Keyspace.KIND_DEADLINE, RowCodec.encode(head.deadline));
    long rows = 0;
    long bytes = 0;
    for (Part part : head.parts) {
      rows += part.live + part.dead;
      bytes += part.bytes;
    }
    if (rows > DIGEST_ROWS_MAX || bytes > DIGEST_BYTES_MAX) {
      return NONE;
    }
    for (Part part : head.parts) {
      byte[] prefix = DiskKeys.areaPrefix(head, part.kind);
      try (ByteCursor cursor = keyspace.scan(prefix, DiskKeys.after(prefix))) {
        while (cursor.next()) {
          byte[] disk = cursor.key();
          digest += RowDigest.of(Hash64.of(part.kind, disk, prefix.length, disk.length - prefix.length), cursor.value());
        }
      }
    }
    return digest == NONE ? 1 : digest;
  }

  /** The key's rows as operations of a bundle's body, or null if they take more than {@code bytesMax}. */
  public static byte[] export(Keyspace keyspace, byte[] name, int bytesMax) {
    Head head = head(keyspace, name);
    Bytes out = new Bytes(256);
    byte[] next = new RowExport(keyspace, bytesMax, out).rows(keyspace.scan(head.key.disk(), head.key.behind()));
    return next.length > 0 || out.length() > bytesMax ? null : out.copy();
  }

  /**
   * Puts a key's rows in place anew, so that what is derived of them, counts and orders, is what they say, whatever
   * was lost under them.
   */
  public static void rebuild(Keyspace keyspace, byte[] name, int bytesMax) {
    byte[] rows = export(keyspace, name, bytesMax);
    Head head = rows == null ? null : keyspace.openForBundle(head(keyspace, name).key());
    if (head != null) {
      head.string(null);
      head.deadline = null;
      keyspace.forgetRows(head);
      keyspace.storeDirty();
      keyspace.apply(0, 0, new ByteReader(rows));
    }
  }

  /** A bundle's body that names a key and says nothing of it. */
  public static byte[] nothing(byte[] name) {
    return new Bytes(name.length + 8).u8(BundleBody.OP_KEY).u8(name[0]).block(name, 1, name.length - 1).copy();
  }

  private static Head head(Keyspace keyspace, byte[] name) {
    KeyRef key = keyspace.locate(name[0] & 0xFF, name, 1, name.length - 1);
    if (!keyspace.damaged().isEmpty()) {
      keyspace.damaged().check(key);
    }
    return keyspace.load(key);
  }
}
