package dev.henge.chaos.simulation;

import dev.henge.ring.placement.Placement;
import dev.henge.ring.repair.AntiEntropy;
import dev.henge.ring.repair.HintStore;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.DamageStanding;
import dev.henge.ring.transfer.VnodeView;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.DerivedCheck;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether the owners of every vnode have the same rows, read from their stores, and whether what each has derived
 * from them is as a rebuild would have it.
 */
final class Agreement {

  private static final int PART_BYTES = 1 << 16;

  private final Simulation sim;

  Agreement(Simulation sim) {
    this.sim = sim;
  }

  /** What is not settled yet, or null. Cheap. */
  String unsettled() {
    Placement placement = null;
    int exclusive = 0;
    for (SimulatedNode node : sim.machines()) {
      if (!node.staysUp()) {
        return node.name + " is not up, or is stopping";
      }
      Shard shard = node.core.shard();
      placement = shard.placement();
      if (placement == null) {
        return node.name + " is in no ring";
      }
      DamageStanding damage = shard.damageStanding();
      if (damage.vnodes() > 0) {
        return node.name + " has damage in " + damage.vnodes() + " vnodes";
      }
      exclusive += shard.standing().exclusive();
    }
    if (exclusive != placement.vnodes()) {
      return exclusive + " of " + placement.vnodes() + " vnodes are served exclusively";
    }
    for (int v = 0; v < placement.vnodes(); v++) {
      VersionVector first = null;
      for (String owner : placement.owners(v)) {
        VersionVector clock = sim.nodeOf(owner).core.shard().clock(v);
        if (first != null && !first.equals(clock)) {
          return "vnode " + v + " of " + sim.nodeOf(owner).name + " has the clock " + clock + ", another " + first;
        }
        first = clock;
      }
    }
    String astray = sim.plan.changes() ? astray() : null;
    return astray != null ? astray : notHandedOver();
  }

  /** What of the ring is not as operators want it, or is known differently at different nodes; null if all is. */
  private String astray() {
    Placement target = null;
    for (SimulatedNode node : sim.machines()) {
      Shard shard = node.core.shard();
      if (target != null && target.fingerprint() != shard.target().fingerprint()) {
        return node.name + " has another goal";
      }
      target = shard.target();
      for (int v = 0; v < target.vnodes(); v++) {
        VnodeView view = shard.own().view(v);
        // not the newest epoch that anybody knew: who decided it may have died before it told anyone
        VnodeView others = sim.machines().get(0).core.shard().own().view(v);
        if (!view.owners().equals(target.owners(v)) || view.epoch() != others.epoch()) {
          return "vnode " + v + " is owned, as " + node.name + " knows, by " + sim.epochs.names(view) + ", and should be by "
              + sim.epochs.names(target.owners(v));
        }
        boolean owner = view.has(node.id);
        if (owner != shard.own().has(v)) {
          return node.name + " has " + (owner ? "no" : "a") + " replica of vnode " + v;
        }
        if (!owner && shard.keyspace().keyCount(v) + shard.keyspace().rowBytes(v) > 0) {
          return node.name + " has rows of vnode " + v;
        }
      }
      if (!shard.transfers().standing().isDone()) {
        return node.name + " says that " + shard.transfers().standing();
      }
    }
    return null;
  }

  /**
   * Blind writes of which it is not known that all owners have them, or null. Until their hand-over a reader at
   * another node need not see them; but it must come: nothing else brings them.
   */
  private String notHandedOver() {
    for (SimulatedNode node : sim.machines()) {
      Shard shard = node.core.shard();
      for (int v = 0; v < shard.placement().vnodes(); v++) {
        HintStore.Standing hints = shard.hints().of(v);
        if (hints != null && hints.blind() > 0) {
          return node.name + " has not handed over " + hints.blind() + " blind writes of vnode " + v;
        }
      }
    }
    return null;
  }

  /** Where owners' rows differ, or null. */
  String difference() {
    Placement placement = sim.machines().get(0).core.shard().placement();
    for (int v = 0; v < placement.vnodes(); v++) {
      String first = null;
      SimulatedNode whose = null;
      for (String owner : placement.owners(v)) {
        SimulatedNode node = sim.nodeOf(owner);
        String rows = rows(node, v);
        if (rows == null) {
          return "vnode " + v + " of " + node.name + " cannot be read";
        }
        if (first != null && !first.equals(rows)) {
          return "vnode " + v + ": " + differing(whose.name, first, node.name, rows);
        }
        first = rows;
        whose = node;
      }
      sim.mix(first.hashCode());
    }
    return null;
  }

  private static String differing(String aName, String a, String bName, String b) {
    List<String> as = a.lines().toList();
    List<String> bs = b.lines().toList();
    StringBuilder out = new StringBuilder();
    as.stream().filter(line -> !bs.contains(line)).limit(5).forEach(line -> out.append("\n    ").append(aName).append(": ").append(line));
    bs.stream().filter(line -> !as.contains(line)).limit(5).forEach(line -> out.append("\n    ").append(bName).append(": ").append(line));
    return out.toString();
  }

