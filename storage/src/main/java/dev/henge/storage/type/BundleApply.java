package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.Arrays;

/** The reading of peers' bundle bodies, one after the other: the reverse of {@link BundleBody}. */
final class BundleApply {

  private final Keyspace keyspace;
  private final PeerRows peer;
  private final OpenBundle bundle;
  private final KeyLocator locator;

  /** Whether the bundle has named a key; where it stands. */
  private boolean named;

  private int db;
  private int keyAt;
  private int keyLength;

  /** Whether something was said of the key. */
  private boolean told;

  /** Whether its head was opened: not yet, or it may go without. */
  private boolean opened;

  /** The head; null while the key is passed by. */
  private Head head;

  BundleApply(Keyspace keyspace, PeerRows peer, OpenBundle bundle, KeyLocator locator) {
    this.keyspace = keyspace;
    this.peer = peer;
    this.bundle = bundle;
    this.locator = locator;
  }

  void apply(ByteReader in) {
    named = false;
    head = null;
    while (in.remaining() > 0) {
      switch (in.u8()) {
        case BundleBody.OP_KEY -> key(in);
        case BundleBody.OP_ROW -> row(in);
        case BundleBody.OP_CLEAR -> clear(in, in.vector(), bundle.dot());
        case BundleBody.OP_FLUSH -> flush(in, false);
        case BundleBody.OP_CLEARED -> clear(in, in.vector(), in.vector());
        case BundleBody.OP_FLUSHED -> flush(in, true);
        default -> throw new FormatException("bundle with an unknown operation");
      }
    }
    endKey(in);
    keyspace.storeDirty();
    head = null;
  }

  private void key(ByteReader in) {
    endKey(in);
    db = in.u8();
    keyLength = in.length();
    keyAt = in.position();
    in.skip(keyLength);
    named = true;
    told = false;
    opened = false;
    head = null;
  }

  /** A key of which nothing is said is looked at all the same: what is derived of it may be due. */
  private void endKey(ByteReader in) {
    if (named && !told) {
      open(in);
    }
    named = false;
  }

  /** The head of the key, or null if that is passed by. */
  private Head open(ByteReader in) {
    if (!named) {
      throw new FormatException("bundle with a row before its key");
    }
    told = true;
    if (!opened) {
      opened = true;
      head = keyspace.openForBundle(locator.locate(db, in.array(), keyAt, keyLength));
    }
    return head;
  }

  private void row(ByteReader in) {
    int kind = in.u8();
    int subLength = in.length();
    int subAt = in.position();
    in.skip(subLength);
    int length = in.length();
    int at = in.position();
    in.skip(length);
    if (named && !opened && kind == Keyspace.KIND_STRING && subLength == 0 && peer.plainly()
        && keyspace.plain().apply(db, in.array(), keyAt, keyLength, at, length)) {
      told = true;
      return;
    }
    Row row = RowCodec.decode(new ByteReader(in.array(), at, length));
    if (open(in) != null) {
      peer.meet(head, kind, Arrays.copyOfRange(in.array(), subAt, subAt + subLength), row);
    }
  }

  private void clear(ByteReader in, VersionVector seen, VersionVector by) {
    if (open(in) != null) {
      keyspace.dropSeen(head, seen, keyspace.rules.broken(Mutant.CLEAR_TAKES_ALL) ? head.seen() : seen);
      head.clearedBy = head.clearedBy.join(by);
    }
  }

  private void flush(ByteReader in, boolean dots) {
    endKey(in);
    int first = in.u16();
    int last = in.u16();
    keyspace.storeDirty();
    int flushed = in.u8();
    VersionVector seen = in.vector();
    keyspace.flushSlots(first, last, flushed, seen, dots ? in.vector() : bundle.dot());
  }
}
