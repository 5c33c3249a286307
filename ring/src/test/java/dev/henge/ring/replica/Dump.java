package dev.henge.ring.replica;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** A vnode's rows as text that is equal where the rows are. */
final class Dump {

  private Dump() {}

  static String of(Keyspace keyspace, int vnode, VersionVector stable) {
    return of(SimulatedNode.export(keyspace, vnode), stable);
  }

  /** What of the past is stable may have been collected, or not yet. */
  static String of(byte[] export, VersionVector stable) {
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
        default -> {
          in.skip(4);
          int db = in.u8();
          VersionVector seen = in.vector();
          VersionVector by = in.vector();
          if (!stable.covers(seen) || !stable.covers(by)) {
            flushed.put(db, seen);
            lines.put("flush " + db, seen.beyond(stable).toString());
          }
        }
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

  /** Whether anything of the past is left in an export. */
  static boolean hasPast(byte[] export) {
    ByteReader in = new ByteReader(export);
    boolean past = false;
    while (in.remaining() > 0 && !past) {
      switch (in.u8()) {
        case 1 -> {
          in.u8();
          in.block();
        }
        case 2 -> {
          in.u8();
          in.block();
          past = RowCodec.decode(in.block()).hasPast();
        }
        default -> past = true;
      }
    }
    return past;
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
