package dev.henge.ring.repair;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The bundles that a node keeps for absent owners, vnode by vnode in the order in which they came.
 *
 * <pre>
 * hint  : 0xFFFF u16 | 1 u8 | vnode u16 | place u64 → flags u8 | arrived millis u64 | actor u48 | seq varint | bundle
 * flags : 1 blind
 * blind : 0xFFFF u16 | 2 u8 | vnode u16             → vector: the last blind write of this node's actor in the vnode
 * </pre>
 *
 * <p>A hint's place is that of its record in the commit log: it rises, and a replay of the log puts the hint where it
 * was. What is let go of is not logged, so hints may come back after a crash; they are handed over again, and the
 * owners know them already.
 *
 * <p>In memory there is one small object a vnode that has hints. Single-threaded, like the store below; what it throws
 * for a damaged table passes through.
 */
public final class HintStore {

  private static final int PREFIX = 0xFFFF;
  private static final int HINT = 1;
  private static final int SEQUENCE = 2;
  private static final int BLIND = 1;
  private static final int VNODE_AT = 3;
  private static final int PLACE_AT = 5;

  private final ByteStore store;
  private final Map<Integer, Held> vnodes = new TreeMap<>();
  private final Map<Integer, VersionVector> blindSeqs = new TreeMap<>();
  private long count;
  private long bytes;
  private long dropped;

  /** What is known of one vnode's hints. */
  private static final class Held {
    long count;
    long bytes;
    long blind;

    /** No hint has a place before this one. */
    long front = Long.MAX_VALUE;

    /** When the oldest hint came, as far as their order tells. */
    long oldestMillis = Long.MAX_VALUE;

    /** The highest sequence of each actor among the hints that there are and those that went since there were none. */
    VersionVector dots = VersionVector.EMPTY;
  }

  /**
   * A bundle kept for absent owners.
   *
   * @param place rises with the order of arrival
   * @param blind whether it was made by a node that could reach no owner, so that perhaps none has it
   */
  public record Hint(long place, long arrivedMillis, boolean blind, long actor, long seq, byte[] bundle) {}

  /** Some hints, and the place from which to go on; -1 at the end. */
  public record Part(List<Hint> hints, long next) {}

  public HintStore(ByteStore store) {
    this.store = store;
  }

  /** Takes up what the store has. May be called again, after damage was met. */
  public void load() {
    vnodes.clear();
    count = 0;
    bytes = 0;
    try (ByteCursor all = store.scan(key(HINT, 0, 0), sequenceKey(0), false)) {
      while (all.next()) {
        note(new ByteReader(all.key(), VNODE_AT, Short.BYTES).u16(), read(all));
      }
    }
  }

  /** Takes up the sequences of blind writes. */
  public void loadSequences() {
    blindSeqs.clear();
    try (ByteCursor all = store.scan(sequenceKey(0), new Bytes(VNODE_AT).u16(PREFIX).u8(SEQUENCE + 1).copy(), false)) {
      while (all.next()) {
        blindSeqs.put(new ByteReader(all.key(), VNODE_AT, Short.BYTES).u16(), new ByteReader(all.value()).vector());
      }
    }
  }

  /** The first key of all hints, and the first behind them. */
  public static byte[][] range() {
    return new byte[][] {key(HINT, 0, 0), new Bytes(VNODE_AT).u16(PREFIX).u8(SEQUENCE + 1).copy()};
  }

  private static byte[] key(int kind, int vnode, long place) {
    return new Bytes(16).u16(PREFIX).u8(kind).u16(vnode).i64(place).copy();
  }

  private static byte[] sequenceKey(int vnode) {
    return new Bytes(PLACE_AT).u16(PREFIX).u8(SEQUENCE).u16(vnode).copy();
  }

  private static byte[] end(int vnode) {
    return key(HINT, vnode, -1);
  }

  private static Hint read(ByteCursor at) {
    long place = new ByteReader(at.key(), PLACE_AT, Long.BYTES).i64();
    ByteReader in = new ByteReader(at.value());
    boolean blind = (in.u8() & BLIND) != 0;
    long arrived = in.i64();
    long actor = in.i48();
    long seq = in.varint();
    return new Hint(place, arrived, blind, actor, seq, in.rest());
  }

  private Held note(int vnode, Hint hint) {
    Held held = vnodes.computeIfAbsent(vnode, v -> new Held());
    held.count++;
    held.bytes += hint.bundle().length;
    held.blind += hint.blind() ? 1 : 0;
    held.front = Math.min(held.front, hint.place());
    held.oldestMillis = Math.min(held.oldestMillis, hint.arrivedMillis());
    held.dots = held.dots.with(hint.actor(), hint.seq());
    count++;
    bytes += hint.bundle().length;
    return held;
  }

  // ---------------------------------------------------------------- keeping

  /** Whether a bundle of this size may be kept. */
  public boolean takes(int size, HintLimits limits) {
    return bytes + size <= limits.maxBytes();
  }

  /** Keeps a hint, of which there is none at its place yet. */
  public void add(int vnode, Hint hint) {
    byte[] key = key(HINT, vnode, hint.place());
    Bytes value = new Bytes(hint.bundle().length + 24);
    value.u8(hint.blind() ? BLIND : 0).i64(hint.arrivedMillis()).i48(hint.actor()).varint(hint.seq());
    value.raw(hint.bundle());
    store.put(key, key.length, value.array(), 0, value.length());
    note(vnode, hint);
  }

