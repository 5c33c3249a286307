package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.row.RowMerge;
import dev.henge.storage.row.RowVote;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A page of one key's rows as several owners have them, what they should be, and what each owner has to be sent to
 * have that.
 *
 * <p>An owner that has not got a row lost it, unless it can show why: a tombstone, or what a clear or a flush there
 * has seen. All these are in the copies, so a merge of all of them is what every owner should have. Law 4: that a row
 * is absent says nothing. A row that is deleted everywhere but in one copy, and whose tombstone all others have let
 * go of, would come back this way; a replica has such a row only if its disk went back to an older state.
 *
 * <p>Where a majority of the owners had seen the same when they made their copies, and have the same living row, and
 * nobody has a deleted one, that row stands, and what the others have in its place is not even merged: they have
 * applied the same bundles, so their disks changed it. Otherwise the copies are merged after {@link RowVote}.
 *
 * <p>Only copies of owners that had seen just what the decider has are merged, and only these owners are sent
 * anything. One that had seen less has rows which were overwritten since, perhaps by writes whose contexts have been
 * collected, so that nothing is left to meet them with: it may vote on what a dot names.
 */
public final class KeyCopies {

  private final byte[] key;
  private final VersionVector clock;
  private final Copy[] copies;
  private final int majority;

  /** One owner's page: what its deletes have seen, and its rows by place. */
  private static final class Copy {
    final boolean abreast;
    VersionVector clear = VersionVector.EMPTY;
    final TreeMap<byte[], Row> rows = new TreeMap<>(Arrays::compareUnsigned);

    Copy(boolean abreast) {
      this.abreast = abreast;
    }
  }

  /**
   * What the copies came to.
   *
   * @param mend what each owner has to apply, or null
   * @param rows how many rows that are, of each
   * @param outvoted rows of which a majority outvoted a copy
   * @param drawn rows of which the copies contradicted each other without a majority
   * @param open rows that could not be decided
   */
  public record Verdict(byte[][] mend, int[] rows, int outvoted, int drawn, int open) {}

  /**
   * @param key the disk key of the head
   * @param clock what whoever decides has seen; no copy's owner had seen anything else
   */
  public KeyCopies(byte[] key, int owners, VersionVector clock) {
    this.key = key;
    this.clock = clock;
    this.copies = new Copy[owners];
    this.majority = owners / 2 + 1;
  }

  /**
   * Takes an owner's page, as {@link ReplicaRows#exportKey} wrote it; {@code abreast}: whether the owner had seen
   * just what the decider has.
   */
  public void add(int owner, byte[] body, boolean abreast) {
    Copy copy = new Copy(abreast);
    ByteReader in = new ByteReader(body);
    while (in.remaining() > 0) {
      switch (in.u8()) {
        case BundleBody.OP_KEY -> {
          in.skip(1);
          in.skip(in.length());
        }
        case BundleBody.OP_CLEAR -> copy.clear = in.vector();
        case BundleBody.OP_ROW -> {
          int kind = in.u8();
          byte[] sub = in.block();
          Row row = RowCodec.decode(in.block());
          copy.rows.put(DiskKeys.concat(new byte[] {(byte) kind}, sub), row);
        }
        default -> throw new FormatException("rows of a key with an unknown operation");
      }
    }
    copies[owner] = copy;
  }

  /** Leaves out rows from a place on: not all pages reach that far. */
  public void before(byte[] place) {
    for (Copy copy : copies) {
      if (copy != null && place.length > 0) {
        copy.rows.entrySet().removeIf(row -> Arrays.compareUnsigned(areaOf(row.getKey(), row.getValue()), place) >= 0);
      }
    }
  }

  /** The place of a row in the order of pages; the head's rows come before all. */
  private static byte[] areaOf(byte[] place, Row row) {
    if (place[0] == Keyspace.KIND_STRING || place[0] == Keyspace.KIND_DEADLINE) {
      return new byte[0];
    }
    byte[] area = place.clone();
    area[0] |= (byte) (row.live() ? 0 : DiskKeys.DEAD);
    return area;
  }

