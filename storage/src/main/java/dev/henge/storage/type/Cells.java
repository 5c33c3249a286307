package dev.henge.storage.type;

import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.version.Rules;
import java.math.BigDecimal;

/**
 * The sub-rows of a keyspace's open heads: looked up as {@link Cell}s, written by commands, and stored in step with
 * what is counted and derived of them.
 */
final class Cells {

  /**
   * What a row takes besides the bytes of its key and value: lengths, its place in a table's page, its bits in a
   * filter.
   */
  static final int ROW_OVERHEAD_BYTES = 8;

  /** A kind is a byte. */
  private static final int KINDS = 256;

  /** A buffer that one row made larger is let go. */
  private static final int KEEP_BYTES = 1 << 20;

  private final Keyspace keyspace;
  private final LatePuts store;
  private final OpenBundle bundle;
  private final MerkleTrees trees;
  private final DerivedRows[] derivedRows = new DerivedRows[KINDS];
  private final Bytes scratch = new Bytes(512);

  /** What the last look-up for a cell found, and its key: the row's next state goes where that lies. */
  private final FoundBytes found = new FoundBytes();

  private byte[] foundKey;
  private long lastGeneration;

  /** What warming returned: there lest the compiler leave it out. */
  private long warmed;

  Cells(Keyspace keyspace, LatePuts store, OpenBundle bundle, MerkleTrees trees) {
    this.keyspace = keyspace;
    this.store = store;
    this.bundle = bundle;
    this.trees = trees;
  }

  void derive(int kind, DerivedRows rows) {
    derivedRows[kind] = rows;
  }

  /** What keeps the derived rows of a kind; null if it has none. */
  DerivedRows derived(int kind) {
    return derivedRows[kind];
  }

  /** The last generation given. */
  long lastGeneration() {
    return lastGeneration;
  }

  void lastGeneration(long generation) {
    lastGeneration = Math.max(lastGeneration, generation);
  }

  /** The cell of a live row that is stored like this; it need not be looked up. */
  Cell known(Head head, int kind, byte[] sub, byte[] stored) {
    Cell cell =
        new Cell(head, head.part(kind), sub, DiskKeys.subKey(head, kind, sub), RowCodec.decode(new ByteReader(stored)));
    cell.stored(stored);
    return cell;
  }

  /** Looks a sub-row up, for reading or for writing; after {@link Keyspace#touch} if for writing. */
  Cell cell(Head head, int kind, byte[] sub) {
    Part part = head.part(kind);
    if (part == null || head.generation == 0) {
      return new Cell(head, part, sub, null, null);
    }
    byte[] key = DiskKeys.subKey(head, kind, sub);
    foundKey = null; // should the look-up fail
    store.find(key, key.length, found);
    foundKey = key;
    if (found.any()) {
      ByteReader in = new ByteReader(found.array(), found.offset(), found.length());
      Cell cell = new Cell(head, part, sub, key, RowCodec.decode(in));
      cell.stored(found.array(), found.offset(), found.length());
      return cell;
    }
    byte[] dead = part.dead > 0 ? store.get(DiskKeys.deadKey(key, part.kind)) : null;
    Cell cell = new Cell(head, part, sub, key, dead == null ? null : RowCodec.decode(new ByteReader(dead)));
    cell.stored(dead);
    return cell;
  }

  /** Prepares look-ups of keys with these hashes. */
  void warm(long[] keyHashes) {
    warmed += store.warm(keyHashes, keyHashes.length);
  }

  /** The stored bytes of a live row, or null: a look-up for reading, which need not ask the dead. */
  byte[] live(Head head, int kind, byte[] sub) {
    return head.generation == 0 ? null : store.get(DiskKeys.subKey(head, kind, sub));
  }

  /** Writes an ADD of this payload. */
  void put(Cell cell, int kind, byte[] payload) {
    change(cell, kind, Row.written(cell.row, bundle.sibling(payload, 0)));
  }

  /**
   * Writes an ADD over the same ADD, so that it stands against a remove elsewhere; what this command wrote does
   * already.
   */
  void renew(Cell cell, int kind, byte[] payload) {
    if (!bundle.in(cell.row.context())) {
      put(cell, kind, payload);
    }
  }

