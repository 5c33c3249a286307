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
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A page of one key's rows as several owners have them, what they should be, and what each owner has to be sent to have that.
 *
 * <p>An owner that has not got a row lost it, unless it can show why: a tombstone, or what a clear or a flush there has seen. All these are in the copies, so
 * a merge of all of them is what every owner should have. Law 4: that a row is absent says nothing. A row that is deleted everywhere but in one copy,
 * and whose tombstone all others have let go of, would come back this way; a replica has such a row only if its disk went back to an older state.
 */
public final class KeyCopies {

  private final byte[] key;
  private final Copy[] copies;
  private final int majority;

  /** One owner's page: what its deletes have seen, and its rows by place. */
  private static final class Copy {
    VersionVector clear = VersionVector.EMPTY;
    final TreeMap<byte[], Row> rows = new TreeMap<>(Arrays::compareUnsigned);
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

  /** @param key the disk key of the head */
  public KeyCopies(byte[] key, int owners) {
    this.key = key;
    this.copies = new Copy[owners];
    this.majority = owners / 2 + 1;
  }

  /** Takes an owner's page, as {@link ReplicaRows#exportKey} wrote it. */
  public void add(int owner, byte[] body) {
    Copy copy = new Copy();
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

  public boolean has(int owner) {
    return copies[owner] != null;
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
      if (copy != null) {
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
    for (Copy copy : copies) {
      if (copy != null && copy.rows.containsKey(place)) {
        rows.add(copy.rows.get(place));
      }
    }
    RowVote.Result result = RowVote.decide(rows, majority, all);
    mends.count(result.outcome());
    if (result.row() == null) {
      return;
    }
    Row pruned = RowMerge.prune(result.row(), clear, place[0] == Keyspace.KIND_STRING);
    for (int i = 0; i < copies.length; i++) {
      if (copies[i] != null && digest(copies[i].rows.get(place)) != digest(pruned)) {
        mends.add(i, place, pruned == null ? result.row() : pruned);
      }
    }
  }

  private static long digest(Row row) {
    return row == null ? 0 : RowDigest.of(0, RowCodec.encode(row));
  }

  /** The bodies that are being written for the owners. */
  private final class Mends {
    private final VersionVector clear;
    private final Bytes[] bodies = new Bytes[copies.length];
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
        KeyRef ref = KeyRef.ofDisk(key);
        Bytes out = new Bytes(256);
        out.u8(BundleBody.OP_KEY).u8(ref.db());
        ref.writeKey(out);
        if (!clear.isEmpty()) {
          out.u8(BundleBody.OP_CLEAR).vector(clear);
        }
        bodies[owner] = out;
      }
      rows[owner]++;
      bodies[owner].u8(BundleBody.OP_ROW).u8(place[0]).block(place, 1, place.length - 1).block(RowCodec.encode(row));
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