  /** A vnode's rows as text that is equal where the rows are; null if some cannot be read. */
  private String rows(SimulatedNode node, int vnode) {
    Keyspace keyspace = node.core.shard().keyspace();
    Bytes all = new Bytes(PART_BYTES);
    try {
      byte[] place = {};
      do {
        Bytes part = new Bytes(PART_BYTES);
        place = keyspace.export(vnode, place, PART_BYTES, part);
        all.raw(part.copy());
      } while (place.length > 0);
    } catch (CorruptTableException | DamagedRowsException e) {
      return null;
    }
    return text(all.copy(), node.core.shard().clock(vnode));
  }

  /** What of the past is stable may have been collected, or not yet: it is left out. */
  private static String text(byte[] export, VersionVector stable) {
    ByteReader in = new ByteReader(export);
    Map<Integer, VersionVector> flushed = new TreeMap<>();
    TreeMap<String, String> lines = new TreeMap<>();
    String key = "";
    VersionVector under = VersionVector.EMPTY;
    while (in.remaining() > 0) {
      int operation = in.u8();
      switch (operation) {
        case 1 -> {
          int db = in.u8();
          under = flushed.getOrDefault(db, VersionVector.EMPTY).join(flushed.getOrDefault(255, VersionVector.EMPTY));
          key = db + "/" + new String(in.block(), StandardCharsets.ISO_8859_1);
        }
        case 2 -> {
          int kind = in.u8();
          String sub = new String(in.block(), StandardCharsets.ISO_8859_1);
          String row = text(RowCodec.decode(in.block()), stable);
          if (!row.isEmpty()) {
            lines.put(key + " " + (char) kind + " " + sub, row);
          }
        }
        case 5 -> {
          VersionVector clear = in.vector();
          VersionVector by = in.vector();
          if (!under.covers(clear) && !(stable.covers(clear) && stable.covers(by))) {
            lines.put(key + " clear", clear.join(under).beyond(stable).toString());
          }
        }
        case 6 -> {
          in.skip(4);
          int db = in.u8();
          VersionVector seen = in.vector();
          VersionVector by = in.vector();
          if (!stable.covers(seen) || !stable.covers(by)) {
            flushed.put(db, seen);
            lines.put("flush " + db, seen.beyond(stable).toString());
          }
        }
        default -> throw new IllegalStateException("an export has the operation " + operation);
      }
    }
    StringBuilder text = new StringBuilder();
    lines.forEach((k, v) -> text.append(k).append(" = ").append(v).append('\n'));
    return text.toString();
  }

  private static String text(Row row, VersionVector stable) {
    StringBuilder text = new StringBuilder();
    for (Sibling s : row.siblings()) {
      text.append(s.tombstone() && stable.covers(s.actor(), s.seq()) ? "" : s + " ");
    }
    VersionVector context = row.context().beyond(stable);
    return text + (context.isEmpty() ? "" : context.toString()) + (row.counts() ? row.increments() : "");
  }

  /** What replicas have derived wrongly, or null. */
  String derivedWrongly() {
    for (SimulatedNode node : sim.machines()) {
      Shard shard = node.core.shard();
      for (int v = 0; v < shard.placement().vnodes(); v++) {
        if (shard.placement().isOwner(node.id, v)) {
          List<String> faults = faults(shard, v);
          if (!faults.isEmpty()) {
            return node.name + ", vnode " + v + ": " + String.join("; ", faults);
          }
        }
      }
    }
    return null;
  }

  /**
   * Comparison in the background mends what disks have damaged; where none has, a difference is the protocol's fault,
   * mended or not.
   */
  void nothingWasMended(SimulatedNode node) {
    AntiEntropy.Figures figures = node.core.shard().antiEntropy().figures();
    if (!sim.rotten && figures.rowsRepaired() + figures.open() > 0) {
      throw sim.failure(node.name + " had rows that differed from other owners' at equal clocks: " + figures, null);
    }
  }

  private static List<String> faults(Shard shard, int vnode) {
    try {
      return DerivedCheck.faults(shard.keyspace(), vnode);
    } catch (CorruptTableException | DamagedRowsException e) {
      return List.of("cannot be read: " + e.getMessage());
    }
  }

  /**
   * Whether every other owner has, on its disk, all that the node has of its vnodes: then what the node's disk loses
   * comes back from any of them.
   */
  boolean othersHaveAll(SimulatedNode node) {
    if (!node.up() || node.core.shard().placement() == null) {
      return false;
    }
    Shard shard = node.core.shard();
    if (shard.hints().standing().held() > 0) {
      return false; // what it keeps for others nobody else may have
    }
    for (int v = 0; v < shard.placement().vnodes(); v++) {
      if (shard.own().has(v) && !othersHave(node, v)) {
        return false;
      }
    }
    return true;
  }

  private boolean othersHave(SimulatedNode node, int vnode) {
    int others = 0;
    for (String owner : sim.epochs.newest(vnode).owners()) {
      SimulatedNode other = sim.nodeOf(owner);
      if (other == node || other != null && other.lost) {
        continue;
      }
      others++;
      if (other == null || !other.awake() || other.rotten || other.core.store().failed()
          || !other.core.shard().clock(vnode).covers(node.core.shard().clock(vnode))
          || other.core.shard().damageStanding().vnodes() > 0) {
        return false;
      }
    }
    return others > 0;
  }
}