  /** Adds to a number; a row that does not live starts from {@code baseIfAbsent}. */
  void increment(Cell cell, int kind, BigDecimal delta, byte[] baseIfAbsent) {
    Row row = cell.row;
    if (row == null || !row.live()) {
      row = Row.written(row, bundle.implied(baseIfAbsent, 0));
    }
    change(cell, kind, incremented(row, kind, delta));
  }

  Row incremented(Row row, int kind, BigDecimal delta) {
    bundle.stampForWrite();
    if (!row.floored(bundle.actor(), bundle.seq())) {
      return row.incremented(bundle.actor(), bundle.seq(), delta);
    }
    byte[] base = row.payload();
    byte[] moved = kind == ValueType.ZSET.kind() ? Score.moved(base, delta) : StringValue.moved(base, delta);
    return row.withBase(bundle.sibling(moved, row.winner().deadlineMillis()));
  }

  /** Writes a tombstone over a live row; where nobody else has the row nothing need tell of it but the bundle. */
  void remove(Cell cell) {
    Row tombstone = Row.written(cell.row, bundle.tombstone());
    boolean forGood = keyspace.isAlone(cell.head.key);
    change(cell, cell.part.kind, tombstone, forGood ? null : tombstone);
    if (forGood) {
      bundle.removedForGood();
    }
  }

  // ---------------------------------------------------------------- the short way

  /**
   * Whether rows may be written on their stored bytes, where both ways leave the same: see {@link PlainStrings}. What a
   * type derives of them is then the caller's to keep.
   */
  boolean mayWritePlain() {
    return keyspace.rules == Rules.SOUND;
  }

  /** Writes the first ADD of a row that nobody else can have written. */
  void putNew(Head head, int kind, byte[] sub, byte[] payload) {
    keyspace.markCounted(head);
    if (head.generation == 0) {
      head.generation = ++lastGeneration;
    }
    Cell cell = new Cell(head, head.partForWrite(kind), sub, DiskKeys.subKey(head, kind, sub), null);
    long actor = bundle.actor();
    long seq = bundle.seq();
    long stamp = bundle.stampForWrite();
    bundle.noteRewrite((Row) null);
    Bytes body = bundle.body().bytes();
    int rowBytes = RowCodec.plainBytes(seq, payload.length);
    int rowAt = bundle.body().row(head, kind, sub, rowBytes);
    RowCodec.plain(actor, seq, stamp, payload, 0, payload.length, body);
    head.dots = head.dots.with(actor, seq);
    if (keyspace.isLate(head)) {
      store.later(cell.liveKey, body.array(), rowAt, rowBytes);
    } else {
      store.put(cell.liveKey, cell.liveKey.length, body.array(), rowAt, rowBytes);
    }
    cell.part.newestStamp = Math.max(cell.part.newestStamp, stamp);
    count(cell, false, false, true, true, rowBytes,
        RowDigest.ofPlain(cell.seed(), actor, seq, stamp, payload, 0, payload.length));
  }

  /**
   * Removes a live row that is stored like this, for good. False, and nothing done, unless it is a plain one of the
   * same actor, and nobody else has it.
   *
   * @param key the row's disk key
   */
  boolean removePlain(Head head, int kind, byte[] sub, byte[] key, byte[] stored) {
    long actor = bundle.actor();
    long seq = bundle.seq();
    if (!mayWritePlain() || !keyspace.isAlone(head.key) || RowCodec.plainPayloadAt(stored, 0) < 0
        || RowCodec.plainActor(stored, 0) != actor || RowCodec.plainSeq(stored, 0) >= seq) {
      return false;
    }
    keyspace.markCounted(head);
    Cell cell = new Cell(head, head.part(kind), sub, key, null);
    cell.stored(stored);
    long stamp = bundle.stampForWrite();
    bundle.body().row(head, kind, sub, RowCodec.plainBytes(seq, 0));
    RowCodec.plainTombstone(actor, seq, stamp, bundle.body().bytes());
    head.dots = head.dots.with(actor, seq);
    store.delete(cell.liveKey);
    count(cell, true, true, false, false, 0, 0);
    bundle.removedForGood();
    return true;
  }

  // ---------------------------------------------------------------- changes

  private void change(Cell cell, int kind, Row row) {
    change(cell, kind, row, row);
  }

  private void change(Cell cell, int kind, Row row, Row kept) {
    Cell placed = place(cell, kind);
    keyspace.markDirty(placed.head); // before anything is read, as in a clear
    bundle.noteRewrite(cell.row);
    bundle.body().row(placed.head, kind, placed.sub, row);
    placed.head.dots = placed.head.dots.with(bundle.actor(), bundle.seq());
    replace(placed, kept);
    cell.row = kept;
    cell.storedAs(placed);
  }

