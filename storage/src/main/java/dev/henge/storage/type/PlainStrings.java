package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.CounterBytes;
import dev.henge.storage.row.Hash64;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.version.Rules;

/**
 * The short way of what most commands and most bundles of peers do: a plain string is read, or is written over nothing
 * or over a string that the same actor wrote last, or a counter is moved that one actor alone moves. All of that is
 * done on the stored bytes: no head, no row, no copy of a value is made.
 *
 * <p>Whatever is not exactly so is refused, with nothing changed, and goes the long way, through {@link Head} and
 * {@link dev.henge.storage.row.RowMerge}. Both ways leave the same bytes in the store and in the bundle, the same counts
 * and the same digests. The short way stores at once and not at the command's end; a head that is opened later in the
 * command is read from there, and as soon as one is open nothing goes this way any more, for the head may know better.
 */
public final class PlainStrings {

  /** What is bound to a key, as far as it can be told here. */
  public enum Found {
    NOTHING,
    STRING,
    /** To be asked for in the long way. */
    UNKNOWN
  }

  /** A longer key goes the long way. */
  private static final int KEY_BYTES_MAX = 4 << 10;

  /** Form and actor stand before the seq of a plain row, and the head's form before that. */
  private static final int SEQ_AT = 8;

  private static final int VARINT_BYTES_MAX = 9;

  private final Keyspace keyspace;
  private final ByteStore store;
  private final KeyLocator locator;
  private final OpenBundle bundle;
  private final StoredHeads heads;
  private final FoundBytes found = new FoundBytes();
  private final CounterBytes counter = new CounterBytes();
  private final CounterBytes arriving = new CounterBytes();
  private final Bytes scratch = new Bytes(128);
  private final byte[] disk = new byte[KeyRef.diskBytes(KEY_BYTES_MAX)];
  private int diskLength;
  private int slot;
  private int hash;
  private long count;

  PlainStrings(Keyspace keyspace, ByteStore store, KeyLocator locator, OpenBundle bundle, StoredHeads heads) {
    this.keyspace = keyspace;
    this.store = store;
    this.locator = locator;
    this.bundle = bundle;
    this.heads = heads;
  }

  private boolean mayWrite() {
    return keyspace.nothingOpen() && keyspace.rules == Rules.SOUND && !heads.watched();
  }

  private void find(int db, int known, byte[] key, int offset, int length) {
    long place = locator.place(known, key, offset, length);
    slot = (int) (place >>> Integer.SIZE);
    hash = (int) place;
    diskLength = KeyRef.write(disk, db, slot, hash, key, offset, length);
    AccessSketch accesses = keyspace.accesses();
    if (accesses != null) {
      accesses.touch(hash);
    }
    store.find(disk, diskLength, found);
  }

  // ---------------------------------------------------------------- commands

  /**
   * Gives the string under the key to {@code sink}, if it is one that can be told here.
   *
   * @param inSlot the key's slot, or {@link KeyLocator#ANY_SLOT}
   */
  public Found read(int db, int inSlot, byte[] key, int offset, int length, StringValue.BytesSink sink) {
    if (!keyspace.nothingOpen() || length > KEY_BYTES_MAX) {
      return Found.UNKNOWN;
    }
    find(db, inSlot, key, offset, length);
    if (!found.any()) {
      return Found.NOTHING;
    }
    byte[] array = found.array();
    int at = found.offset();
    int payloadAt = array[at] == Head.PLAIN ? RowCodec.plainPayloadAt(array, at + 1) : -1;
    if (payloadAt >= 0) {
      sink.accept(array, payloadAt, at + found.length() - payloadAt);
      return Found.STRING;
    }
    if (!readCounter()) {
      return Found.UNKNOWN;
    }
    scratch.truncate(0);
    scratch.decimal(counter.value());
    sink.accept(scratch.array(), 0, scratch.length());
    return Found.STRING;
  }

  /** Puts a value over whatever the key held. False, and nothing done, if it is to go the long way. */
  public boolean set(
      int db, int inSlot, byte[] key, int keyAt, int keyLength, byte[] value, int valueAt, int valueLength) {
    if (!mayWrite() || keyLength > KEY_BYTES_MAX || valueLength > keyspace.strings.plainBytesMax()) {
      return false;
    }
    find(db, inSlot, key, keyAt, keyLength);
    long actor = bundle.actor();
    long seq = bundle.seq();
    long before = 0;
    long seed = seed();
    if (found.any()) {
      long last = plainSeq(found.array(), found.offset(), actor);
      if (last < 0 || last > seq) {
        return false;
      }
      if (last == seq) {
        bundle.body().rewrites();
      }
      before = foundDigest(seed);
    }
    long stamp = bundle.stampForWrite();
    BundleBody body = bundle.body();
    int rowAt = body.row(db, key, keyAt, keyLength, RowCodec.plainBytes(seq, valueLength));
    RowCodec.plain(actor, seq, stamp, value, valueAt, valueLength, body.bytes());
    long digest = RowDigest.ofPlain(seed, actor, seq, stamp, value, valueAt, valueLength);
    put(db, body.bytes().array(), rowAt, body.bytes().length() - rowAt, before ^ digest);
    return true;
  }

