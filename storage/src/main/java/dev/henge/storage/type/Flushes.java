package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.VersionVector;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the flushes of the vnodes' databases have seen: their rows are gone without a trace of their own. */
final class Flushes {

  /** What a flush had seen, and the dots of the flushes' bundles. */
  private record Flush(VersionVector seen, VersionVector by) {}

  private final TreeMap<Integer, Flush> all = new TreeMap<>();

  private static int at(int vnode, int db) {
    return vnode << 8 | db;
  }

  private SortedMap<Integer, Flush> of(int vnode) {
    return all.subMap(at(vnode, 0), at(vnode + 1, 0));
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  void add(int vnode, int db, VersionVector seen, VersionVector by) {
    all.merge(at(vnode, db), new Flush(seen, by), (x, y) -> new Flush(x.seen.join(y.seen), x.by.join(y.by)));
  }

  /** What flushes of this database, or of all, have seen. */
  VersionVector seen(int vnode, int db) {
    return seen(at(vnode, db)).join(seen(at(vnode, Keyspace.ALL_DBS)));
  }

  private VersionVector seen(int at) {
    Flush flush = all.get(at);
    return flush == null ? VersionVector.EMPTY : flush.seen;
  }

  boolean any(int vnode) {
    return !all.isEmpty() && !of(vnode).isEmpty();
  }

  /** Forgets the flushes that are stable, with all that they have seen. */
  void forget(int vnode, VersionVector stable) {
    if (any(vnode)) {
      of(vnode).values().removeIf(flush -> !flush.by.isEmpty() && stable.covers(flush.by) && stable.covers(flush.seen));
    }
  }

  /** Forgets all flushes of the vnode: its rows are gone, too. */
  void drop(int vnode) {
    of(vnode).clear();
  }

  /** Writes the vnode's flushes as bundle operations. */
  void export(int vnode, int firstSlot, int lastSlot, Bytes out) {
    of(vnode).forEach((at, flush) ->
        out.u8(BundleBody.OP_FLUSHED).u16(firstSlot).u16(lastSlot).u8(at & 0xFF).vector(flush.seen).vector(flush.by));
  }

  void save(int vnode, Bytes out) {
    out.varint(of(vnode).size());
    of(vnode).forEach((at, flush) -> out.u8(at & 0xFF).vector(flush.seen).vector(flush.by));
  }

  void load(int vnode, ByteReader in, boolean dots) {
    for (int n = in.length(); n > 0; n--) {
      int db = in.u8();
      all.put(at(vnode, db), new Flush(in.vector(), dots ? in.vector() : VersionVector.EMPTY));
    }
  }
}
