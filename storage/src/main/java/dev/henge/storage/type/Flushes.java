package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.VersionVector;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the flushes of the vnodes' databases have seen: their rows are gone without a trace of their own. */
final class Flushes {

  private final TreeMap<Integer, VersionVector> seen = new TreeMap<>();

  private static int at(int vnode, int db) {
    return vnode << 8 | db;
  }

  private SortedMap<Integer, VersionVector> of(int vnode) {
    return seen.subMap(at(vnode, 0), at(vnode + 1, 0));
  }

  boolean isEmpty() {
    return seen.isEmpty();
  }

  void add(int vnode, int db, VersionVector more) {
    seen.merge(at(vnode, db), more, VersionVector::join);
  }

  /** What flushes of this database, or of all, have seen. */
  VersionVector seen(int vnode, int db) {
    return seen.getOrDefault(at(vnode, db), VersionVector.EMPTY)
        .join(seen.getOrDefault(at(vnode, Keyspace.ALL_DBS), VersionVector.EMPTY));
  }

  /** Writes the vnode's flushes as bundle operations. */
  void export(int vnode, int firstSlot, int lastSlot, Bytes out) {
    of(vnode).forEach((at, vector) ->
        out.u8(BundleBody.OP_FLUSH).u16(firstSlot).u16(lastSlot).u8(at & 0xFF).vector(vector));
  }

  void save(int vnode, Bytes out) {
    out.varint(of(vnode).size());
    of(vnode).forEach((at, vector) -> out.u8(at & 0xFF).vector(vector));
  }

  void load(int vnode, ByteReader in) {
    for (int n = in.length(); n > 0; n--) {
      int db = in.u8();
      seen.put(at(vnode, db), in.vector());
    }
  }
}
