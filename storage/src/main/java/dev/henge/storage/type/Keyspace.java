package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.row.RowMerge;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The keys of one shard as rows over a {@link ByteStore}: the only way by which rows change.
 *
 * <p>A change comes in one of two ways, and both end in the same code. A command opens heads, writes cells, and leaves a bundle's
 * body behind ({@link #begin}, {@link #finish}); a peer's bundle body is applied through {@link RowMerge} ({@link #apply}). Counts,
 * score orders, ranks, deadlines by time are derived here from the difference between the old row and the new one.
 *
 * <pre>
 * disk key : slot u16 | hash u32 | db u8 | length varint | key | 0x00                                          a head
 *          | … | 0x01 | generation u48 | kind u8 (dead rows: | 0x80) | sub-key                                 a sub-row
 *          | 0x8000+vnode u16 | deadline u64 | a head's disk key                                               a deadline
 *          | 0x8000+vnode u16 | 0xFF | a head's disk key                                             something collectable
 * </pre>
 *
 * <p>A collection's sub-rows carry the head's generation, a number given anew on this disk whenever a key gets its first sub-row: a DEL that
 * has seen all of them forgets the generation and so lets go of any number of rows at once; compaction drops them later. Not thread-safe: one shard's loop owns it.
 */
public final class Keyspace {

  /** FLUSH of this database means all of them. */
  public static final int ALL_DBS = 255;

  /** Records whose key begins with this or more belong to this node alone. */
  static final int LOCAL_PREFIX = 0x8000;

  /**
   * What a row takes besides the bytes of its key and value: lengths, its place in a table's page, its bits in a
   * filter.
   */
  static final int ROW_OVERHEAD_BYTES = 8;

  static final int KIND_STRING = ValueType.STRING.kind();
  static final int KIND_DEADLINE = 'X';

  private static final int BODY_KEEP_BYTES = 1 << 20;

  private final ByteStore store;
  private final KeyLocator locator;
  private final LongSupplier wallMillis;
  private final int slotsPerVnode;
  private final int dbs;
  private final VnodeCounts counts;
  private final DamagedRanges damaged = new DamagedRanges();
  private final DeadlineIndex deadlines;
  private final MerkleTrees trees;
  private final PastIndex past;
  private final BitSet alone = new BitSet();
  private AccessSketch accesses;
  private final Map<Integer, DerivedRows> derivedRows = new HashMap<>();

  private final Flushes flushes = new Flushes();
  private final MergedConflicts conflicts = new MergedConflicts();

  /** The heads that the present command has opened: nearly always one. */
  private Head firstOpened;

  private final Map<KeyRef, Head> opened = new HashMap<>();
  private final List<Head> dirty = new ArrayList<>();
  private final BundleBody body = new BundleBody();
  private final Bytes scratch = new Bytes(512);
  private long nowMillis;
  private long actor;
  private long seq;
  private long stamp;
  private int elementsMade;
  private LongSupplier stamps;
  private long lastGeneration;
  final StringRows strings = new StringRows(this);
  Rules rules = Rules.SOUND;

  /** What the replica has seen whose rows are taken in place of those here; else null. */
  private VersionVector giverSeen;

  /** What has been collected, while a bundle is applied that may be from before; else empty. */
  private VersionVector horizon = VersionVector.EMPTY;

  /** Whether it is a bundle that opens heads, not a command. */
  private boolean applying;

  /** Whether what was done last, a bundle or a command's flush, has passed damaged keys by. */
  private boolean passed;

  /** A vnode's keys are being counted anew: it is told what changes; null if none is. */
  private VnodeRepair recounting;

  /**
   * @param slotsPerVnode how many neighbouring slots make a vnode
   * @param vnodes how many vnodes the ring has; key counts are kept for each
   */
  public Keyspace(
      ByteStore store, KeyLocator locator, int slotsPerVnode, int vnodes, int dbs, LongSupplier wallMillis) {
    this.store = store;
    this.locator = locator;
    this.slotsPerVnode = slotsPerVnode;
    this.dbs = dbs;
    this.wallMillis = wallMillis;
    this.counts = new VnodeCounts(vnodes, dbs);
    this.deadlines = new DeadlineIndex(store, vnodes, damaged);
    this.trees = new MerkleTrees(vnodes, slotsPerVnode);
    this.past = new PastIndex(store, vnodes);
    SortedSetValue.register(this);
    ListValue.register(this);
  }

  /** For simulations: other rules than the sound ones. */
  public void rules(Rules rules) {
    this.rules = rules;
  }

  /** For tests: other sizes than the usual ones. What is stored stays readable. */
  public void chunks(int plainBytesMax, int chunkBytes) {
    strings.sizes(plainBytesMax, chunkBytes);
  }

  void derive(int kind, DerivedRows rows) {
    derivedRows.put(kind, rows);
  }

  /** What keeps the derived rows of a kind; null if it has none. */
  DerivedRows derived(int kind) {
    return derivedRows.get(kind);
  }

  // ---------------------------------------------------------------- a command's frame

  /** Starts a command: what it writes will carry this dot; {@code stamps} gives its HLC stamp if it writes at all. */
  public void begin(long actor, long seq, LongSupplier stamps) {
    this.actor = actor;
    this.seq = seq;
    this.stamps = stamps;
    stamp = 0;
    elementsMade = 0;
    passed = false;
    nowMillis = wallMillis.getAsLong();
    body.begin();
  }

  /** The moment that deadlines are compared with, the same for the whole command. */
  public long nowMillis() {
    return nowMillis;
  }

  /** Ends the command: settles emptied collections and stores the heads. Returns whether there is a bundle. */
  public boolean finish() {
    for (int i = 0; i < dirty.size(); i++) {
      Head head = dirty.get(i);
      if (!head.parts.isEmpty() && !head.anyLive()) {
        clear(head);
      }
      store(head);
    }
    dirty.clear();
    forgetOpened();
    return body.finish();
  }

  /** The bundle's body after {@link #finish}; valid until the next {@link #begin}. */
  public Bytes body() {
    return body.bytes();
  }

  /** The bundle's HLC stamp; 0 if nothing was written. */
  public long stamp() {
    return stamp;
  }

  private long stampForWrite() {
    if (stamp == 0) {
      stamp = stamps.getAsLong();
    }
    return stamp;
  }

  /** The name of the next list element that this command makes. */
  ListPosition.Maker maker() {
    return new ListPosition.Maker(stampForWrite(), actor, seq, elementsMade++);
  }

  Sibling sibling(byte[] payload, long deadlineMillis) {
    return new Sibling(actor, seq, stampForWrite(), false, deadlineMillis, payload);
  }

  private Sibling tombstone() {
    return new Sibling(actor, seq, stampForWrite(), true, 0, Sibling.NOTHING);
  }

  /** Has the head stored at the end of the command; a bundle comes of it only if something shipped was written too. */
  void markDirty(Head head) {
    if (!head.dirty) {
      head.dirty = true;
      dirty.add(head);
    }
  }

  // ---------------------------------------------------------------- heads

  /** How many databases there are. */
  public int dbs() {
    return dbs;
  }

  public KeyRef locate(int db, byte[] buffer, int offset, int length) {
    return locator.locate(db, buffer, offset, length);
  }

  /** The key's head, the same one however often a command asks; one that nothing is known of is blank. */
  public Head open(KeyRef key) {
    if (accesses != null) {
      accesses.touch(key);
    }
    return peek(key);
  }

  /** The same, but it is not counted as a use of the key. */
  public Head peek(KeyRef key) {
    if (!damaged.isEmpty() && !applying) {
      damaged.check(key);
    }
    if (firstOpened == null) {
      firstOpened = load(key);
      return firstOpened;
    }
    if (firstOpened.key.equals(key)) {
      return firstOpened;
    }
    return opened.computeIfAbsent(key, this::load);
  }

  /** Where uses of keys are noted from now on; null for nowhere. */
  public void accesses(AccessSketch sketch) {
    accesses = sketch;
  }

  public AccessSketch accesses() {
    return accesses;
  }

  Head load(KeyRef key) {
    byte[] disk = key.disk();
    byte[] stored = store.get(disk, disk.length);
    return stored == null ? new Head(key, nowMillis) : new Head(key, nowMillis, stored);
  }

  private void forgetOpened() {
    firstOpened = null;
    if (!opened.isEmpty()) {
      opened.clear();
    }
  }

  /**
   * Must precede a command's writes to a head: what is left of a key that expired, or that this command or two replicas
   * at once have emptied, is cleared in the same bundle, its deadline with it.
   */
  void touch(Head head) {
    if (head.expired() || !head.parts.isEmpty() && !head.anyLive()) {
      clear(head);
    }
  }

  /**
   * Deletes the key as its executing replica sees it: all that is known of it dies, what is not known of it survives.
   *
   * <p>What this very bundle had written to the key is taken out of the bundle: the clear cannot name its own dot, or it would take what the
   * bundle writes afterwards too.
   */
  void clear(Head head) {
    VersionVector all = head.seen();
    VersionVector seen = all.covers(actor, seq) ? all.without(actor).with(actor, seq - 1) : all;
    Row string = head.string();
    body.forget(head);
    body.clear(head, seen);
    stampForWrite();
    dropSeen(head, seen, all);
    head.clearedBy = head.clearedBy.join(dot());
    if (string != null && (string.counts() || string.hasFloor())) {
      putString(head, RowMerge.prune(Row.written(string, tombstone()), head.clear, true));
    }
    markDirty(head);
  }

  /** {@code seen} is remembered as the clear; {@code gone}, no less, is what goes now. */
  void dropSeen(Head head, VersionVector seen, VersionVector gone) {
    head.clear = head.clear.join(seen);
    VersionVector under = head.clear.join(gone);
    Row string = head.string();
    head.string(string == null ? null : RowMerge.prune(string, under, true));
    head.deadline = head.deadline == null ? null : RowMerge.prune(head.deadline, under, false);
    if (head.parts.isEmpty()) {
      return;
    }
    if (under.covers(head.dots)) {
      forgetRows(head);
    } else {
      new SubRows(this, store, head).prune(under);
    }
  }

  /** Lets go of all sub-rows. */
  void forgetRows(Head head) {
    new SubRows(this, store, head).sweep();
    head.parts = List.of();
    head.generation = 0;
    head.dots = VersionVector.EMPTY;
  }

  // ---------------------------------------------------------------- the string row and the deadline row

  private void noteRewrite(Row before) {
    if (before != null) {
      noteRewrite(before.context());
    }
  }

  void noteRewrite(VersionVector seen) {
    if (seen.covers(actor, seq)) {
      body.rewrites();
    }
  }

  void putString(Head head, Row row) {
    noteRewrite(head.string());
    storeString(head, row);
  }

  void storeString(Head head, Row row) {
    head.string(row);
    markDirty(head);
    body.row(head, KIND_STRING, Sibling.NOTHING, row);
  }

  /** Sets (0: takes away) the deadline of a key that exists. */
  public void setDeadline(Head head, long deadlineMillis) {
    if (head.type() == ValueType.STRING) {
      strings.deadline(head, deadlineMillis);
      return;
    }
    Sibling set = deadlineMillis == 0 ? tombstone() : sibling(Sibling.NOTHING, deadlineMillis);
    noteRewrite(head.deadline);
    head.deadline = Row.written(head.deadline, set);
    markDirty(head);
    body.row(head, KIND_DEADLINE, Sibling.NOTHING, head.deadline);
  }

  /** Deletes the key if it exists. */
  public boolean delete(Head head) {
    boolean existed = head.exists();
    if (existed || head.expired()) {
      clear(head);
    }
    return existed;
  }

  /** Clears a key whose deadline has passed. Returns whether there was one. */
  public boolean expire(Head head) {
    boolean expired = head.expired();
    if (expired) {
      clear(head);
    }
    return expired;
  }

  // ---------------------------------------------------------------- cells

  /** Looks a sub-row up, for reading or for writing; after {@link #touch} if for writing. */
  Cell cell(Head head, int kind, byte[] sub) {
    Part part = head.part(kind);
    if (part == null || head.generation == 0) {
      return new Cell(head, part, sub, null, null);
    }
    byte[] key = DiskKeys.subKey(head, kind, sub);
    byte[] value = store.get(key, key.length);
    if (value == null && part.dead > 0) {
      value = store.get(DiskKeys.deadKey(key, part.kind));
    }
    Cell cell = new Cell(head, part, sub, key, value == null ? null : RowCodec.decode(new ByteReader(value)));
    cell.stored(value);
    return cell;
  }

  /** The stored bytes of a live row, or null: a look-up for reading, which need not ask the dead. */
  byte[] live(Head head, int kind, byte[] sub) {
    return head.generation == 0 ? null : store.get(DiskKeys.subKey(head, kind, sub));
  }

  /** Writes an ADD of this payload. */
  void put(Cell cell, int kind, byte[] payload) {
    change(cell, kind, Row.written(cell.row, sibling(payload, 0)));
  }

  /** Writes an ADD over the same ADD, so that it stands against a remove elsewhere; what this command wrote does already. */
  void renew(Cell cell, int kind, byte[] payload) {
    if (!cell.row.context().covers(actor, seq)) {
      put(cell, kind, payload);
    }
  }

  /** Adds to a number; a row that does not live starts from {@code baseIfAbsent}. */
  void increment(Cell cell, int kind, BigDecimal delta, byte[] baseIfAbsent) {
    Row row = cell.row;
    if (row == null || !row.live()) {
      row = Row.written(row, sibling(baseIfAbsent, 0));
    }
    change(cell, kind, incremented(row, kind, delta));
  }

  Row incremented(Row row, int kind, BigDecimal delta) {
    stampForWrite();
    if (!row.floored(actor, seq)) {
      return row.incremented(actor, seq, delta);
    }
    byte[] base = row.payload();
    byte[] moved = kind == ValueType.ZSET.kind() ? Score.moved(base, delta) : StringValue.moved(base, delta);
    return row.withBase(sibling(moved, row.winner().deadlineMillis()));
  }

  /** Writes a tombstone over a live row. */
  void remove(Cell cell) {
    change(cell, cell.part.kind, Row.written(cell.row, tombstone()));
  }

  private void change(Cell cell, int kind, Row row) {
    Cell placed = place(cell, kind);
    noteRewrite(cell.row);
    body.row(placed.head, kind, placed.sub, row);
    placed.head.dots = placed.head.dots.with(actor, seq);
    replace(placed, row);
    cell.row = row;
    cell.storedAs(placed);
    markDirty(placed.head);
  }

  /** The same cell with a part and a disk key, though the head had none when it was looked up. */
  private Cell place(Cell cell, int kind) {
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
      scratch.reset(BODY_KEEP_BYTES);
      RowCodec.encode(after, scratch);
      byte[] key = isLive ? cell.liveKey : DiskKeys.deadKey(cell.liveKey, part.kind);
      storedBytes = scratch.length();
      digest = isLive ? RowDigest.of(cell.seed(), scratch.array(), 0, storedBytes) : 0;
      store.put(key, key.length, scratch.array(), 0, storedBytes);
      part.newestStamp = Math.max(part.newestStamp, after.newestStamp());
    }
    trees.rowMoved(cell, wasLive, before != null, isLive, after != null, digest);
    int keyBytes = cell.liveKey.length + ROW_OVERHEAD_BYTES;
    part.bytes += storedBytes - cell.storedBytes
        + (after == null ? 0 : keyBytes) - (before == null ? 0 : keyBytes);
    cell.storedBytes = storedBytes;
    part.live += (isLive ? 1 : 0) - (wasLive ? 1 : 0);
    part.dead += (after != null && !isLive ? 1 : 0) - (before != null && !wasLive ? 1 : 0);
    part.withPast += (isLive && after.hasPast() ? 1 : 0) - (wasLive && before.hasPast() ? 1 : 0);
    DerivedRows derived = derivedRows.get(part.kind);
    if (derived != null && wasLive != isLive) {
      part.bytes += (isLive ? 1 : -1) * derived.bytes(cell.liveKey.length);
    }
    part.bytes = Math.max(0, part.bytes);
    if (derived != null && (wasLive || isLive)) {
      derived.changed(this, cell.head, part, cell.sub, wasLive ? before : null, isLive ? after : null);
    }
  }

  /** The live rows of a kind with sub-keys from {@code from} (inclusive) to {@code to} (exclusive); null is an open end. */
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

  // ---------------------------------------------------------------- a peer's bundle

  /**
   * Applies the body of a bundle with this dot; rows meet through {@link RowMerge}. What is said of keys in a closed damaged range is passed by; returns
   * whether there was such a key. May be repeated.
   */
  public boolean apply(long actor, long seq, ByteReader in) {
    return apply(actor, seq, in, VersionVector.EMPTY);
  }

  /**
   * The same for a bundle whose writer may not have seen all of {@code horizon}, which has been collected here: what its rows carry of others' writes, if
   * those are in the horizon and not here, was superseded.
   */
  public boolean apply(long actor, long seq, ByteReader in, VersionVector horizon) {
    this.actor = actor;
    this.seq = seq;
    this.horizon = horizon;
    nowMillis = wallMillis.getAsLong();
    applying = true;
    passed = false;
    try {
      new BundleApply(this, locator).apply(in);
      return passed;
    } finally {
      applying = false;
      this.horizon = VersionVector.EMPTY;
    }
  }

  /** The dot of what is being written or applied; empty if that is no bundle. */
  VersionVector dot() {
    return seq == 0 ? VersionVector.EMPTY : VersionVector.of(actor, seq);
  }

  /** Applies the rows of a replica that has seen {@code seen}, in place of all rows here that it had seen: between two disk keys, the second exclusive. */
  public boolean replace(byte[] from, byte[] to, VersionVector seen, ByteReader in) {
    RangeReplace replace = new RangeReplace(this, store, damaged, seen);
    replace.given(new ByteReader(in.array(), in.position(), in.remaining()));
    replace.drop(from, to);
    giverSeen = seen;
    try {
      return apply(0, 0, in);
    } finally {
      giverSeen = null;
    }
  }

  void storeDirty() {
    dirty.forEach(this::store);
    dirty.clear();
    forgetOpened();
  }

  /** The key of which a bundle speaks: its head, or null if the key is passed by. */
  Head openForBundle(KeyRef key) {
    if (!damaged.isEmpty() && damaged.closed(key)) {
      passed = true;
      return null;
    }
    Head head = open(key);
    markDirty(head);
    return head;
  }

  /** A shipped row meets what is stored. */
  void meet(Head head, int kind, byte[] sub, Row row) {
    VersionVector clear = flushes.isEmpty()
        ? head.clear : head.clear.join(flushed(head.key));
    if (kind == KIND_STRING) {
      head.string(meet(kind, head.string(), row, clear, true));
    } else if (kind == KIND_DEADLINE) {
      head.string(); // no plain string any more
      head.deadline = meet(kind, head.deadline, row, clear, false);
    } else {
      Cell cell = place(cell(head, kind, sub), kind);
      Row met = meet(kind, cell.row, row, clear, false);
      head.dots = head.dots.join(row.context());
      if (met != null || cell.row != null) {
        replace(cell, met);
      }
    }
    markDirty(head);
  }

  private Row meet(int kind, Row stored, Row arriving, VersionVector clear, boolean keepFloor) {
    if (stored != null && rules.broken(Mutant.CLOCK_BEFORE_CAUSALITY)) {
      return stored.newestStamp() > arriving.newestStamp() ? stored : arriving;
    }
    if (giverSeen != null && stored != null) {
      Row left = RowMerge.replaced(stored, arriving, giverSeen);
      return left == null ? null : RowMerge.prune(left, clear, keepFloor);
    }
    Row current = horizon.isEmpty() ? arriving : RowMerge.superseded(stored, arriving, horizon, actor, seq);
    Row met = RowMerge.prune(stored == null ? current : RowMerge.merge(stored, current), clear, keepFloor);
    conflicts.met(kind, stored, current, met);
    return met;
  }

  /** How often rows have met that had not seen each other. */
  public MergedConflicts conflicts() {
    return conflicts;
  }

  // ---------------------------------------------------------------- rows for another replica

  /**
   * Writes a vnode's rows as bundle operations, from {@code place} on (empty: the beginning) until about {@code maxBytes} are
   * written. Returns where to go on, empty at the end. Applying all parts makes another replica know what this one knows.
   */
  public byte[] export(int vnode, byte[] place, int maxBytes, Bytes out) {
    int firstSlot = vnode * slotsPerVnode;
    return export(vnode, place.length == 0 ? slot(firstSlot) : place, slot(firstSlot + slotsPerVnode), maxBytes, out);
  }

  /** The same up to a disk key, exclusive. */
  public byte[] export(int vnode, byte[] from, byte[] to, int maxBytes, Bytes out) {
    damaged.check(from, to);
    if (DiskKeys.withinKey(from) != null) {
      return export(here(from), to, maxBytes, out);
    }
    if (from.length == Short.BYTES) {
      int first = vnode * slotsPerVnode;
      flushes.export(vnode, first, first + slotsPerVnode - 1, out);
    }
    return export(from, to, maxBytes, out);
  }

  private byte[] export(byte[] from, byte[] to, int maxBytes, Bytes out) {
    return new RowExport(this, maxBytes, out).rows(store.scan(from, to, false));
  }

  /** A place in the midst of a key, as another replica, or an earlier time, has named it: generations are local. */
  private byte[] here(byte[] place) {
    Head head = load(KeyRef.ofDisk(place));
    return head.generation == 0 ? head.key.behind()
        : DiskKeys.concat(DiskKeys.generationPrefix(head), DiskKeys.withinKey(place));
  }

  // ---------------------------------------------------------------- storing heads

  void store(Head head) {
    head.settle(this);
    head.dirty = false;
    int vnode = vnodeOf(head.key);
    long deadKeyBytes = head.counted ? 0 : head.storedBytes;
    boolean live = head.anyLive();
    int keysBefore = head.counted ? 1 : 0;
    int deadlinesBefore = head.indexedDeadline != 0 ? 1 : 0;
    if (live != head.counted) {
      counts.addKeys(vnode, head.key.db(), live ? 1 : -1);
      head.counted = live;
    }
    long deadline = live ? head.deadlineMillis() : 0;
    if (!alone.get(vnode)) {
      head.indexedPast = past.stored(vnode, head.key, head.indexedPast, head.hasPast());
    }
    if (deadline != head.indexedDeadline) {
      counts.addDeadlines(vnode, head.key.db(), (deadline != 0 ? 1 : 0) - (head.indexedDeadline != 0 ? 1 : 0));
      deadlines.moved(vnode, head.key, head.indexedDeadline, deadline);
      head.indexedDeadline = deadline;
    }
    byte[] disk = head.key.disk();
    long bytes = 0;
    long digest = 0;
    boolean forgotten = !live && alone.get(vnode) && head.parts.isEmpty() && head.string() == null && !head.orphans;
    if (head.blank() || forgotten) {
      store.delete(disk, disk.length);
    } else {
      scratch.reset(BODY_KEEP_BYTES);
      head.encode(scratch);
      store.put(disk, disk.length, scratch.array(), 0, scratch.length());
      bytes = head.bytes(scratch.length());
      digest = head.digest(scratch.array(), scratch.length());
    }
    long moved = trees.moved(vnode, head, digest);
    counts.addBytes(vnode, bytes - head.storedBytes);
    counts.addDeadKeyBytes(vnode, (live ? 0 : bytes) - deadKeyBytes);
    if (recounting != null) {
      recounting.changed(head.key, (live ? 1 : 0) - keysBefore, (deadline != 0 ? 1 : 0) - deadlinesBefore,
          bytes - head.storedBytes, (live ? 0 : bytes) - deadKeyBytes, moved);
    }
    head.storedBytes = bytes;
  }

  int vnodeOf(KeyRef key) {
    return key.slot() / slotsPerVnode;
  }

  /**
   * This node alone owns the vnode: nothing that was deleted can come back from anybody, so deleted keys leave nothing
   * behind, unless compaction still has rows of theirs to drop.
   */
  public void alone(int vnode) {
    alone.set(vnode);
  }

  /** The next key of the vnode whose deadline has passed by {@code nowMillis}, or null. */
  public KeyRef due(int vnode, long nowMillis) {
    return deadlines.due(vnode, nowMillis);
  }

  /** The keys that have a deadline, by time. */
  public DeadlineIndex deadlines() {
    return deadlines;
  }

  PastIndex past() {
    return past;
  }

  /** Whether the vnode may have something that {@link #pastWalk} lets go of. */
  public boolean hasPast(int vnode) {
    return !past.isEmpty(vnode) || flushes.any(vnode);
  }

  /** Whether a walk may find more than the last one, under the same clock. */
  public boolean pastChanged(int vnode) {
    return past.changed(vnode) || flushes.any(vnode);
  }

  /**
   * A walk that lets go of what is kept of a vnode's keys for other replicas' sake only, as far as all of them are known to hold it. {@code clock}: all that
   * this one holds.
   */
  public PastWalk pastWalk(int vnode, VersionVector stable, VersionVector clock) {
    flushes.forget(vnode, stable);
    past.walked(vnode);
    return new PastWalk(this, store, vnode, stable, clock);
  }

  // ---------------------------------------------------------------- damage

  /** The ranges whose rows cannot be read. */
  public DamagedRanges damaged() {
    return damaged;
  }

  /**
   * After damage was met in the midst of a command or a bundle, and is in {@link #damaged}: lets go of what was begun of the damaged keys. What was
   * changed of others stays: a command's bundle has it, a bundle is applied again.
   */
  public void abandonDamaged() {
    for (Head head : List.copyOf(dirty)) {
      if (damaged.hides(head.key)) {
        dirty.remove(head);
        head.dirty = false;
        body.forget(head);
      }
    }
    forgetOpened();
  }

  /** Stores what a bundle that met damage had changed of other keys. */
  public void keepOthers() {
    abandonDamaged();
    storeDirty();
  }

  /** Whether the command that was finished last has flushed around damaged keys. */
  public boolean passedBy() {
    return passed;
  }

  /** The disk keys of a vnode's rows: from, and to, exclusive. */
  public byte[][] rangeOf(int vnode) {
    return new byte[][] {slot(vnode * slotsPerVnode), slot((vnode + 1) * slotsPerVnode)};
  }

  private static byte[] slot(int slot) {
    return new Bytes(2).u16(slot).copy();
  }

  public VnodeRepair repair(int vnode) {
    return new VnodeRepair(this, store, vnode);
  }

  /** The digests of what lives in the vnodes. */
  public MerkleTrees trees() {
    return trees;
  }

  /** What flushes of the key's database have seen. */
  VersionVector flushed(KeyRef key) {
    return flushes.seen(vnodeOf(key), key.db());
  }

  void recounting(VnodeRepair repair) {
    recounting = repair;
  }

  VnodeCounts counts() {
    return counts;
  }

  // ---------------------------------------------------------------- counting, walking, flushing

  /** How many keys of the database the vnode has, those expired and not yet cleared among them. */
  public long keyCount(int vnode, int db) {
    return counts.keys(vnode, db);
  }

  /** The same of all databases. */
  public long keyCount(int vnode) {
    return counts.keys(vnode);
  }

  /** How many of them have a deadline. */
  public long deadlineCount(int vnode, int db) {
    return counts.deadlines(vnode, db);
  }

  /** The same of all databases. */
  public long deadlineCount(int vnode) {
    return counts.deadlines(vnode);
  }

  /**
   * What the rows take that are not superseded: about the size of the store once compaction has dropped the rest.
   *
   * <p>Kept in step with every row, as the key counts are, so it knows at once of a DEL, however much the DEL lets go
   * of,
   * and of no write twice. Every replica counts its own.
   */
  public long rowBytes() {
    return counts.bytes();
  }

  /** The part of {@link #rowBytes} that is left of deleted keys: what tells other replicas that they are. */
  public long deadKeyBytes() {
    return counts.deadKeyBytes();
  }

  /** Restores what {@link #saveVnode} wrote of a vnode. */
  public void loadVnode(int vnode, ByteReader in) {
    loadVnode(vnode, in, true);
  }

  /** The same; {@code dots}: whether flushes have the dots of their bundles. */
  public void loadVnode(int vnode, ByteReader in, boolean dots) {
    counts.loadKeys(vnode, in);
    flushes.load(vnode, in, dots);
    counts.loadBytes(vnode, in);
  }

  /** Writes what is known of a vnode beside its rows: counts, and what a flush has seen. */
  public void saveVnode(int vnode, Bytes out) {
    counts.saveKeys(vnode, out);
    flushes.save(vnode, out);
    counts.saveBytes(vnode, out);
  }

  /** The last generation given; kept with the vnodes' records so that none is given twice. */
  public long lastGeneration() {
    return lastGeneration;
  }

  public void lastGeneration(long generation) {
    lastGeneration = Math.max(lastGeneration, generation);
  }

  /**
   * Walks the existing keys of a database from (slot, hash) on, in that order, to the end of {@code lastSlot}.
   *
   * @param visitor is given every head and says whether to go on; it is always asked at the end of a hash bucket only
   * @return where to go on: {@code slot << 32 | hash}, or -1 when the end was reached
   */
  public long walk(int db, int slot, int hash, int lastSlot, HeadVisitor visitor) {
    byte[] from = new Bytes(6).u16(slot).i32(hash).copy();
    byte[] to = slot(lastSlot + 1);
    damaged.check(from, to);
    return new HeadWalk(store, db, nowMillis, visitor).walk(from, to);
  }

  /** Sees heads on a walk. */
  @FunctionalInterface
  public interface HeadVisitor {
    /** Returns false when the walk should end. */
    boolean visit(Head head);
  }

  /** A walk over all records with disk keys from {@code from} (inclusive) to {@code to} (exclusive). */
  ByteCursor scan(byte[] from, byte[] to) {
    return store.scan(from, to, false);
  }

  /** How many keys of a database a slot has. */
  public long countInSlot(int db, int slot) {
    long[] count = {0};
    walk(db, slot, 0, slot, head -> {
      count[0]++;
      return true;
    });
    return count[0];
  }

  /** Empties a vnode's database ({@link #ALL_DBS}: all) of all that {@code seen} covers, as a command. */
  public void flush(int vnode, int db, VersionVector seen) {
    stampForWrite();
    for (Head head : List.copyOf(dirty)) {
      if (vnodeOf(head.key) == vnode && (db == ALL_DBS || db == head.key.db())) {
        clear(head);
      }
    }
    storeDirty();
    int first = vnode * slotsPerVnode;
    int last = first + slotsPerVnode - 1;
    flushSlots(first, last, db, seen, dot());
    body.flush(first, last, db, seen);
  }

  /** Forgets what {@code seen} covers in these slots, which are a vnode's. */
  void flushSlots(int firstSlot, int lastSlot, int db, VersionVector seen, VersionVector by) {
    flushes.add(firstSlot / slotsPerVnode, db, seen, by);
    passed |= new SlotFlush(this, store, damaged, db, seen).flush(slot(firstSlot), slot(lastSlot + 1));
  }
}
