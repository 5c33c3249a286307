package dev.henge.chaos.simulation;

import dev.henge.ring.placement.Placement;
import dev.henge.ring.replica.Shard;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.DerivedCheck;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Whether the owners of every vnode have the same rows, read from their stores, and whether what each has derived from them is as a rebuild would have it. */
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
    for (SimulatedNode node : sim.nodes) {
      if (!node.up()) {
        return node.name + " is not up";
      }
      Shard shard = node.core.shard();
      placement = shard.placement();
      if (placement == null) {
        return node.name + " is in no ring";
      }
      Shard.DamageStanding damage = shard.damageStanding();
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
    return null;
  }

  /** Where owners' rows differ, or null. */
  String difference() {
    Placement placement = sim.nodes.get(0).core.shard().placement();
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
    return text(all.copy());
  }

  private static String text(byte[] export) {
    ByteReader in = new ByteReader(export);
    Map<Integer, VersionVector> flushed = new TreeMap<>();
    TreeMap<String, String> lines = new TreeMap<>();
    String key = "";
    VersionVector under = VersionVector.EMPTY;
    while (in.remaining() > 0) {
      switch (in.u8()) {
        case 1 -> {
          int db = in.u8();
          under = flushed.getOrDefault(db, VersionVector.EMPTY).join(flushed.getOrDefault(255, VersionVector.EMPTY));
          key = db + "/" + new String(in.block(), StandardCharsets.ISO_8859_1);
        }
        case 2 -> {
          int kind = in.u8();
          String sub = new String(in.block(), StandardCharsets.ISO_8859_1);
          lines.put(key + " " + (char) kind + " " + sub, RowCodec.decode(in.block()).toString());
        }
        case 3 -> {
          VersionVector clear = in.vector();
          if (!under.covers(clear)) {
            lines.put(key + " clear", clear.join(under).toString());
          }
        }
        default -> {
          in.skip(4);
          int db = in.u8();
          VersionVector seen = in.vector();
          flushed.put(db, seen);
          lines.put("flush " + db, seen.toString());
        }
      }
    }
    StringBuilder text = new StringBuilder();
    lines.forEach((k, v) -> text.append(k).append(" = ").append(v).append('\n'));
    return text.toString();
  }

  /** What replicas have derived wrongly, or null. */
  String derivedWrongly() {
    for (SimulatedNode node : sim.nodes) {
      Shard shard = node.core.shard();
      for (int v = 0; v < shard.placement().vnodes(); v++) {
        if (shard.placement().isOwner(node.id, v)) {
          List<String> faults = DerivedCheck.faults(shard.keyspace(), v);
          if (!faults.isEmpty()) {
            return node.name + ", vnode " + v + ": " + String.join("; ", faults);
          }
        }
      }
    }
    return null;
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
    for (int v = 0; v < shard.placement().vnodes(); v++) {
      if (!shard.placement().isOwner(node.id, v)) {
        continue;
      }
      for (String owner : shard.placement().owners(v)) {
        SimulatedNode other = sim.nodeOf(owner);
        if (other != node && (other == null || !other.awake() || other.rotten || other.core.store().failed()
            || !other.core.shard().clock(v).covers(shard.clock(v)) || other.core.shard().damageStanding().vnodes() > 0)) {
          return false;
        }
      }
    }
    return true;
  }
}
