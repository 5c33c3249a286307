package dev.henge.ring.replica;

import dev.henge.ring.replica.VnodeDamage.Phase;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.lsm.Damage;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.type.DamagedRanges;
import dev.henge.storage.type.DamagedRanges.Range;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.VnodeRepair;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How rows that the disk has damaged come back: from the other owners.
 *
 * <p>A table's block that cannot be read may have held the newest state of any key in its range, so nothing can be
 * said of those keys: what a deeper table has of them may be long overwritten, or deleted. But nothing else is in
 * doubt. The log, the clock, the other keys are sound. Therefore only the block's range, widened to whole keys, is
 * given up and fetched again, and the replica's clock stays: all that it says this node has is in the log or in the
 * rows of another owner, and the own actor's sequence goes on where it was (law 5). The way of a range:
 *
 * <ol>
 *   <li><b>Hidden and closed.</b> No command sees its keys. Bundles of peers are logged and acknowledged (law 8: on
 * the <i>log</i>), but pass these keys by; their dots join {@link VnodeDamage#need}, which begins as the vnode's
 * whole clock. The replica still grants leases and sends its log, but is candidate for serving only where no owner is
 * whole. The range goes into the vnode's record, so that the tables that a flush writes never look complete without it.
 *   <li><b>Waiting.</b> Nothing is thrown away before an owner has shown that it can read the range and has seen all
 * of {@code need}: then whatever of the range is readable here is there too.
 *   <li><b>Purging.</b> Only now the damaged blocks are excised, and all that shows in the range is deleted, in
 * steps. This is what keeps a value from coming back whose overwriting or deletion stood in the lost block: merging
 * over what is left could not tell it from a concurrent write's survivor, and a flush leaves no trace in the rows at
 * all.
 *   <li><b>Fetching.</b> The range opens: bundles are applied again, and the owner's rows are taken in place of what
 * it had seen of them ({@code RangeReplace}): it may have collected the tombstones that would tell so. Each part must
 * again come from one that has seen {@code need}; an owner that is lost on the way is replaced, for parts of several
 * merge as well.
 *   <li><b>Counting.</b> How many keys the lost block had is not known, so the vnode's are counted anew, in steps.
 * Then the range ends, and the store may drop the block, once what was fetched is in tables itself.
 * </ol>
 *
 * <p>A crash at any moment is harmless. Excisions are not remembered: the block is met again, and the way begins
 * anew, or the record still has the range. What was fetched is in the log as rows and is merged on replay.
 *
 * <p>If every other owner can be reached and reads the range, and none has seen {@code need}, and none moves for
 * {@link #LAST_RESORT_NANOS}, then what it lacks exists nowhere: the rows are taken as they are, and the log says so.
 * If an owner cannot be reached, the range waits for it. Without other owners it stays damaged; a FLUSHALL alone,
 * which covers all that the rows may have said, lets it go.
 *
 * <p>Local records: deadlines are written again from the heads (also after the heads were fetched, for the lost ones'
 * would be left over), vnodes' records from memory. A clock that cannot be read at the start, neither copy, makes the
 * whole vnode damaged and the replica late: it must hear from a majority, and the node takes a new actor.
 */
final class DamageRepair {

  private static final Logger LOG = LoggerFactory.getLogger(DamageRepair.class);

  /** Vnodes whose rows are being purged, fetched or asked for at one time. */
  static final int VNODES_AT_ONCE_MAX = 8;

  /** Records that a step deletes, and those that it walks over. */
  private static final int PURGE_RECORDS = 1_000;

  private static final int WALK_RECORDS = 5_000;

  /** So often a bundle is applied again for damage that it met; then the whole vnode counts as damaged. */
  private static final int TRIES_MAX = 8;

  private static final long ANSWER_NANOS = 3_000_000_000L;
  private static final long ASK_AGAIN_NANOS = 200_000_000L;
  static final long LAST_RESORT_NANOS = 10_000_000_000L;

  private final Shard shard;

  /** What the store has found and we have not repaired. */
  private final Set<Damage> known = new LinkedHashSet<>();

  private final Map<Integer, VnodeDamage> vnodes = new TreeMap<>();
  private final ArrayDeque<DeadlineRange> deadlines = new ArrayDeque<>();
  private VnodeDamage counting;
  private boolean clocksLost;
  private long blocks;
  private long refetched;
  private long lastResorts;

  /** A damaged part of a vnode's deadlines. */
  private static final class DeadlineRange {
    final VnodeReplica replica;
    final byte[] from;
    final byte[] to;
    boolean purged;
    VnodeRepair walk;

    DeadlineRange(VnodeReplica replica, byte[] from, byte[] to) {
      this.replica = replica;
      this.from = from;
      this.to = to;
    }
  }

  DamageRepair(Shard shard) {
    this.shard = shard;
    shard.keyspace.damaged().listener(this::met);
  }

  // ---------------------------------------------------------------- meeting damage

  /** The owner's thread met damage. */
  void met(CorruptTableException e) {
    look();
    note(Damage.of(e, 0));
  }

  /** Takes up what the store has found, also on its other threads. */
  private void look() {
    List<Damage> found = shard.log.damages();
    if (found.size() != known.size() || !known.containsAll(found)) {
      found.forEach(this::note);
    }
  }

  private void note(Damage d) {
    if (!known.add(d)) {
      return;
    }
    blocks++;
    BitSet touched = new BitSet();
    for (VnodeReplica r : shard.replicas) {
      if (r != null) {
        touched.set(r.vnode, note(r, d));
      }
    }
    shard.hints.damaged(d);
    LOG.error("damaged, {}; vnodes {}", d, touched);
  }

  private boolean note(VnodeReplica r, Damage d) {
    byte[][] rows = shard.keyspace.rangeOf(r.vnode);
    boolean touched = d.meets(rows[0], rows[1]);
    if (touched) {
      hide(r, later(d.fromKey(), rows[0]), earlier(d.toKey(), rows[1]), d.where());
    }
    noteLocal(r, d);
    return touched;
  }

  /** This node has one more replica: what is damaged may be of it, too. */
  void held(VnodeReplica r) {
    List.copyOf(known).forEach(d -> note(r, d));
  }

  /** This node has a replica no more. */
  void gone(VnodeReplica r) {
    if (r.damage != null) {
      stopCounting(r.damage);
      r.damage.ranges.clear();
      shown(r.damage);
      vnodes.remove(r.vnode);
      r.damage = null;
    }
    deadlines.removeIf(range -> range.replica == r);
  }

  /** Nothing that is here of a vnode may be relied on. */
  void suspect(VnodeReplica r, String where) {
    byte[][] rows = shard.keyspace.rangeOf(r.vnode);
    hide(r, rows[0], rows[1], where);
  }

  private void noteLocal(VnodeReplica r, Damage d) {
    byte[] second = prefix(VnodeRecords.SECOND_COPY + r.vnode);
    byte[] from = Arrays.copyOf(second, 3);
    byte[] to = prefix(VnodeRecords.SECOND_COPY + r.vnode + 1);
    if (d.meets(from, to)) {
      deadlines.add(new DeadlineRange(r, later(d.fromKey(), from), earlier(d.toKey(), to)));
    }
    byte[] first = prefix(VnodeRecords.FIRST_COPY + r.vnode);
    if (d.meets(second, from) || d.meets(first, Arrays.copyOf(first, 3))) {
      r.recordStale = true;
    }
  }

  private static byte[] prefix(int value) {
    return new Bytes(2).u16(value).copy();
  }

  private static byte[] later(byte[] a, byte[] b) {
    return a == null || Arrays.compareUnsigned(a, b) < 0 ? b : a;
  }

  private static byte[] earlier(byte[] a, byte[] b) {
    return a == null || Arrays.compareUnsigned(a, b) > 0 ? b : a;
  }

  private void hide(VnodeReplica r, byte[] from, byte[] to, String where) {
    byte[][] rows = shard.keyspace.rangeOf(r.vnode);
    byte[] low = later(DamagedRanges.downToKey(from), rows[0]);
    byte[] high = earlier(DamagedRanges.upToKey(to), rows[1]);
    boolean first = r.damage == null;
    if (first) {
      r.damage = new VnodeDamage(r);
      vnodes.put(r.vnode, r.damage);
    }
    stopCounting(r.damage);
    r.damage.add(new Range(low, high, true, where), shard.nowNanos());
    shown(r.damage);
    if (first) {
      changed();
      shard.leases.stepDown(r, shard.nowNanos());
    }
  }

  private void shown(VnodeDamage v) {
    byte[][] rows = shard.keyspace.rangeOf(v.replica.vnode);
    shard.keyspace.damaged().replace(rows[0], rows[1], v.shown());
    v.replica.recordStale = true;
  }

  private void changed() {
    for (PeerLink peer : shard.peers()) {
      shard.leases.tellReady(peer);
    }
  }

  private void stopCounting(VnodeDamage v) {
    if (counting == v) {
      counting.counting.stop();
      counting = null;
    }
  }

  /** A range that the vnode's record has: nothing else is known of it any more. */
  void remembered(VnodeReplica r, byte[] from, byte[] to, String where) {
    hide(r, from, to, where);
  }

  /** Neither copy of the vnode's record can be read. */
  void clockLost(VnodeReplica r) {
    clocksLost = true;
    r.clockLost = true;
    if (r.members.size() > 1 || r.owners.isEmpty()) {
      LOG.error("vnode {}: its clock is lost, all of it will be fetched again", r.vnode);
      suspect(r, "the record of the vnode");
    } else {
      LOG.error("vnode {}: its clock is lost, and made again from its rows", r.vnode);
      remake(r);
    }
  }

  private void remake(VnodeReplica r) {
    try {
      r.clock = shard.keyspace.repair(r.vnode).seen();
      shard.keyspace.repair(r.vnode).count(Integer.MAX_VALUE);
    } catch (CorruptTableException e) {
      met(e);
    }
  }

  /** Whether a clock was lost: then the actor of the node's earlier run must not be used again. */
  boolean clocksLost() {
    return clocksLost;
  }

  /**
   * A record that the tables had, of a vnode whose clock was lost with them. It may be the only copy of an acknowledged
   * write: the clock says again that it is here, so that others ask for it and get it from the log, and the rows are
   * taken from who has it then. The rows themselves are not touched; all of them are damaged.
   */
  void earlier(long position, byte[] record) {
    ByteReader in = new ByteReader(record);
    int type = in.u8();
    in.skip(Long.BYTES);
    if (type == Shard.RECORD_HINT) {
      return;
    }
    Bundle bundle = type == Shard.RECORD_BUNDLE ? Bundle.read(record, Shard.RECORD_HEADER_BYTES) : null;
    VnodeReplica r = shard.replicas[bundle == null ? in.u16() : bundle.vnode()];
    if (r == null || !r.clockLost) {
      return;
    }
    if (bundle != null) {
      shard.stamps.observe(bundle.hlc());
      r.clock = r.clock.join(VersionVector.EMPTY.with(bundle.actor(), bundle.seq()));
    } else if (type == Shard.RECORD_CLOCK) {
      r.clock = r.clock.join(in.vector());
    }
    if (r.damage != null) {
      r.damage.need = r.damage.need.join(r.clock);
    }
    shard.moved(r, position);
  }

  // ---------------------------------------------------------------- rows that come while there is damage

  /** A body of rows to apply; a new reader for every try. */
  interface Body {
    boolean applyTo(dev.henge.storage.type.Keyspace keyspace);
  }

  /** Applies rows that may meet damage, and returns whether some keys were passed by. */
  boolean apply(VnodeReplica r, Body body) {
    for (int n = 0; ; n++) {
      try {
        return body.applyTo(shard.keyspace);
      } catch (CorruptTableException e) {
        met(e);
        if (n == TRIES_MAX) {
          byte[][] rows = shard.keyspace.rangeOf(r.vnode);
          hide(r, rows[0], rows[1], Damage.of(e, 0).where());
        } else if (n > TRIES_MAX) {
          throw e;
        }
        shard.keyspace.keepOthers();
      }
    }
  }

  /** A bundle passed damaged keys by: who gives them must have it. */
  void passedBy(VnodeReplica r, long actor, long seq) {
    if (r.damage != null) {
      r.damage.need = r.damage.need.with(actor, seq);
    }
  }

  /** All rows of the vnode came, some perhaps while the damaged ranges were closed, and the clock has jumped. */
  void rowsPassedBy(VnodeReplica r) {
    if (r.damage != null) {
      stopCounting(r.damage);
      r.damage.restart(shard.nowNanos());
      shown(r.damage);
    }
  }

  /** Everything that the clock covers was flushed, in all databases. */
  void flushed(VnodeReplica r) {
    if (r.damage != null && r.damage.phase == Phase.WAITING && r.clock.covers(r.damage.need)) {
      r.damage.flushed = true;
    }
  }

  // ---------------------------------------------------------------- the way of a range

  void tick(long nowNanos) {
    look();
    if (shard.log.failed() || known.isEmpty() && idle()) {
      return;
    }
    int busy = 0;
    for (VnodeDamage v : List.copyOf(vnodes.values())) {
      boolean begun = v.phase != Phase.WAITING || v.asked >= 0;
      if (begun || busy < VNODES_AT_ONCE_MAX) {
        guarded(v.replica, () -> step(v, nowNanos));
        busy += v.phase != Phase.WAITING || v.asked >= 0 ? 1 : 0;
      }
    }
    if (!deadlines.isEmpty()) {
      guarded(deadlines.peekFirst().replica, this::stepDeadlines);
    }
    settle();
  }

  private void guarded(VnodeReplica r, Runnable step) {
    try {
      step.run();
    } catch (CorruptTableException e) {
      met(e);
    } catch (RuntimeException e) {
      LOG.error("the repair of vnode {} failed and will begin anew", r.vnode, e);
      rowsPassedBy(r);
    }
  }

  private void step(VnodeDamage v, long nowNanos) {
    if (v.asked >= 0 && (nowNanos - v.answerByNanos >= 0
        || !shard.leases.reachable(v.replica.members.get(v.asked), nowNanos))) {
      v.asked = VnodeReplica.NOT_AN_OWNER;
    }
    switch (v.phase) {
      case WAITING -> {
        if (v.flushed) {
          enter(v, Phase.PURGING, nowNanos);
        } else {
          ask(v, nowNanos);
        }
      }
      case PURGING -> purge(v, nowNanos);
      case FETCHING -> ask(v, nowNanos);
      case COUNTING -> count(v);
    }
  }

  private void enter(VnodeDamage v, Phase phase, long nowNanos) {
    v.next(phase, nowNanos);
    shown(v);
  }

  private void ask(VnodeDamage v, long nowNanos) {
    VnodeReplica r = v.replica;
    if (v.asked >= 0 || nowNanos - v.askAgainNanos < 0) {
      return;
    }
    for (int i = 0; i < r.members.size(); i++) {
      int owner = v.attempts++ % r.members.size();
      if (owner != r.selfIndex && shard.leases.reachable(r.members.get(owner), nowNanos)
          && shard.transport.send(r.members.get(owner), new Message.RangePull(r.vnode, v.place, v.ranges.get(v.at).to()))) {
        v.asked = owner;
        v.answerByNanos = nowNanos + ANSWER_NANOS;
        return;
      }
    }
  }

  private void purge(VnodeDamage v, long nowNanos) {
    Range range = v.ranges.get(v.at);
    for (Damage d : known) {
      if (d.meets(range.from(), range.to())) {
        shard.log.excise(d);
      }
    }
    boolean empty;
    try {
      empty = shard.keyspace.purge(range.from(), range.to(), PURGE_RECORDS);
    } catch (CorruptTableException e) {
      Damage more = Damage.of(e, 0);
      if (!within(more, range)) {
        throw e;
      }
      if (known.add(more)) {
        blocks++;
        LOG.error("damaged, {}; in rows that are being repaired", more);
      }
      return;
    }
    if (empty && !v.nextRange()) {
      enter(v, v.flushed ? Phase.COUNTING : Phase.FETCHING, nowNanos);
    }
  }

  private static boolean within(Damage d, Range range) {
    return d.fromKey() != null && d.toKey() != null
        && Arrays.compareUnsigned(range.from(), DamagedRanges.downToKey(d.fromKey())) <= 0
        && Arrays.compareUnsigned(DamagedRanges.upToKey(d.toKey()), range.to()) <= 0;
  }

  private void count(VnodeDamage v) {
    if (counting == null) {
      counting = v;
      v.counting = shard.keyspace.repair(v.replica.vnode);
    }
    if (counting == v && v.counting.count(WALK_RECORDS)) {
      counting = null;
      end(v);
    }
  }

  private void end(VnodeDamage v) {
    VnodeReplica r = v.replica;
    reindex(r);
    vnodes.remove(r.vnode);
    v.ranges.clear();
    shown(v);
    r.damage = null;
    refetched++;
    LOG.info("vnode {}: its damaged rows are whole again", r.vnode);
    changed();
  }

  /** Has what is derived of the vnode's heads, deadlines and the keys with a past, written anew. */
  void reindex(VnodeReplica r) {
    byte[] second = prefix(VnodeRecords.SECOND_COPY + r.vnode);
    deadlines.add(new DeadlineRange(r, Arrays.copyOf(second, 3), prefix(VnodeRecords.SECOND_COPY + r.vnode + 1)));
    r.recordStale = true;
  }

  /** Whether that has not ended, so that a crash must not forget it. */
  boolean reindexing(VnodeReplica r) {
    return !deadlines.isEmpty() && deadlines.stream().anyMatch(range -> range.replica == r);
  }

  private void stepDeadlines() {
    DeadlineRange range = deadlines.peekFirst();
    if (!range.purged) {
      for (Damage d : known) {
        if (d.meets(range.from, range.to)) {
          shard.log.excise(d);
        }
      }
      range.purged = shard.keyspace.purge(range.from, range.to, PURGE_RECORDS);
      range.walk = shard.keyspace.repair(range.replica.vnode);
    } else if (range.replica.damage == null && range.walk.indexDeadlines(WALK_RECORDS)) {
      deadlines.pollFirst();
      range.replica.recordStale = true;
    }
  }

  /** Tells the store of damage that nothing depends on any more. */
  private void settle() {
    for (Iterator<Damage> i = known.iterator(); i.hasNext(); ) {
      Damage d = i.next();
      boolean open = deadlines.stream().anyMatch(range -> d.meets(range.from, range.to));
      for (VnodeDamage v : vnodes.values()) {
        open |= v.ranges.stream().anyMatch(range -> d.meets(range.from(), range.to()));
      }
      if (!open) {
        shard.saveRecords();
        shard.log.excise(d);
        shard.log.repaired(d);
        i.remove();
      }
    }
  }

  // ---------------------------------------------------------------- messages

  boolean received(PeerLink peer, Message message, long nowNanos) {
    if (message instanceof Message.Damaged m) {
      peer.damaged = m.vnodes();
    } else if (message instanceof Message.RangePull m) {
      answer(peer, m);
    } else if (message instanceof Message.RangeRows m) {
      VnodeReplica r = m.vnode() < shard.replicas.length ? shard.replicas[m.vnode()] : null;
      if (r != null && r.damage != null && !shard.log.failed()) {
        guarded(r, () -> answered(r.damage, r.memberIndex(peer.id), m, nowNanos));
      }
    } else {
      return false;
    }
    return true;
  }

  private void answer(PeerLink peer, Message.RangePull pull) {
    VnodeReplica r = pull.vnode() < shard.replicas.length ? shard.replicas[pull.vnode()] : null;
    byte[][] rows = r == null ? null : shard.keyspace.rangeOf(r.vnode);
    if (r == null || Arrays.compareUnsigned(pull.from(), rows[0]) < 0 || Arrays.compareUnsigned(pull.to(), rows[1]) > 0) {
      return;
    }
    Bytes body = new Bytes(CatchUp.PART_BYTES + (CatchUp.PART_BYTES >> 2));
    byte[] next = {};
    boolean able = true;
    try {
      next = shard.keyspace.export(r.vnode, pull.from(), pull.to(), CatchUp.PART_BYTES, body);
    } catch (DamagedRowsException e) {
      able = false;
    } catch (CorruptTableException e) {
      met(e);
      able = false;
    }
    byte[] part = able ? body.copy() : new byte[0];
    VersionVector horizon = shard.stability.horizon(r);
    shard.transport.send(peer.id, new Message.RangeRows(r.vnode, pull.from(), able, part, next, r.clock, horizon));
  }

  private void answered(VnodeDamage v, int owner, Message.RangeRows rows, long nowNanos) {
    boolean fetching = v.phase == Phase.FETCHING;
    if (owner < 0 || owner != v.asked || !fetching && v.phase != Phase.WAITING || !Arrays.equals(rows.from(), v.place)) {
      return;
    }
    v.asked = VnodeReplica.NOT_AN_OWNER;
    if (!rows.able() || !rows.clock().covers(v.need)) {
      v.askAgainNanos = nowNanos + ASK_AGAIN_NANOS;
      if (rows.able()) {
        v.behind(owner, rows.clock(), nowNanos);
        lastResort(v, nowNanos);
      }
      return;
    }
    if (fetching) {
      byte[] to = rows.next().length > 0 ? rows.next() : v.ranges.get(v.at).to();
      shard.replaceRows(v.replica, rows.from(), to, rows.clock(), rows.body());
      shard.stability.raise(v.replica, rows.horizon());
      if (v.phase != Phase.FETCHING) {
        return; // they met more damage
      }
    }
    if (fetching && rows.next().length > 0) {
      v.place = rows.next();
    } else if (!v.nextRange()) {
      enter(v, fetching ? Phase.COUNTING : Phase.PURGING, nowNanos);
      return;
    }
    v.attempts = owner; // the same goes on
    ask(v, nowNanos);
  }

  private void lastResort(VnodeDamage v, long nowNanos) {
    boolean here = true;
    for (int i = 0; i < v.replica.members.size(); i++) {
      here &= i == v.replica.selfIndex || shard.leases.reachable(v.replica.members.get(i), nowNanos);
    }
    if (here && v.allBehind() && nowNanos - v.stillSinceNanos > LAST_RESORT_NANOS) {
      LOG.error("vnode {}: no owner has all writes to the damaged rows; what is missing of {} is lost", v.replica.vnode, v.need);
      lastResorts++;
      v.need = VersionVector.EMPTY;
    }
  }

  // ---------------------------------------------------------------- what others may know

  boolean any() {
    return !vnodes.isEmpty();
  }

  BitSet vnodes() {
    BitSet damaged = new BitSet(shard.replicas.length);
    vnodes.keySet().forEach(damaged::set);
    return damaged;
  }

  /**
   * Damaged parts of files met since the start; vnodes with rows not fetched again yet; those fetched; those of which
   * some write is lost.
   */
  DamageStanding standing() {
    return new DamageStanding(blocks, vnodes.size(), refetched, lastResorts, shard.catchUp.damagedRecords());
  }

  /** Whether nothing is left to repair, of local records too. */
  boolean idle() {
    return vnodes.isEmpty() && deadlines.isEmpty();
  }
}
