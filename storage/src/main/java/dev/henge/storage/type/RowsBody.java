package dev.henge.storage.type;

import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.version.VersionVector;

/** A bundle's body that says what stands in rows, for other replicas, and not what a command changed. */
final class RowsBody {

  private final Bytes out;

  RowsBody(Bytes out) {
    this.out = out;
  }

  int length() {
    return out.length();
  }

  /** Names the key of which what follows speaks. */
  void key(KeyRef key) {
    out.u8(BundleBody.OP_KEY).u8(key.db());
    key.writeKey(out);
  }

  /** What clears of the key have seen, as if this bundle were the last of them. */
  void clear(VersionVector seen) {
    if (!seen.isEmpty()) {
      out.u8(BundleBody.OP_CLEAR).vector(seen);
    }
  }

  /** What clears of the key have seen, and the dots of their bundles. */
  void cleared(VersionVector seen, VersionVector by) {
    if (!seen.isEmpty()) {
      out.u8(BundleBody.OP_CLEARED).vector(seen).vector(by);
    }
  }

  /** The rows that stand in the head itself. */
  void headRows(Head head) {
    row(Keyspace.KIND_STRING, head.string());
    row(Keyspace.KIND_DEADLINE, head.deadline);
  }

  private void row(int kind, Row row) {
    if (row != null) {
      row(kind, Sibling.NOTHING, 0, RowCodec.encode(row));
    }
  }

  /** A row whose sub-key is the end of some bytes, its disk key's mostly. */
  void row(int kind, byte[] bytes, int subAt, byte[] row) {
    out.u8(BundleBody.OP_ROW).u8(kind).block(bytes, subAt, bytes.length - subAt).block(row);
  }

  byte[] copy() {
    return out.copy();
  }
}