  public Verdict decide() {
    boolean all = true;
    VersionVector clear = VersionVector.EMPTY;
    TreeSet<byte[]> places = new TreeSet<>(Arrays::compareUnsigned);
    for (Copy copy : copies) {
      all &= copy != null;
      if (copy != null && copy.abreast) {
        clear = clear.join(copy.clear);
        places.addAll(copy.rows.keySet());
      }
    }
    Mends mends = new Mends(clear);
    for (byte[] place : places) {
      decide(place, clear, all, mends);
    }
    return mends.verdict();
  }

  private void decide(byte[] place, VersionVector clear, boolean all, Mends mends) {
    List<Row> rows = new ArrayList<>();
    List<Row> witnesses = new ArrayList<>();
    for (Copy copy : copies) {
      if (copy != null && copy.rows.containsKey(place)) {
        (copy.abreast ? rows : witnesses).add(copy.rows.get(place));
      }
    }
    RowVote.Result result = majority(place);
    if (result == null) {
      result = RowVote.decide(rows, witnesses, majority, all, clock);
    }
    mends.count(result.outcome());
    if (result.row() == null) {
      return;
    }
    Row pruned = RowMerge.prune(result.row(), clear, place[0] == Keyspace.KIND_STRING);
    for (int i = 0; i < copies.length; i++) {
      if (copies[i] != null && copies[i].abreast && digest(copies[i].rows.get(place)) != digest(pruned)) {
        mends.add(i, place, pruned == null ? result.row() : pruned);
      }
    }
  }

  /** The row that a majority has, as described above, or null. */
  private RowVote.Result majority(byte[] place) {
    Row[] rows = new Row[copies.length];
    for (int i = 0; i < copies.length; i++) {
      rows[i] = copies[i] == null || !copies[i].abreast ? null : copies[i].rows.get(place);
      if (rows[i] != null && digest(rows[i]) == 0) {
        return null;
      }
    }
    for (int i = 0; i < copies.length; i++) {
      List<Row> same = new ArrayList<>();
      boolean contradicted = false;
      for (int j = 0; rows[i] != null && j < copies.length; j++) {
        boolean equal = rows[j] != null && digest(rows[i]) == digest(rows[j]);
        if (equal) {
          same.add(rows[j]);
        }
        contradicted |= rows[j] != null && !equal;
      }
      if (same.size() >= majority) {
        RowVote.Outcome how = contradicted ? RowVote.Outcome.OUTVOTED : RowVote.Outcome.AGREED;
        return new RowVote.Result(RowVote.decide(same, List.of(), majority, true, clock).row(), how);
      }
    }
    return null;
  }

  private static long digest(Row row) {
    return row == null ? 0 : RowDigest.of(0, RowCodec.encode(row));
  }

  /** The bodies that are being written for the owners. */
  private final class Mends {
    private final VersionVector clear;
    private final RowsBody[] bodies = new RowsBody[copies.length];
    private final int[] rows = new int[copies.length];
    private int outvoted;
    private int drawn;
    private int open;

    Mends(VersionVector clear) {
      this.clear = clear;
    }

    void count(RowVote.Outcome outcome) {
      outvoted += outcome == RowVote.Outcome.OUTVOTED ? 1 : 0;
      drawn += outcome == RowVote.Outcome.DRAWN ? 1 : 0;
      open += outcome == RowVote.Outcome.OPEN ? 1 : 0;
    }

    void add(int owner, byte[] place, Row row) {
      if (bodies[owner] == null) {
        bodies[owner] = new RowsBody(new Bytes(256));
        bodies[owner].key(KeyRef.ofDisk(key));
        bodies[owner].clear(clear);
      }
      rows[owner]++;
      bodies[owner].row(place[0], place, 1, RowCodec.encode(row));
    }

    Verdict verdict() {
      byte[][] mend = new byte[copies.length][];
      for (int i = 0; i < mend.length; i++) {
        mend[i] = bodies[i] == null ? null : bodies[i].copy();
      }
      return new Verdict(mend, rows, outvoted, drawn, open);
    }
  }
}
