package dev.henge.ring.replica;

import dev.henge.ring.repair.HintStore;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How hints come to their owners, and when a fallback may forget them.
 *
 * <ol>
 *   <li>While there are hints, the owners of their vnodes that can be reached are asked for their clocks.
 *   <li>Who lacks some is given them in the order in which they came, each that is the next of its actor, one part of
 *       at most {@link #PART_BYTES} at a time to each owner, and not faster than the limits say. The owner takes each
 *       bundle that lacks nothing before it ({@link Shard#apply}), and answers with its clock, once that is as durable
 *       as an acknowledgement. What it cannot take yet it gets again later: it pulls what other owners have meanwhile.
 *   <li>A hint that all owners' clocks cover is let go of. While one owner is away that never happens: the hint waits
 *       for it, up to the bounds.
 * </ol>
 *
 * <p>A bundle may come by several ways, from the executor's log, from several fallbacks: an owner applies it once.
 */
final class HandOver {

  static final int PART_BYTES = 64 << 10;

  /** Hints looked at for one part, and in one sweep of a vnode. */
  private static final int LOOK_MAX = 2_000;

  /** Questions that wait for the log; further ones are not answered, and come again. */
  private static final int ANSWERS_MAX = 1_000;

  private static final long ASK_NANOS = 1_000_000_000L;

  /** Who was connected and has not answered yet is asked again after this: its own way here may be opened later. */
  private static final long ASK_UNHEARD_NANOS = 100_000_000L;

  private static final long ANSWER_NANOS = 3_000_000_000L;

  /**
   * When all hints of a vnode have been given, what the owner could not take is given again after this, and after
   * longer while its clock stands still.
   */
  private static final long AGAIN_NANOS = 1_000_000_000L;

  private static final int AGAIN_DOUBLINGS_MAX = 6;

  private final Shard shard;
  private final Hints hints;
  private final Map<Integer, Giving> giving = new TreeMap<>();
  private final Map<String, Underway> underway = new HashMap<>();
  private final ArrayDeque<Answer> answers = new ArrayDeque<>();

  /** Who has answered nothing since it was connected. */
  private final Set<String> unheard = new HashSet<>();

  private long nextAskNanos = Long.MIN_VALUE;
  private long nextAskUnheardNanos = Long.MIN_VALUE;
  private long numbers;
  private long allowance;
  private long allowedNanos;
  private int nextVnode;
  private long handedOver;

  /** How far the owners of one vnode are with its hints. */
  private static final class Giving {
    final List<String> owners;
    final VersionVector[] heard;
    final long[] from;
    final long[] againNanos;

    /** How often an owner has been through all hints since its clock moved. */
    final int[] passes;

    /** What all owners had when the vnode was swept last, if that let nothing go. */
    VersionVector swept;

    Giving(List<String> owners) {
      this.owners = owners;
      heard = new VersionVector[owners.size()];
      from = new long[owners.size()];
      againNanos = new long[owners.size()];
      passes = new int[owners.size()];
      Arrays.fill(againNanos, Long.MIN_VALUE);
    }

    void heard(int owner, VersionVector clock) {
      if (!clock.equals(heard[owner])) {
        heard[owner] = clock;
        passes[owner] = 0;
      }
    }

    /** All hints were looked at. */
    void passed(int owner, long nowNanos) {
      from[owner] = 0;
      againNanos[owner] = nowNanos + (AGAIN_NANOS << passes[owner]);
      passes[owner] = Math.min(passes[owner] + 1, AGAIN_DOUBLINGS_MAX);
    }

    boolean waits(int owner, long nowNanos) {
      return from[owner] == 0 && nowNanos < againNanos[owner];
    }
  }

  /** A part that an owner has not answered. */
  private record Underway(long number, long untilNanos) {}

  /** Clocks to be told once the log is durable up to {@code end}. */
  private record Answer(String peer, long number, int[] vnodes, VersionVector[] clocks, long end) {}

  HandOver(Shard shard, Hints hints) {
    this.shard = shard;
    this.hints = hints;
    this.numbers = shard.firstId();
  }

  boolean received(PeerLink peer, Message message, long nowNanos) {
    if (message instanceof Message.HintAsk m) {
      answer(peer, 0, m.vnodes());
    } else if (message instanceof Message.HandOver m) {
      taken(peer, m);
    } else if (message instanceof Message.HintClocks m) {
      try {
        heard(peer, m, nowNanos);
      } catch (CorruptTableException e) {
        hints.met(e);
      }
    } else {
      return false;
    }
    return true;
  }

  // ---------------------------------------------------------------- the owner's side

  private void taken(PeerLink peer, Message.HandOver part) {
    VnodeReplica r = part.vnode() < shard.replicas.length ? shard.replicas[part.vnode()] : null;
    for (byte[] bytes : part.bundles()) {
      Bundle bundle = Bundle.read(bytes, 0);
      if (r != null && bundle.vnode() == r.vnode && shard.writable()) {
        shard.apply(r, bundle);
      }
    }
    BitSet vnode = new BitSet();
    vnode.set(part.vnode());
    answer(peer, part.number(), vnode);
  }

  private void answer(PeerLink peer, long number, BitSet asked) {
    if (answers.size() >= ANSWERS_MAX) {
      return;
    }
    int[] vnodes = asked.stream().filter(v -> v < shard.replicas.length && shard.replicas[v] != null).toArray();
    VersionVector[] clocks = new VersionVector[vnodes.length];
    Arrays.setAll(clocks, i -> shard.replicas[vnodes[i]].clock);
    answers.add(new Answer(peer.id, number, vnodes, clocks, shard.log.appended()));
  }

  void durable(long position) {
    while (!answers.isEmpty() && answers.peekFirst().end() <= position) {
      Answer due = answers.pollFirst();
      if (due.peer().equals(shard.config.self())) {
        heard(due.peer(), due.vnodes(), due.clocks());
        continue;
      }
      shard.transport.send(due.peer(), new Message.HintClocks(due.number(), due.vnodes(), due.clocks()));
    }
  }

  // ---------------------------------------------------------------- the fallback's side

  void connected(PeerLink peer) {
    lost(peer);
    unheard.add(peer.id);
    soon();
  }

  /** Owners are asked at the next tick. */
  void soon() {
    nextAskNanos = shard.nowNanos();
  }

  /** Whether an owner was heard to have all of the vnode's hints. */
  boolean has(int vnode, String node) {
    Giving g = giving(vnode);
    int owner = shard.owners(vnode).indexOf(node);
    return g != null && owner >= 0 && g.heard[owner] != null && g.heard[owner].covers(hints.store.dots(vnode));
  }

  void lost(PeerLink peer) {
    unheard.remove(peer.id);
    underway.remove(peer.id);
    for (Iterator<Answer> i = answers.iterator(); i.hasNext(); ) {
      if (i.next().peer().equals(peer.id)) {
        i.remove();
      }
    }
  }

  /** The vnode has other owners: how far they are is asked anew. */
  void reshaped(int vnode) {
    giving.remove(vnode);
  }

  /** How far the owners of a vnode are; null if none of them was heard. Others may own it by now than when one was. */
  private Giving giving(int vnode) {
    Giving g = giving.get(vnode);
    return g == null || g.owners.equals(shard.owners(vnode)) ? g : null;
  }

  /** There are no hints. */
  void nothing() {
    giving.clear();
    underway.clear();
  }

  void tick(long nowNanos) {
    long rate = hints.limits().handOverBytesPerSecond();
    long earned = (long) (rate * ((nowNanos - allowedNanos) / 1e9));
    allowance = Math.min(allowance + Math.max(0, earned), Math.max(PART_BYTES, rate / 4));
    allowedNanos = nowNanos;
    giving.keySet().removeIf(vnode -> hints.store.standing(vnode) == null);
    if (nowNanos >= nextAskNanos) {
      nextAskNanos = nowNanos + ASK_NANOS;
      nextAskUnheardNanos = nowNanos + ASK_UNHEARD_NANOS;
      shard.peers().forEach(peer -> ask(peer, nowNanos));
      takeOwn();
    } else if (!unheard.isEmpty() && nowNanos >= nextAskUnheardNanos) {
      nextAskUnheardNanos = nowNanos + ASK_UNHEARD_NANOS;
      shard.peers().stream().filter(peer -> unheard.contains(peer.id)).forEach(peer -> ask(peer, nowNanos));
    }
    for (PeerLink peer : shard.peers()) {
      give(peer, nowNanos);
    }
  }

  private void ask(PeerLink peer, long nowNanos) {
    if (shard.leases.reachable(peer.id, nowNanos)) {
      BitSet owned = shard.placement().vnodesOf(peer.id);
      owned.and(hints.store.vnodes());
      if (!owned.isEmpty()) {
        shard.transport.send(peer.id, new Message.HintAsk(owned));
      }
    }
  }

  private void heard(PeerLink peer, Message.HintClocks told, long nowNanos) {
    unheard.remove(peer.id);
    Underway part = underway.get(peer.id);
    if (part != null && part.number() == told.number()) {
      underway.remove(peer.id);
    }
    heard(peer.id, told.vnodes(), told.clocks());
    give(peer, nowNanos);
  }

  private void heard(String node, int[] vnodes, VersionVector[] clocks) {
    for (int i = 0; i < vnodes.length; i++) {
      int vnode = vnodes[i];
      List<String> owners = vnode < shard.replicas.length ? shard.owners(vnode) : List.of();
      int owner = owners.indexOf(node);
      if (owner >= 0 && hints.store.standing(vnode) != null) {
        Giving g = giving(vnode);
        if (g == null) {
          g = new Giving(owners);
          giving.put(vnode, g);
        }
        g.heard(owner, clocks[i]);
        sweep(vnode, g);
      }
    }
  }

  /** What this node keeps for the owners of a vnode that it owns itself by now: it takes it, and counts as one of them. */
  private void takeOwn() {
    BitSet own = new BitSet();
    hints.store.vnodes().stream().filter(v -> shard.replicas[v] != null && shard.replicas[v].owned()).forEach(own::set);
    if (own.isEmpty() || !shard.writable() || answers.size() >= ANSWERS_MAX) {
      return;
    }
    for (int v = own.nextSetBit(0); v >= 0; v = own.nextSetBit(v + 1)) {
      VnodeReplica r = shard.replicas[v];
      VersionVector[] then = {r.clock};
      HintStore.Part part = hints.store.part(v, 0, PART_BYTES, Integer.MAX_VALUE, hint -> {
        boolean next = then[0].get(hint.actor()) + 1 == hint.seq();
        then[0] = next ? then[0].with(hint.actor(), hint.seq()) : then[0];
        return next;
      });
      part.hints().forEach(hint -> shard.apply(r, Bundle.read(hint.bundle(), 0)));
    }
    int[] vnodes = own.stream().toArray();
    VersionVector[] clocks = new VersionVector[vnodes.length];
    Arrays.setAll(clocks, i -> shard.replicas[vnodes[i]].clock);
    answers.add(new Answer(shard.config.self(), 0, vnodes, clocks, shard.log.appended()));
  }

  private void sweep(int vnode, Giving g) {
    VersionVector all = null;
    for (VersionVector clock : g.heard) {
      if (clock == null) {
        return;
      }
      all = all == null ? clock : all.meet(clock);
    }
    if (all != null && !all.isEmpty() && !all.equals(g.swept)) {
      int gone = hints.store.handedOver(vnode, all, LOOK_MAX);
      handedOver += gone;
      g.swept = gone == 0 ? all : null;
    }
  }

  /** Gives an owner the next part, if it has answered the last one. */
  private void give(PeerLink peer, long nowNanos) {
    Underway before = underway.get(peer.id);
    if (allowance <= 0 || giving.isEmpty() || !shard.leases.reachable(peer.id, nowNanos)
        || before != null && nowNanos < before.untilNanos()) {
      return;
    }
    List<Integer> vnodes = new ArrayList<>(giving.keySet());
    for (int i = 0; i < vnodes.size(); i++) {
      int vnode = vnodes.get((i + nextVnode) % vnodes.size());
      int owner = shard.owners(vnode).indexOf(peer.id);
      if (owner >= 0 && give(peer, vnode, owner, nowNanos)) {
        nextVnode = (i + nextVnode) % vnodes.size();
        return;
      }
    }
  }

  private boolean give(PeerLink peer, int vnode, int owner, long nowNanos) {
    Giving g = giving(vnode);
    VersionVector clock = g == null ? null : g.heard[owner];
    if (clock == null || clock.covers(hints.store.dots(vnode)) || g.waits(owner, nowNanos)) {
      return false;
    }
    VersionVector[] then = {clock};
    HintStore.Part part = hints.store.part(vnode, g.from[owner], PART_BYTES, LOOK_MAX, hint -> {
      boolean next = then[0].get(hint.actor()) + 1 == hint.seq();
      then[0] = next ? then[0].with(hint.actor(), hint.seq()) : then[0];
      return next;
    });
    g.from[owner] = part.next();
    if (part.next() < 0) {
      g.passed(owner, nowNanos);
    }
    if (part.hints().isEmpty()) {
      return false;
    }
    List<byte[]> bundles = part.hints().stream().map(HintStore.Hint::bundle).toList();
    long number = ++numbers;
    if (shard.transport.send(peer.id, new Message.HandOver(number, vnode, bundles))) {
      underway.put(peer.id, new Underway(number, nowNanos + ANSWER_NANOS));
      allowance -= bundles.stream().mapToLong(bundle -> bundle.length).sum();
    }
    return true;
  }

  /** How many hints were let go of because all owners have them. */
  long handedOver() {
    return handedOver;
  }
}
