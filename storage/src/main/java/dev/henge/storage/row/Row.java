package dev.henge.storage.row;

import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;

/**
 * The smallest thing that is versioned and merged: a string, a hash field, a set member, ….
 *
 * <p>Immutable. {@code siblings} are the values that no known write has overwritten, the winner first; {@code
 * context} is all that their writers had seen of this row, at least the siblings' own dots; {@code shards} are the
 * increments an actor and {@code floor} those that a SET or DEL has seen and so put to rest. The rule of the counter
 * is the embedded counter's (Baquero and others 2016, Weidner and Almeida 2022): the value is the winning sibling's
 * base plus what each shard has above its floor, where their lineages agree. An increment of what is not there puts an
 * {@link Sibling#implied implied} base under itself.
 */
public final class Row {

  static final Shard[] NO_SHARDS = new Shard[0];

  private final Sibling[] siblings;
  private final VersionVector context;
  private final Shard[] shards;
  private final Shard[] floor;

  Row(Sibling[] siblings, VersionVector context, Shard[] shards, Shard[] floor) {
    this.siblings = siblings;
    this.context = context;
    this.shards = shards;
    this.floor = floor;
  }

  /** The row after a write that had seen {@code before} (null: nothing): one sibling, every shard under the floor. */
  public static Row written(Row before, Sibling sibling) {
    if (before == null) {
      return new Row(new Sibling[] {sibling}, VersionVector.of(sibling.actor(), sibling.seq()), NO_SHARDS, NO_SHARDS);
    }
    return new Row(
        new Sibling[] {sibling},
        before.context.with(sibling.actor(), sibling.seq()),
        NO_SHARDS,
        RowMerge.mergeFloors(before.floor, before.shards));
  }

  /** This row as if nobody had counted: for simulations that forget floors. */
  public Row withoutShards() {
    return new Row(siblings, context, NO_SHARDS, NO_SHARDS);
  }

  /**
   * The row after a write that had seen a row of one sibling, without shards: all of it that remains is its context.
   */
  public static Row overwritten(VersionVector context, Sibling sibling) {
    return new Row(new Sibling[] {sibling}, context.with(sibling.actor(), sibling.seq()), NO_SHARDS, NO_SHARDS);
  }

  /** This row with the base's value or deadline changed by a new write; shards stay as they are. */
  public Row withBase(Sibling rewritten) {
    return new Row(
        new Sibling[] {rewritten}, context.with(rewritten.actor(), rewritten.seq()), shards, floor);
  }

  /**
   * Whether the write with this dot has put its actor's shard under the floor. Then that write cannot move the shard
   * any more: floor and shard would have the same seq. It moves the base, which is its own.
   */
  public boolean floored(long actor, long seq) {
    Shard own = find(floor, actor);
    return own != null && own.seq() == seq;
  }

  /** This row with {@code actor}'s shard moved by {@code delta}. */
  public Row incremented(long actor, long seq, BigDecimal delta) {
    Shard own = find(shards, actor);
    if (own == null) {
      own = find(floor, actor);
    }
    Shard moved = own == null
        ? new Shard(actor, seq, seq, delta)
        : new Shard(actor, seq, own.lineage(), own.sum().add(delta));
    Shard[] joined = RowMerge.above(RowMerge.mergeFloors(shards, new Shard[] {moved}), floor);
    return new Row(siblings, context.with(actor, seq), joined, floor);
  }

  /**
   * Whether the row says more than its live values need: tombstones, what overwritten values' writers had seen, sums
   * at rest. It can go once every owner is known to hold it.
   */
  public boolean hasPast() {
    if (siblings.length == 1 && !siblings[0].tombstone() && shards.length == 0 && floor.length == 0) {
      return !context.isOnly(siblings[0].actor(), siblings[0].seq());
    }
    return siblings.length > 0 && siblings[siblings.length - 1].tombstone() || siblings.length + shards.length == 0
        || restFloor().length < floor.length || !livesCoverContext();
  }

