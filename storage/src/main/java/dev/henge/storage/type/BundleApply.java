package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;

/** The reading of one peer's bundle body: the reverse of {@link BundleBody}. */
final class BundleApply {

  private final Keyspace keyspace;
  private final PeerRows peer;
  private final OpenBundle bundle;
  private final KeyLocator locator;
  /** The key that the bundle speaks of, if one has been named. */
  private boolean named;
  /** Its head; null while the key is passed by. */
  private Head head;

  BundleApply(Keyspace keyspace, PeerRows peer, OpenBundle bundle, KeyLocator locator) {
    this.keyspace = keyspace;
    this.peer = peer;
    this.bundle = bundle;
    this.locator = locator;
  }

  void apply(ByteReader in) {
    while (in.remaining() > 0) {
      switch (in.u8()) {
        case BundleBody.OP_KEY -> key(in);
        case BundleBody.OP_ROW -> row(in);
        case BundleBody.OP_CLEAR -> clear(in.vector(), bundle.dot());
        case BundleBody.OP_FLUSH -> flush(in, false);
        case BundleBody.OP_CLEARED -> clear(in.vector(), in.vector());
        case BundleBody.OP_FLUSHED -> flush(in, true);
        default -> throw new FormatException("bundle with an unknown operation");
      }
    }
    keyspace.storeDirty();
  }

  private void key(ByteReader in) {
    int db = in.u8();
    byte[] key = in.block();
    head = keyspace.openForBundle(locator.locate(db, key, 0, key.length));
    named = true;
  }

  private void row(ByteReader in) {
    int kind = in.u8();
    byte[] sub = in.block();
    int length = in.length();
    Row row = RowCodec.decode(new ByteReader(in.array(), in.position(), length));
    in.skip(length);
    needKey();
    if (head != null) {
      peer.meet(head, kind, sub, row);
    }
  }

  private void clear(VersionVector seen, VersionVector by) {
    needKey();
    if (head != null) {
      keyspace.dropSeen(head, seen, keyspace.rules.broken(Mutant.CLEAR_TAKES_ALL) ? head.seen() : seen);
      head.clearedBy = head.clearedBy.join(by);
    }
  }

  private void flush(ByteReader in, boolean dots) {
    int first = in.u16();
    int last = in.u16();
    keyspace.storeDirty();
    named = false;
    head = null;
    int db = in.u8();
    VersionVector seen = in.vector();
    keyspace.flushSlots(first, last, db, seen, dots ? in.vector() : bundle.dot());
  }

  private void needKey() {
    if (!named) {
      throw new FormatException("bundle with a row before its key");
    }
  }
}
