package dev.henge.ring.replica;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.version.VersionVector;
import java.util.Arrays;

/**
 * What one command changed in one vnode: a dot, its causal context, the rows. All of it or none.
 *
 * <pre>
 * bundle : version u8 (1) | vnode u16 | actor u48 | seq varint | hlc u64 | flags u8 | [deps vector] | body
 * flags  : 1 deps follow; without them the deps are those of the actor's previous bundle in this vnode
 * </pre>
 *
 * <p>The same bytes go to the log and to every owner; see {@code docs/formats/bundle.md}.
 *
 * @param deps what the writer had seen besides its own bundles; null if nothing was added since its previous one
 * @param array has the bundle from {@code from} to {@code to}; the body begins at {@code bodyAt}
 */
record Bundle(
    int vnode, long actor, long seq, long hlc, VersionVector deps, byte[] array, int from, int bodyAt, int to) {

  private static final int VERSION = 1;
  private static final int DEPS = 1;

  static void writeHeader(Bytes out, int vnode, long actor, long seq, long hlc, VersionVector deps) {
    out.u8(VERSION).u16(vnode).i48(actor).varint(seq).i64(hlc).u8(deps == null ? 0 : DEPS);
    if (deps != null) {
      out.vector(deps);
    }
  }

  static Bundle read(byte[] bytes, int offset) {
    return read(bytes, offset, bytes.length);
  }

  static Bundle read(byte[] bytes, int from, int to) {
    ByteReader in = new ByteReader(bytes, from, to - from);
    int version = in.u8();
    if (version != VERSION) {
      throw new FormatException("bundle of version " + version);
    }
    int vnode = in.u16();
    long actor = in.i48();
    long seq = in.varint();
    long hlc = in.i64();
    VersionVector deps = (in.u8() & DEPS) != 0 ? in.vector() : null;
    return new Bundle(vnode, actor, seq, hlc, deps, bytes, from, in.position(), to);
  }

  ByteReader body() {
    return new ByteReader(array, bodyAt, to - bodyAt);
  }

  /** The bundle in an array of its own. */
  byte[] bytes() {
    return from == 0 && to == array.length ? array : Arrays.copyOfRange(array, from, to);
  }
}
