package dev.henge.storage.type;

import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.FormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The ranges of a keyspace's disk keys whose rows are incomplete, since a part of the disk under them cannot be read.
 *
 * <p>A range holds whole keys: a head and all its sub-rows. No command sees a key in one. While a range is
 * <i>closed</i> bundles of peers do not change it either: it will be emptied, and filled from another replica that
 * has those bundles too. An open range is being filled.
 */
public final class DamagedRanges {

  private final List<Range> ranges = new ArrayList<>();
  private Consumer<CorruptTableException> listener = e -> {
    throw e;
  };

  /**
   * A range of whole keys.
   *
   * @param from the first disk key
   * @param to the end, exclusive
   * @param closed whether bundles pass it by
   * @param where which part of the disk is damaged, for people
   */
  public record Range(byte[] from, byte[] to, boolean closed, String where) {

    boolean holds(byte[] disk) {
      return Arrays.compareUnsigned(from, disk) <= 0 && Arrays.compareUnsigned(disk, to) < 0;
    }

    boolean meets(byte[] low, byte[] high) {
      return Arrays.compareUnsigned(from, high) < 0 && Arrays.compareUnsigned(low, to) < 0;
    }

    public Range close(boolean closed) {
      return new Range(from, to, closed, where);
    }
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** Puts these ranges in the place of all that begin from {@code from} on and before {@code to}. */
  public void replace(byte[] from, byte[] to, List<Range> with) {
    ranges.removeIf(r -> r.meets(from, to));
    ranges.addAll(with);
    ranges.sort((a, b) -> Arrays.compareUnsigned(a.from, b.from));
  }

  /** Who is told of damage that is met where one cannot stop halfway, and has put its range in here when it returns. */
  public void listener(Consumer<CorruptTableException> met) {
    listener = met;
  }

  void met(CorruptTableException e) {
    listener.accept(e);
  }

  /** Refuses a key in a damaged range. */
  void check(KeyRef key) {
    for (Range r : ranges) {
      if (r.holds(key.disk())) {
        throw new DamagedRowsException(r.where);
      }
    }
  }

  /** Refuses a walk through a damaged range. */
  void check(byte[] from, byte[] to) {
    for (Range r : ranges) {
      if (r.meets(from, to)) {
        throw new DamagedRowsException(r.where);
      }
    }
  }

  boolean hides(KeyRef key) {
    for (Range r : ranges) {
      if (r.holds(key.disk())) {
        return true;
      }
    }
    return false;
  }

  boolean closed(KeyRef key) {
    for (Range r : ranges) {
      if (r.closed && r.holds(key.disk())) {
        return true;
      }
    }
    return false;
  }

  boolean anyClosed(byte[] from, byte[] to) {
    return ranges.stream().anyMatch(r -> r.closed && r.meets(from, to));
  }

  /** What lies between the closed ranges: pairs of from and to. */
  List<byte[][]> between(byte[] from, byte[] to) {
    List<byte[][]> open = new ArrayList<>();
    byte[] low = from;
    for (Range r : ranges) {
      if (r.closed && r.meets(low, to)) {
        if (Arrays.compareUnsigned(low, r.from) < 0) {
          open.add(new byte[][] {low, r.from});
        }
        low = r.to;
      }
    }
    if (Arrays.compareUnsigned(low, to) < 0) {
      open.add(new byte[][] {low, to});
    }
    return open;
  }

  // ---------------------------------------------------------------- whole keys

  /** The least disk key of all records of the key to which the bound, which may be cut short, belongs. */
  public static byte[] downToKey(byte[] bound) {
    int end = endOfKey(bound);
    if (end < 0 || bound.length == end) {
      return bound;
    }
    byte[] head = Arrays.copyOf(bound, end + 1);
    head[end] = KeyRef.HEAD;
    return head;
  }

  /** An end, exclusive, moved behind all records of a key that has some before it. */
  public static byte[] upToKey(byte[] bound) {
    int end = endOfKey(bound);
    if (end < 0 || bound.length == end || bound.length == end + 1 && bound[end] == KeyRef.HEAD) {
      return bound;
    }
    byte[] behind = Arrays.copyOf(bound, end + 1);
    behind[end] = KeyRef.SUB + 1;
    return behind;
  }

  /** Where in a record's disk key the key itself ends; -1 if the bound is too short to have a whole key. */
  static int endOfKey(byte[] bound) {
    if (bound.length <= KeyRef.KEY_LENGTH_AT || KeyRef.slotOf(bound) >= Keyspace.LOCAL_PREFIX) {
      return -1;
    }
    try {
      ByteReader in = new ByteReader(bound);
      in.skip(KeyRef.KEY_LENGTH_AT);
      in.skip(in.length());
      return in.position();
    } catch (FormatException e) {
      return -1;
    }
  }
}
