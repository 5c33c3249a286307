package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.row.Hash64;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.version.Rules;

/**
 * The short way of fields and members, as {@link PlainStrings} is that of strings: a value is put over nothing, or over
 * one that the same actor wrote last, on the stored bytes; no {@link Cell}, no row, no copy is made. The head is open as
 * in the long way, and moves with the row.
 *
 * <p>Whatever is not exactly so is refused, with nothing changed, and goes the long way, through {@link Cells}: rows of
 * others, counters, tombstones, what has expired or was emptied, kinds that others are derived from.
 */
final class PlainMembers {

  /** What came of it. */
  enum Put {
    ADDED,
    /** The member lived. */
    THERE,
    /** Nothing was done: it is to go the long way. */
    REFUSED
  }

  /** A longer key and a longer member go the long way. */
  private static final int BYTES_MAX = 4 << 10;

  private final Keyspace keyspace;
  private final ByteStore store;
  private final OpenBundle bundle;
  private final StoredHeads heads;
  private final FoundBytes found = new FoundBytes();
  private final byte[] disk = new byte[
      KeyRef.diskBytes(BYTES_MAX) + DiskKeys.GENERATION_BYTES + 1 + MemberHash.BYTES + BYTES_MAX];

  PlainMembers(Keyspace keyspace, ByteStore store, OpenBundle bundle, StoredHeads heads) {
    this.keyspace = keyspace;
    this.store = store;
    this.bundle = bundle;
    this.heads = heads;
  }

  /**
   * Puts an ADD of this payload; with {@code renews} a member that lives is written anew, unless this command wrote it.
   */
  Put put(Head head, ValueType type, byte[] member, int memberAt, int memberLength,
      byte[] payload, int payloadAt, int payloadLength, boolean renews) {
    int kind = type.kind();
    Part part = head.generation == 0 ? null : head.part(kind);
    if (part == null || part.dead > 0 || keyspace.rules != Rules.SOUND || heads.watched() || head.expired()
        || !head.anyLive() || keyspace.cells.derived(kind) != null
        || head.key.keyLength() > BYTES_MAX || memberLength > BYTES_MAX) {
      return Put.REFUSED;
    }
    int keyEnd = head.key.diskLength();
    System.arraycopy(head.key.disk(), 0, disk, 0, keyEnd);
    int subAt = DiskKeys.toMembers(disk, keyEnd, head.generation, kind);
    int end = MemberHash.writeSubKey(member, memberAt, memberLength, disk, subAt);
    store.find(disk, end, found);
    long actor = bundle.actor();
    long seq = bundle.seq();
    boolean there = found.any();
    if (there) {
      long last = RowCodec.plainSeqOf(found.array(), found.offset(), actor);
      if (last < 0 || last > seq) {
        return Put.REFUSED;
      }
      if (last == seq && renews) {
        return Put.THERE;
      }
      bundle.noteRewrite(last);
    } else {
      bundle.noteFresh();
    }
    keyspace.markCounted(head);
    long seed = Hash64.of(Hash64.mix(head.keyDigest(), kind), disk, subAt, end - subAt);
    long before = there ? RowDigest.of(seed, found.array(), found.offset(), found.length()) : 0;
    long stamp = bundle.stampForWrite();
    int rowBytes = RowCodec.plainBytes(seq, payloadLength);
    BundleBody body = bundle.body();
    int rowAt = body.row(head, kind, disk, subAt, end - subAt, rowBytes);
    RowCodec.plain(actor, seq, stamp, payload, payloadAt, payloadLength, body.bytes());
    head.dots = head.dots.with(actor, seq);
    store.put(disk, end, found, body.bytes().array(), rowAt, rowBytes);
    part.digest ^= before ^ RowDigest.ofPlain(seed, actor, seq, stamp, payload, payloadAt, payloadLength);
    part.newestStamp = Math.max(part.newestStamp, stamp);
    part.bytes = Math.max(0, part.bytes + rowBytes - found.length() + (there ? 0 : end + Cells.ROW_OVERHEAD_BYTES));
    part.live += there ? 0 : 1;
    return there ? Put.THERE : Put.ADDED;
  }
}
