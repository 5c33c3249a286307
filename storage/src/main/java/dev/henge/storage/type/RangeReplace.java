package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowMerge;
import dev.henge.storage.version.VersionVector;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The first half of replacing rows by those of a replica that has seen {@code seen}: lets go of all rows that it does
 * not have, as far as it had seen them. It has seen them die, and may not even have a tombstone any more that would
 * tell so. What it had not seen stays, with all that its writers had seen: so writes of this replica that nobody else
 * has are not lost. The second half, rows that both have, is {@link RowMerge#replaced}.
 */
final class RangeReplace {

  /** So many damaged blocks are gone around in one go. */
  private static final int TRIES_MAX = 1_000;

  private final Keyspace keyspace;
  private final ByteStore store;
  private final DamagedRanges damaged;
  private final VersionVector seen;

  /** Database, key, kind and sub-key of the rows that the other replica has. */
  private final Set<ByteBuffer> given = new HashSet<>();

  /** The keys in the midst of which the bounds are, and the rows there; null where a bound is between keys. */
  private KeyRef first;

  private byte[] firstRow;
  private KeyRef last;
  private byte[] lastRow;

  RangeReplace(Keyspace keyspace, ByteStore store, DamagedRanges damaged, VersionVector seen) {
    this.keyspace = keyspace;
    this.store = store;
    this.damaged = damaged;
    this.seen = seen;
  }

  /** Takes note of the rows in an exported body. */
  void given(ByteReader in) {
    int db = 0;
    byte[] key = {};
    while (in.remaining() > 0) {
      switch (in.u8()) {
        case BundleBody.OP_KEY -> {
          db = in.u8();
          key = in.block();
        }
        case BundleBody.OP_ROW -> {
          int kind = in.u8();
          given.add(name(db, key, kind, in.block()));
          in.skip(in.length());
        }
        case BundleBody.OP_CLEARED -> {
          in.vector();
          in.vector();
        }
        default -> {
          in.skip(Short.BYTES + Short.BYTES + 1);
          in.vector();
          in.vector();
        }
      }
    }
  }

  private static ByteBuffer name(int db, byte[] key, int kind, byte[] sub) {
    ByteBuffer name = ByteBuffer.allocate(2 + Integer.BYTES + key.length + sub.length);
    return name.put((byte) db).put((byte) kind).putInt(key.length).put(key).put(sub).flip();
  }

  /** Between two disk keys, the second exclusive; either may be in the midst of a key's rows. */
  void drop(byte[] from, byte[] to) {
    first = DiskKeys.withinKey(from) == null ? null : KeyRef.ofDisk(from);
    firstRow = DiskKeys.withinKey(from);
    last = DiskKeys.withinKey(to) == null ? null : KeyRef.ofDisk(to);
    lastRow = DiskKeys.withinKey(to);
    for (int n = 1; ; n++) {
      try {
        for (byte[][] range : damaged.between(DamagedRanges.downToKey(from), DamagedRanges.upToKey(to))) {
          keys(range[0], range[1]).forEach(this::drop);
        }
        return;
      } catch (CorruptTableException e) {
        damaged.met(e);
        if (n == TRIES_MAX) {
          throw e;
        }
      }
    }
  }

  private List<KeyRef> keys(byte[] from, byte[] to) {
    List<KeyRef> found = new ArrayList<>();
    try (ByteCursor cursor = store.scan(from, to, false)) {
      while (cursor.next()) {
        KeyRef key = KeyRef.ofDisk(cursor.key());
        if (found.isEmpty() || !found.get(found.size() - 1).equals(key)) {
          found.add(key);
        }
      }
    }
    return found;
  }

  private void drop(KeyRef key) {
    Head head = keyspace.load(key);
    if (!key.equals(first)) {
      head.string(left(head, Keyspace.KIND_STRING, head.string()));
      head.deadline = left(head, Keyspace.KIND_DEADLINE, head.deadline);
    }
    for (Part part : head.parts) {
      drop(head, part, part.kind);
      drop(head, part, part.kind | DiskKeys.DEAD);
    }
    keyspace.store(head);
  }

  /** Whether a row of the key, by kind and sub-key, is between the bounds. */
  private boolean within(KeyRef key, byte[] row) {
    return (!key.equals(first) || Arrays.compareUnsigned(row, firstRow) >= 0)
        && (!key.equals(last) || Arrays.compareUnsigned(row, lastRow) < 0);
  }

  private Row left(Head head, int kind, Row row) {
    boolean theirs = row == null || given.contains(name(head.key.db(), head.key.key(), kind, new byte[0]));
    return theirs ? row : RowMerge.replaced(row, null, seen);
  }

  private void drop(Head head, Part part, int area) {
    byte[] from = DiskKeys.areaPrefix(head, area);
    byte[] place = {(byte) area};
    try (RowCursor rows = new RowCursor(store.scan(from, DiskKeys.after(from), false), from.length)) {
      while (rows.next()) {
        Cell cell = SubRows.cell(head, part, rows);
        if (within(head.key, DiskKeys.concat(place, cell.sub)) && !given.contains(name(head.key.db(), head.key.key(), part.kind, cell.sub))) {
          Row left = RowMerge.replaced(cell.row, null, seen);
          if (left == null || !left.equals(cell.row)) {
            keyspace.cells.replace(cell, left);
          }
        }
      }
    }
  }
}