  /**
   * Moves the number under the key, 0 if there is none, and leaves the sum for {@link #count}. False, and nothing done,
   * if it is to go the long way, which tells mistakes, too.
   */
  public boolean move(int db, int inSlot, byte[] key, int keyAt, int keyLength, long by) {
    if (!mayWrite() || keyLength > KEY_BYTES_MAX) {
      return false;
    }
    find(db, inSlot, key, keyAt, keyLength);
    long actor = bundle.actor();
    long seq = bundle.seq();
    long before = 0;
    long seed = seed();
    scratch.truncate(0);
    if (found.any()) {
      if (!readCounter() || counter.actor() != actor || counter.seq() >= seq || !counter.moved(seq, by, scratch)) {
        return false;
      }
      count = counter.value() + by;
      before = foundDigest(seed);
    } else if (CounterBytes.begun(actor, seq, bundle.stampForWrite(), by, scratch)) {
      count = by;
    } else {
      return false;
    }
    bundle.stampForWrite();
    BundleBody body = bundle.body();
    int rowAt = body.row(db, key, keyAt, keyLength, scratch.length());
    body.bytes().raw(scratch.array(), 0, scratch.length());
    put(db, body.bytes().array(), rowAt, scratch.length(),
        before ^ RowDigest.of(seed, scratch.array(), 0, scratch.length()));
    return true;
  }

  /** What {@link #move} came to. */
  public long count() {
    return count;
  }

  // ---------------------------------------------------------------- bundles of peers

  /**
   * Applies a string's row of a bundle: one that takes the place of what is here, because the same actor wrote both, one
   * after the other, and nobody else anything. The key stands in {@code array} too.
   */
  boolean apply(int db, byte[] array, int keyAt, int keyLength, int rowAt, int rowLength) {
    if (!mayWrite() || keyLength > KEY_BYTES_MAX || rowLength < SEQ_AT + Long.BYTES) {
      return false;
    }
    boolean counts = array[rowAt] != RowCodec.SIMPLE;
    if (counts ? !arriving.read(array, rowAt, rowLength) : !isPlain(array, rowAt, rowAt + rowLength)) {
      return false;
    }
    find(db, KeyLocator.ANY_SLOT, array, keyAt, keyLength);
    if (found.any() && !(counts ? moves() : follows(array, rowAt))) {
      return false;
    }
    long seed = seed();
    long before = found.any() ? foundDigest(seed) : 0;
    put(db, array, rowAt, rowLength, before ^ RowDigest.of(seed, array, rowAt, rowLength));
    return true;
  }

  /** Whether a row that begins as plain ones do is whole. */
  private static boolean isPlain(byte[] array, int rowAt, int end) {
    int seqAt = rowAt + SEQ_AT - 1;
    int at = seqAt;
    while (at < end && at < seqAt + VARINT_BYTES_MAX && array[at] < 0) {
      at++;
    }
    return at < seqAt + VARINT_BYTES_MAX && end - at > Long.BYTES && array[at] > 0;
  }

  private boolean follows(byte[] array, int rowAt) {
    long actor = RowCodec.plainActor(array, rowAt);
    long last = plainSeq(found.array(), found.offset(), actor);
    return last >= 0 && last < RowCodec.plainSeq(array, rowAt);
  }

  /** Whether the counter that arrives is the one that is here, moved on, or one that its actor has set since. */
  private boolean moves() {
    return readCounter() && counter.actor() == arriving.actor() && counter.seq() < arriving.seq()
        && (counter.baseSeq() == arriving.baseSeq() || counter.seq() < arriving.baseSeq());
  }

  // ---------------------------------------------------------------- what is stored

  private boolean readCounter() {
    return found.array()[found.offset()] == Head.PLAIN
        && RowCodec.mayCount(found.array()[found.offset() + 1])
        && counter.read(found.array(), found.offset() + 1, found.length() - 1);
  }

  /** The seq of a stored plain string that this actor wrote; negative if it is anything else. */
  private static long plainSeq(byte[] stored, int offset, long actor) {
    return stored[offset] == Head.PLAIN && stored[offset + 1] == RowCodec.SIMPLE
        && RowCodec.plainActor(stored, offset + 1) == actor ? RowCodec.plainSeq(stored, offset + 1) : -1;
  }

  private long seed() {
    return Hash64.mix(KeyRef.digest(disk, diskLength), Keyspace.KIND_STRING);
  }

  private long foundDigest(long seed) {
    return RowDigest.of(seed, found.array(), found.offset() + 1, found.length() - 1);
  }

  /**
   * Stores a head of nothing but a row. Such a head is one byte and the row: so that it need not be written anew, the
   * byte stands for a moment in front of the row, in an array that has something else there.
   */
  private void put(int db, byte[] array, int rowAt, int rowLength, long difference) {
    byte other = array[rowAt - 1];
    array[rowAt - 1] = Head.PLAIN;
    try {
      store.put(disk, diskLength, found, array, rowAt - 1, rowLength + 1);
    } finally {
      array[rowAt - 1] = other;
    }
    int bytes = rowLength + 1 - found.length() + (found.any() ? 0 : diskLength + Cells.ROW_OVERHEAD_BYTES);
    heads.plainStored(slot, hash, db, !found.any(), bytes, difference);
  }
}