  private boolean livesCoverContext() {
    for (int i = 0; i < context.size(); i++) {
      long actor = context.actor(i);
      long newest = 0;
      for (Sibling s : siblings) {
        newest = s.actor() == actor ? Math.max(newest, s.seq()) : newest;
      }
      Shard sum = find(shards, actor);
      if (Math.max(newest, sum == null ? 0 : sum.seq()) < context.seq(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The row without its past if all that it says is stable, that is, known to be held by every owner (causal
   * stability: Baquero, Almeida, Shoker, "Pure Operation-Based Replicated Data Types", 2017): null if nothing
   * remains, the same row if not all is stable. The context goes only when the live values are stable too: an owner
   * without them would take the overwritten one for concurrent.
   */
  public Row withoutPast(VersionVector stable) {
    if (!stable.covers(context)) {
      return this;
    }
    for (Shard under : floor) {
      if (!stable.covers(under.actor(), under.seq())) {
        return this;
      }
    }
    return alive();
  }

  /** The row without its past, whether or not that is stable. */
  public Row alive() {
    int living = 0;
    while (living < siblings.length && !siblings[living].tombstone()) {
      living++;
    }
    if (living + shards.length == 0) {
      return null;
    }
    Sibling[] alive = living == siblings.length ? siblings : Arrays.copyOf(siblings, living);
    VersionVector own = VersionVector.EMPTY;
    for (Sibling s : alive) {
      own = own.covers(s.actor(), s.seq()) ? own : own.with(s.actor(), s.seq());
    }
    return new Row(alive, own, shards, restFloor());
  }

  /** The floor under sums that still grow: the next increment goes on from there. */
  private Shard[] restFloor() {
    int kept = 0;
    Shard[] rest = new Shard[floor.length];
    for (Shard under : floor) {
      Shard above = find(shards, under.actor());
      if (above != null && above.lineage() == under.lineage()) {
        rest[kept++] = under;
      }
    }
    return kept == floor.length ? floor : kept == 0 ? NO_SHARDS : Arrays.copyOf(rest, kept);
  }

  /** Whether some write that is not a delete stands: a value, or an increment that no delete had seen. */
  public boolean live() {
    return siblings.length > 0 && !siblings[0].tombstone() || shards.length > 0;
  }

  /** The value that a reader sees, without increments; empty if increments alone stand, or it stands in chunks. */
  public byte[] payload() {
    return siblings.length == 0 || siblings[0].chunked() ? Sibling.NOTHING : siblings[0].payload();
  }

  /** Whether the value that a reader sees stands in chunks. */
  public boolean chunked() {
    return siblings.length > 0 && siblings[0].chunked() && shards.length == 0;
  }

  /** When the value that a reader sees expires, or 0. */
  public long deadlineMillis() {
    return siblings.length == 0 ? 0 : siblings[0].deadlineMillis();
  }

  /** Whether a SET or DEL has put increments to rest here; to be kept, for more of the same sums may come. */
  public boolean hasFloor() {
    return floor.length > 0;
  }

  /** The sibling that a reader sees; null for a row without one. */
  public Sibling winner() {
    return siblings.length == 0 ? null : siblings[0];
  }

  public List<Sibling> siblings() {
    return List.of(siblings);
  }

  Sibling[] siblingArray() {
    return siblings;
  }

  public VersionVector context() {
    return context;
  }

  Shard[] shardArray() {
    return shards;
  }

  Shard[] floorArray() {
    return floor;
  }

  /** How many things stand beside each other here: values that had not seen each other, and actors' increments. */
  public int concurrent() {
    return siblings.length + shards.length;
  }

  /** Whether increments stand above the base: then the value is a number, {@link #increments()} above it. */
  public boolean counts() {
    return shards.length > 0;
  }

  /** The sum of all increments that no SET or DEL has seen. */
  public BigDecimal increments() {
    BigDecimal sum = BigDecimal.ZERO;
    for (Shard shard : shards) {
      Shard under = find(floor, shard.actor());
      sum = sum.add(shard.sum());
      if (under != null && under.lineage() == shard.lineage()) {
        sum = sum.subtract(under.sum());
      }
    }
    return sum;
  }

  /** The newest stamp of any sibling, or 0. */
  public long newestStamp() {
    long newest = 0;
    for (Sibling s : siblings) {
      newest = Math.max(newest, s.stamp());
    }
    return newest;
  }

  static Shard find(Shard[] in, long actor) {
    for (Shard s : in) {
      if (s.actor() == actor) {
        return s;
      }
    }
    return null;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Row r
        && Arrays.equals(siblings, r.siblings)
        && context.equals(r.context)
        && Arrays.equals(shards, r.shards)
        && Arrays.equals(floor, r.floor);
  }

  @Override
  public int hashCode() {
    return context.hashCode();
  }

  @Override
  public String toString() {
    return "Row" + Arrays.toString(siblings) + context + Arrays.toString(shards) + "/" + Arrays.toString(floor);
  }
}
