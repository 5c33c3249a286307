package dev.henge.ring.replica;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** A vnode's rows as text that is equal where the rows are. */
final class Dump {

  private Dump() {}

  static String of(Keyspace keyspace, int vnode) {
    return of(SimulatedNode.export(keyspace, vnode));
  }

  static String of(byte[] export) {
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

  /** What is counted is what is there, and no deadline is indexed for nothing. */
  static void checkCounts(Simulation sim, SimulatedNode n, int vnode) {
    Keyspace keyspace = n.shard.keyspace();
    keyspace.begin(n.actor, 0, () -> 0);
    for (int db = 0; db < SimulatedNode.DBS; db++) {
      // a walk shows no expired key, the count has those that are not cleared yet: so look before any deadline
      long walked = 0;
      for (int s = 0; s < SimulatedNode.SLOTS_PER_VNODE; s++) {
        walked += keyspace.countInSlot(db, vnode * SimulatedNode.SLOTS_PER_VNODE + s);
      }
      long due = expired(keyspace, n, vnode);
      long counted = keyspace.keyCount(vnode, db);
      if (counted < walked || counted > walked + due) {
        throw sim.failure(n.id + " counts " + counted + " keys in vnode " + vnode + " db " + db + ", has " + walked
            + " and " + due + " expired");
      }
    }
    keyspace.finish();
  }

  private static long expired(Keyspace keyspace, SimulatedNode n, int vnode) {
    return keyspace.due(vnode, n.wallMillis()) == null ? 0 : Integer.MAX_VALUE;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

}