  /** The same cell with a part and a disk key, though the head had none when it was looked up. */
  Cell place(Cell cell, int kind) {
    if (cell.liveKey != null) {
      return cell;
    }
    Head head = cell.head;
    if (head.generation == 0) {
      head.generation = ++lastGeneration;
    }
    Cell placed =
        new Cell(head, head.partForWrite(kind), cell.sub, DiskKeys.subKey(head, kind, cell.sub), cell.row);
    placed.storedAs(cell);
    return placed;
  }

  /** Stores what a row became and keeps counts and derived rows in step. */
  void replace(Cell cell, Row after) {
    Row before = cell.row;
    boolean wasLive = before != null && before.live();
    boolean isLive = after != null && after.live();
    Part part = cell.part;
    int storedBytes = 0;
    long digest = 0;
    if (before != null && wasLive != isLive || after == null) {
      store.delete(wasLive ? cell.liveKey : DiskKeys.deadKey(cell.liveKey, part.kind));
    }
    if (after != null) {
      scratch.reset(KEEP_BYTES);
      RowCodec.encode(after, scratch);
      byte[] key = isLive ? cell.liveKey : DiskKeys.deadKey(cell.liveKey, part.kind);
      storedBytes = scratch.length();
      digest = isLive ? RowDigest.of(cell.seed(), scratch.array(), 0, storedBytes) : 0;
      if (key == foundKey) {
        store.put(key, key.length, found, scratch.array(), 0, storedBytes);
      } else {
        store.put(key, key.length, scratch.array(), 0, storedBytes);
      }
      part.newestStamp = Math.max(part.newestStamp, after.newestStamp());
    }
    count(cell, wasLive, before != null, isLive, after != null, storedBytes, digest);
    part.withPast += (isLive && after.hasPast() ? 1 : 0) - (wasLive && before.hasPast() ? 1 : 0);
    DerivedRows derived = derivedRows[part.kind];
    if (derived != null && (wasLive || isLive)) {
      derived.changed(keyspace, cell.head, part, cell.sub, wasLive ? before : null, isLive ? after : null);
    }
  }

  /** Keeps what is counted in step with a row that was stored, or is there no more. */
  private void count(Cell cell, boolean wasLive, boolean wasThere, boolean isLive, boolean isThere, int storedBytes,
      long digest) {
    Part part = cell.part;
    trees.rowMoved(cell, wasLive, wasThere, isLive, isThere, digest);
    int keyBytes = cell.liveKey.length + ROW_OVERHEAD_BYTES;
    part.bytes += storedBytes - cell.storedBytes + (isThere ? keyBytes : 0) - (wasThere ? keyBytes : 0);
    cell.storedBytes = storedBytes;
    part.live += (isLive ? 1 : 0) - (wasLive ? 1 : 0);
    part.dead += (isThere && !isLive ? 1 : 0) - (wasThere && !wasLive ? 1 : 0);
    DerivedRows derived = derivedRows[part.kind];
    if (derived != null && wasLive != isLive) {
      part.bytes += (isLive ? 1 : -1) * derived.bytes(cell.liveKey.length);
    }
    part.bytes = Math.max(0, part.bytes);
  }

  /**
   * The live rows of a kind with sub-keys from {@code from} (inclusive) to {@code to} (exclusive); null is an open
   * end.
   */
  RowCursor rows(Head head, int kind, byte[] from, byte[] to, boolean reverse) {
    byte[] prefix = DiskKeys.areaPrefix(head, kind);
    byte[] low = from == null ? prefix : DiskKeys.concat(prefix, from);
    byte[] high = to == null ? DiskKeys.after(prefix) : DiskKeys.concat(prefix, to);
    return new RowCursor(store.scan(low, high, reverse), prefix.length);
  }

  // ---------------------------------------------------------------- derived rows (local)

  byte[] local(Head head, int kind, byte[] sub) {
    return store.get(DiskKeys.subKey(head, kind, sub));
  }

  void putLocal(Head head, int kind, byte[] sub, byte[] value) {
    store.put(DiskKeys.subKey(head, kind, sub), value);
  }

  void deleteLocal(Head head, int kind, byte[] sub) {
    store.delete(DiskKeys.subKey(head, kind, sub));
  }
}
