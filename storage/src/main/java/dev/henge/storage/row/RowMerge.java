package dev.henge.storage.row;

import dev.henge.storage.version.VersionVector;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The one function that makes one row of two copies. It is commutative, associative and idempotent.
 *
 * <pre>
 * siblings = those of x that y also has or y.context has not seen, and the same of y against x
 * floor    = per actor the higher; shards = per actor the higher seq, dropped if at or below the floor
 *            (at the same seq another sum is above it: the bundle that raised the floor went on counting)
 * context  = join(x.context, y.context)
 * </pre>
 */
public final class RowMerge {

  private static final Sibling[] NO_SIBLINGS = {};

  private RowMerge() {}

  /**
   * Both copies as one. Where the same dot stands in both (a row written twice by one bundle), {@code y}'s value is
   * taken.
   */
  public static Row merge(Row x, Row y) {
    Sibling[] siblings = surviving(x, y);
    Shard[] floor = mergeFloors(x.floorArray(), y.floorArray());
    Shard[] shards = above(mergeFloors(x.shardArray(), y.shardArray()), floor);
    return new Row(siblings, x.context().join(y.context()), shards, floor);
  }

  /**
   * The row without what a clear has seen; null if nothing is left. What the clear says is not said again in the
   * row's context or floor: so the same row is left whether its parts met first or were cleared first.
   *
   * @param keepFloor whether the floor outlives the clear: the delete then tells how much of each sum it had seen
   */
  public static Row prune(Row row, VersionVector clear, boolean keepFloor) {
    if (clear.isEmpty()) {
      return row;
    }
    Shard[] floor = keepFloor ? row.floorArray() : uncleared(row.floorArray(), clear);
    int kept = 0;
    Sibling[] siblings = row.siblingArray();
    Sibling[] alive = new Sibling[siblings.length];
    for (Sibling s : siblings) {
      if (!clear.covers(s.actor(), s.seq())) {
        alive[kept++] = s;
      }
    }
    Shard[] shards = uncleared(row.shardArray(), clear);
    if (kept == 0 && shards.length == 0 && floor.length == 0) {
      return null;
    }
    VersionVector context = row.context().beyond(clear);
    if (kept == siblings.length && shards == row.shardArray() && floor == row.floorArray() && context == row.context()) {
      return row;
    }
    return new Row(Arrays.copyOf(alive, kept), context, shards, floor);
  }

  /**
   * What remains of a row that comes from a replica which has not seen all of {@code known}, where the receiver has:
   * values and sums whose dots are known and that are not in {@code stored} were superseded here, whether or not
   * anything is left that says so. The writer's own dot always stands.
   */
  public static Row superseded(Row stored, Row arriving, VersionVector known, long actor, long seq) {
    Sibling[] siblings = arriving.siblingArray();
    Sibling[] kept = new Sibling[siblings.length];
    int n = 0;
    for (Sibling s : siblings) {
      boolean own = s.actor() == actor && s.seq() == seq;
      if (own || !known.covers(s.actor(), s.seq()) || stored != null && has(stored.siblingArray(), s)) {
        kept[n++] = s;
      }
    }
    Shard[] shards = arriving.shardArray();
    Shard[] sums = new Shard[shards.length];
    int m = 0;
    for (Shard s : shards) {
      if (!known.covers(s.actor(), s.seq()) || stored != null && Row.find(stored.shardArray(), s.actor()) != null) {
        sums[m++] = s;
      }
    }
    return n == siblings.length && m == shards.length ? arriving
        : new Row(Arrays.copyOf(kept, n), arriving.context(), Arrays.copyOf(sums, m), arriving.floorArray());
  }

  /**
   * The row {@code x} replaced by what a replica has in its place that has seen {@code seen}: {@code y}, or null if
   * it has nothing there. What of {@code x} it had seen, and has not, is dead, whether or not anything is left that
   * says so; what it had not seen stays. Null if nothing remains.
   */
  public static Row replaced(Row x, Row y, VersionVector seen) {
    Row giver = y == null ? new Row(NO_SIBLINGS, VersionVector.EMPTY, Row.NO_SHARDS, Row.NO_SHARDS) : y;
    Row met = merge(x, new Row(giver.siblingArray(), giver.context().join(seen), giver.shardArray(), giver.floorArray()));
    int m = 0;
    Shard[] sums = new Shard[met.shardArray().length];
    for (Shard s : met.shardArray()) {
      if (!seen.covers(s.actor(), s.seq()) || Row.find(giver.shardArray(), s.actor()) != null) {
        sums[m++] = s;
      }
    }
    return met.siblingArray().length + m == 0 ? null
        : new Row(met.siblingArray(), x.context().join(giver.context()), Arrays.copyOf(sums, m), met.floorArray());
  }

  private static Sibling[] surviving(Row x, Row y) {
    Sibling[] xs = x.siblingArray();
    Sibling[] ys = y.siblingArray();
    Sibling[] out = new Sibling[xs.length + ys.length];
    int n = 0;
    for (Sibling s : ys) {
      if (has(xs, s) || !x.context().covers(s.actor(), s.seq())) {
        out[n++] = s;
      }
    }
    for (Sibling s : xs) {
      if (!has(ys, s) && !y.context().covers(s.actor(), s.seq())) {
        out[n++] = s;
      }
    }
    Sibling[] kept = n == out.length ? out : Arrays.copyOf(out, n);
    if (n > 1) {
      Arrays.sort(kept);
    }
    return kept;
  }

  private static boolean has(Sibling[] in, Sibling s) {
    for (Sibling other : in) {
      if (other.sameDot(s)) {
        return true;
      }
    }
    return false;
  }

  /** Per actor the part with the higher seq, by rising actor. */
  static Shard[] mergeFloors(Shard[] x, Shard[] y) {
    if (y.length == 0) {
      return x;
    }
    if (x.length == 0) {
      return y;
    }
    Shard[] out = Arrays.copyOf(x, x.length + y.length);
    int n = x.length;
    for (Shard s : y) {
      int at = 0;
      while (at < n && out[at].actor() != s.actor()) {
        at++;
      }
      if (at == n) {
        out[n++] = s;
      } else if (s.seq() >= out[at].seq()) {
        out[at] = s;
      }
    }
    Shard[] merged = n == out.length ? out : Arrays.copyOf(out, n);
    Arrays.sort(merged, Comparator.comparingLong(Shard::actor));
    return merged;
  }

  static Shard[] above(Shard[] shards, Shard[] floor) {
    if (floor.length == 0 || shards.length == 0) {
      return shards;
    }
    int n = 0;
    Shard[] out = new Shard[shards.length];
    for (Shard s : shards) {
      Shard under = Row.find(floor, s.actor());
      if (under == null || s.seq() > under.seq() || s.seq() == under.seq() && !s.equals(under)) {
        out[n++] = s;
      }
    }
    return n == out.length ? shards : n == 0 ? Row.NO_SHARDS : Arrays.copyOf(out, n);
  }

  private static Shard[] uncleared(Shard[] shards, VersionVector clear) {
    int n = 0;
    Shard[] out = new Shard[shards.length];
    for (Shard s : shards) {
      if (!clear.covers(s.actor(), s.seq())) {
        out[n++] = s;
      }
    }
    return n == out.length ? shards : n == 0 ? Row.NO_SHARDS : Arrays.copyOf(out, n);
  }
}