  /** The last sequence of a blind write that the actor made in the vnode, or 0. */
  public long blindSeq(int vnode, long actor) {
    return blindSeqs.getOrDefault(vnode, VersionVector.EMPTY).get(actor);
  }

  /**
   * The actor has made a blind write. Only the present actor's sequences are kept: the others' are never gone on with.
   */
  public void wroteBlind(int vnode, long actor, long seq) {
    if (seq > blindSeq(vnode, actor)) {
      blindSeqs.put(vnode, VersionVector.of(actor, seq));
      saveSequence(vnode);
    }
  }

  /** Writes all sequences of blind writes again, from memory. */
  public void saveSequences() {
    blindSeqs.keySet().forEach(this::saveSequence);
  }

  private void saveSequence(int vnode) {
    store.put(sequenceKey(vnode), new Bytes(24).vector(blindSeqs.get(vnode)).copy());
  }

  // ---------------------------------------------------------------- looking

  public boolean isEmpty() {
    return count == 0;
  }

  /** The vnodes of which there are hints. */
  public BitSet vnodes() {
    BitSet some = new BitSet();
    vnodes.keySet().forEach(some::set);
    return some;
  }

  /** A clock that covers this needs none of the vnode's hints. */
  public VersionVector dots(int vnode) {
    Held held = vnodes.get(vnode);
    return held == null ? VersionVector.EMPTY : held.dots;
  }

  /**
   * The vnode's hints from a place on that {@code wanted} lets through, in their order.
   *
   * @param maxBytes of the bundles, but for one that is larger
   * @param maxLook how many hints are looked at
   */
  public Part part(int vnode, long from, int maxBytes, int maxLook, Predicate<Hint> wanted) {
    List<Hint> some = new ArrayList<>();
    Held held = vnodes.get(vnode);
    if (held == null) {
      return new Part(some, -1);
    }
    long size = 0;
    long next = Math.max(from, held.front);
    try (ByteCursor at = store.scan(key(HINT, vnode, next), end(vnode), false)) {
      for (int n = 0; n < maxLook; n++) {
        if (!at.next()) {
          return new Part(some, -1);
        }
        Hint hint = read(at);
        boolean want = wanted.test(hint);
        if (want && !some.isEmpty() && size + hint.bundle().length > maxBytes) {
          break;
        }
        next = hint.place() + 1;
        if (want) {
          some.add(hint);
          size += hint.bundle().length;
        }
      }
    }
    return new Part(some, next);
  }

  // ---------------------------------------------------------------- letting go

  /**
   * Lets go of the vnode's hints that all owners have, among the first {@code maxLook}; returns how many those were.
   */
  public int handedOver(int vnode, VersionVector owners, int maxLook) {
    return letGo(vnode, maxLook, hint -> owners.covers(hint.actor(), hint.seq()), false);
  }

  /** Lets go of the vnode's hints that are too old, from the front; blind ones stay. Returns how many those were. */
  public int expire(int vnode, long nowMillis, HintLimits limits, int maxLook) {
    Held held = vnodes.get(vnode);
    long before = nowMillis - limits.maxAgeMillis();
    if (held == null || limits.maxAgeMillis() == 0 || held.oldestMillis >= before || held.blind == held.count) {
      return 0;
    }
    int gone = letGo(vnode, maxLook, hint -> !hint.blind() && hint.arrivedMillis() < before, true);
    dropped += gone;
    return gone;
  }

  private int letGo(int vnode, int maxLook, Predicate<Hint> which, boolean fromFront) {
    Held held = vnodes.get(vnode);
    if (held == null) {
      return 0;
    }
    int gone = 0;
    long front = Long.MAX_VALUE;
    long oldest = Long.MAX_VALUE;
    try (ByteCursor at = store.scan(key(HINT, vnode, held.front), end(vnode), false)) {
      for (int n = 0; at.next(); n++) {
        Hint hint = read(at);
        if (n < maxLook && which.test(hint)) {
          store.delete(at.key().clone());
          forget(held, hint);
          gone++;
          continue;
        }
        front = Math.min(front, hint.place());
        oldest = Math.min(oldest, hint.arrivedMillis());
        if (n >= maxLook || fromFront && !hint.blind()) {
          break; // those behind came later
        }
      }
    }
    if (held.count == 0) {
      vnodes.remove(vnode);
    } else {
      held.front = front;
      held.oldestMillis = oldest;
    }
    return gone;
  }

  private void forget(Held held, Hint hint) {
    held.count--;
    held.bytes -= hint.bundle().length;
    held.blind -= hint.blind() ? 1 : 0;
    count--;
    bytes -= hint.bundle().length;
  }

  // ---------------------------------------------------------------- figures

  public long count() {
    return count;
  }

  /** What the bundles take. */
  public long bytes() {
    return bytes;
  }

  /** How many were let go of for their age. */
  public long dropped() {
    return dropped;
  }

  /** The hints of one vnode: how many, their bundles' bytes, how many are blind writes, and when the oldest came. */
  public record Standing(long count, long bytes, long blind, long oldestMillis) {}

  /** What there is of a vnode; null if there is nothing. */
  public Standing standing(int vnode) {
    Held held = vnodes.get(vnode);
    return held == null ? null : new Standing(held.count, held.bytes, held.blind, held.oldestMillis);
  }

  /** When the oldest hint of all came, in milliseconds since 1970; -1 if there is none. */
  public long oldestMillis() {
    return vnodes.values().stream().mapToLong(held -> held.oldestMillis).min().orElse(-1);
  }
}
