package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a replica shows of its rows to those that compare theirs with them: digests of keys by ranges, and the rows of
 * one key.
 */
public final class ReplicaRows {

  /** A walk of heads steps over so many sub-rows of a key; from there it jumps behind the key. */
  private static final int STEP_ROWS_MAX = 16;

  private static final byte[] END = {};

  private final Keyspace keyspace;

  public ReplicaRows(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /**
   * A key by the disk key of its head, which is the same on every replica, and the digest of all that lives under it.
   */
  public record KeyDigest(byte[] key, long digest) {}

  /** The keys with something alive from a disk key on, up to another, exclusive. */
  public record Page(byte[] from, byte[] to, List<KeyDigest> keys) {

    /** The XOR of the digests: what a leaf of this range should be. */
    public long digest() {
      long digest = 0;
      for (KeyDigest key : keys) {
        digest ^= key.digest();
      }
      return digest;
    }
  }

  /** The disk keys of a leaf: from, and to, exclusive. */
  public byte[][] leaf(int vnode, int leaf) {
    return keyspace.trees().rangeOf(vnode, leaf);
  }

  public boolean within(int vnode, byte[] from, byte[] to) {
    byte[][] range = keyspace.rangeOf(vnode);
    return Arrays.compareUnsigned(range[0], from) <= 0 && Arrays.compareUnsigned(from, to) <= 0
        && Arrays.compareUnsigned(to, range[1]) <= 0;
  }

  /** The digests of up to so many keys; the page ends before the next key, or at {@code end}. */
  public Page page(byte[] from, byte[] end, int keysMax) {
    keyspace.damaged().check(from, end);
    List<KeyDigest> keys = new ArrayList<>();
    byte[] place = from;
    while (place != null) {
      byte[] skipTo = null;
      int subRows = 0;
      try (ByteCursor cursor = keyspace.scan(place, end)) {
        while (skipTo == null && cursor.next()) {
          byte[] disk = cursor.key();
          if (KeyRef.isHead(disk)) {
            if (keys.size() == keysMax) {
              return new Page(from, disk.clone(), keys);
            }
            subRows = 0;
            Head head = new Head(KeyRef.ofDisk(disk), keyspace.nowMillis(), cursor.value());
            if (head.storedDigest() != 0) {
              keys.add(new KeyDigest(disk.clone(), head.storedDigest()));
            }
          } else if (++subRows > STEP_ROWS_MAX) {
            skipTo = KeyRef.ofDisk(disk).behind();
          }
        }
      }
      place = skipTo;
    }
    return new Page(from, end, keys);
  }

  /**
   * The keys of another replica's page that are otherwise here, or not here, or only here; up to so many.
   *
   * <p>Both lists are sorted by disk key.
   */
  public List<byte[]> differing(Page theirs, int keysMax) {
    List<KeyDigest> mine = page(theirs.from(), theirs.to(), Integer.MAX_VALUE).keys();
    List<byte[]> differing = new ArrayList<>();
    int i = 0;
    int j = 0;
    while ((i < mine.size() || j < theirs.keys().size()) && differing.size() < keysMax) {
      int order = i == mine.size() ? 1 : j == theirs.keys().size() ? -1
          : Arrays.compareUnsigned(mine.get(i).key(), theirs.keys().get(j).key());
      if (order != 0) {
        differing.add(order < 0 ? mine.get(i).key() : theirs.keys().get(j).key());
      } else if (mine.get(i).digest() != theirs.keys().get(j).digest()) {
        differing.add(mine.get(i).key());
      }
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    return differing;
  }

  /** Makes a leaf say what its keys' heads do, if the page is all of it; returns whether it did not. */
  public boolean setLeaf(int vnode, int leaf, Page page) {
    byte[][] range = leaf(vnode, leaf);
    MerkleTree tree = keyspace.trees().of(vnode);
    if (!Arrays.equals(range[0], page.from()) || !Arrays.equals(range[1], page.to())
        || tree.leaf(leaf) == page.digest()) {
      return false;
    }
    tree.set(leaf, page.digest());
    return true;
  }

  // ---------------------------------------------------------------- the rows of one key

  /**
   * Writes a key's rows as bundle operations, from {@code place} on (empty: the beginning) until about
   * {@code maxBytes} are written, at least one; first, on every page, what deletes and flushes have seen. Returns
   * where to go on, empty at the end.
   */
  public byte[] exportKey(byte[] key, byte[] place, int maxBytes, Bytes out) {
    KeyRef ref = KeyRef.ofDisk(key);
    keyspace.damaged().check(ref);
    Head head = keyspace.load(ref);
    RowsBody body = new RowsBody(out);
    body.key(ref);
    body.clear(keyspace.cleared(head));
    if (place.length == 0) {
      body.headRows(head);
    }
    return head.generation == 0 ? END : subRows(head, place, maxBytes, body);
  }

  private byte[] subRows(Head head, byte[] place, int maxBytes, RowsBody out) {
    byte[] prefix = DiskKeys.generationPrefix(head);
    boolean any = false;
    try (ByteCursor cursor = keyspace.scan(DiskKeys.concat(prefix, place), DiskKeys.after(prefix))) {
      while (cursor.next()) {
        byte[] disk = cursor.key();
        int kind = disk[prefix.length] & 0xFF & ~DiskKeys.DEAD;
        if (any && out.length() >= maxBytes) {
          return Arrays.copyOfRange(disk, prefix.length, disk.length);
        }
        any = true;
        if (head.part(kind) != null) {
          out.row(kind, disk, prefix.length + 1, cursor.value());
        }
      }
    }
    return END;
  }

  // ---------------------------------------------------------------- rows that another knows better

  /**
   * Lets go of the own copies of the rows in a body, so that what is applied next stands in their place and does not
   * meet them. Only for rows that were decided from copies of all that this replica has seen: whatever else it had
   * would be lost.
   */
  public void forget(byte[] body) {
    ByteReader in = new ByteReader(body);
    Head head = null;
    while (in.remaining() > 0) {
      switch (in.u8()) {
        case BundleBody.OP_KEY -> {
          int db = in.u8();
          byte[] key = in.block();
          head = keyspace.load(keyspace.locate(db, key, 0, key.length));
        }
        case BundleBody.OP_CLEAR -> in.vector();
        case BundleBody.OP_ROW -> {
          int kind = in.u8();
          byte[] sub = in.block();
          in.skip(in.length());
          forget(head, kind, sub);
        }
        default -> throw new FormatException("rows of a key with an unknown operation");
      }
    }
    if (head != null) {
      keyspace.store(head);
    }
  }

  private void forget(Head head, int kind, byte[] sub) {
    if (kind == Keyspace.KIND_STRING) {
      head.string(null);
    } else if (kind == Keyspace.KIND_DEADLINE) {
      head.deadline = null;
    } else {
      Cell cell = keyspace.cells.cell(head, kind, sub);
      if (cell.row != null) {
        keyspace.cells.replace(cell, null);
      }
    }
  }
}
