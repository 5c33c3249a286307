package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowMerge;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The keys of one shard as rows over a {@link ByteStore}: the only way by which rows change.
 *
 * <p>A change comes in one of two ways, and both end in the same code. A command opens heads, writes {@link Cells},
 * and leaves a bundle's body behind ({@link #begin}, {@link #finish}); a peer's bundle body is applied
 * ({@link #apply}), and {@link PeerRows} meet what is stored. {@link Cells} and {@link StoredHeads} derive counts,
 * score orders, ranks, deadlines by time from the difference between the old row and the new one.
 *
 * <pre>
 * disk key : slot u16 | hash u32 | db u8 | length varint | key | 0x00                            a head
 *          | … | 0x01 | generation u48 | kind u8 (dead rows: | 0x80) | sub-key                   a sub-row
 *          | 0x8000+vnode u16 | deadline u64 | a head's disk key                                 a deadline
 *          | 0x8000+vnode u16 | 0xFF | a head's disk key                              something collectable
 * </pre>
 *
 * <p>A collection's sub-rows carry the head's generation, a number given anew on this disk whenever a key gets its
 * first sub-row: a DEL that has seen all of them forgets the generation and so lets go of any number of rows at once;
 * compaction drops them later. Not thread-safe: one shard's loop owns it.
 */
public final class Keyspace {

  /** FLUSH of this database means all of them. */
  public static final int ALL_DBS = 255;

  /** Records whose key begins with this or more belong to this node alone. */
  static final int LOCAL_PREFIX = 0x8000;

  static final int KIND_STRING = ValueType.STRING.kind();
  static final int KIND_DEADLINE = 'X';

  private final LatePuts store;
  private final KeyLocator locator;
  private final LongSupplier wallMillis;
  private final int slotsPerVnode;
  private final int dbs;
  private final DamagedRanges damaged = new DamagedRanges();
  private AccessSketch accesses;
  final Flushes flushes = new Flushes();
  private final StoredHeads heads;
  private final PeerRows peer;

  /** The heads that the present command has opened: nearly always one. */
  private Head firstOpened;

  /** Where the first of them was found. */
  private final FoundBytes firstFound = new FoundBytes();

  private final Map<KeyRef, Head> opened = new HashMap<>();
  final RecentHeads recent = new RecentHeads();
  private final List<Head> dirty = new ArrayList<>();

  /** A head whose last changes, of what is counted of its rows only, are not stored before the turn ends; or null. */
  private Head late;
  private boolean inTurn;
  private long nowMillis;
  final OpenBundle bundle = new OpenBundle();
  final Cells cells;
  final StringRows strings = new StringRows(this);
  private final PlainStrings plain;
  private final KeysAhead ahead;
  final PlainMembers members;
  Rules rules = Rules.SOUND;

  /** Whether it is a bundle that opens heads, not a command. */
  private boolean applying;

  /** Whether what was done last, a bundle or a command's flush, has passed damaged keys by. */
  private boolean passed;

  /**
   * @param slotsPerVnode how many neighbouring slots make a vnode
   * @param vnodes how many vnodes the ring has; key counts are kept for each
   */
  public Keyspace(ByteStore bytes, KeyLocator locator, int slotsPerVnode, int vnodes, int dbs, LongSupplier wallMillis) {
    this.store = new LatePuts(bytes);
    this.locator = locator;
    this.slotsPerVnode = slotsPerVnode;
    this.dbs = dbs;
    this.wallMillis = wallMillis;
    this.heads = new StoredHeads(store, damaged, vnodes, slotsPerVnode, dbs);
    this.cells = new Cells(this, store, bundle, heads.trees());
    this.plain = new PlainStrings(this, store, locator, bundle, heads);
    this.members = new PlainMembers(this, store, bundle, heads);
    this.ahead = new KeysAhead(store, heads, locator, recent);
    this.peer = new PeerRows(this, store, locator, bundle, cells);
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

  // ---------------------------------------------------------------- a command's frame

  /** Starts a command: what it writes will carry this dot; {@code stamps} gives its HLC stamp if it writes at all. */
  public void begin(long actor, long seq, LongSupplier stamps) {
    bundle.begin(actor, seq, stamps);
    passed = false;
    nowMillis = wallMillis.getAsLong();
  }

  /**
   * Starts a turn: commands that push to one list one behind the other, or pop from it, store its head once. Until
   * {@link #endTurn}, or until vnodes' records are saved, the store may lag behind: it must be read by way of this.
   */
  public void beginTurn() {
    inTurn = true;
  }

  /** Ends a turn: everything is stored. */
  public void endTurn() {
    inTurn = false;
    storeLate();
    store.flush();
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
      storeNowOrLater(head);
    }
    if (dirty.isEmpty() && firstOpened != null) {
      recent.read(firstOpened);
    }
    dirty.clear();
    forgetOpened();
    return bundle.body().finish();
  }

  /** The bundle's body after {@link #finish}; valid until the next {@link #begin}. */
  public Bytes body() {
    return bundle.body().bytes();
  }

  /** The bundle's HLC stamp; 0 if nothing was written. */
  public long stamp() {
    return bundle.stamp();
  }

  /** Has the head stored at the end of the command; a bundle comes of it only if something shipped was written too. */
  void markDirty(Head head) {
    if (head == late) {
      storeLate();
    }
    head.waits = false;
    mark(head);
  }

  /** The same where nothing changes but what is counted of a collection's rows: that may wait until the turn ends. */
  void markCounted(Head head) {
    head.waits = head.dirty ? head.waits : head.generation != 0;
    mark(head);
  }

  private void mark(Head head) {
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

  /** The same where the slot is known, or {@link KeyLocator#ANY_SLOT}. */
  public KeyRef locate(int db, int slot, byte[] buffer, int offset, int length) {
    return locator.locate(db, slot, buffer, offset, length);
  }

  /** The key's head, the same one however often a command asks; one that nothing is known of is blank. */
  public Head open(KeyRef key) {
    if (accesses != null) {
      accesses.touch(key);
    }
    return peek(key);
  }

  /** The same for a key that is not located yet: its slot, or {@link KeyLocator#ANY_SLOT}. */
  public Head open(int db, int slot, byte[] buffer, int offset, int length) {
    Head known = firstOpened == null ? recent.look(locator, db, slot, buffer, offset, length) : null;
    return open(known == null ? locator.locate(db, slot, buffer, offset, length) : known.key);
  }

  /** The same, but it is not counted as a use of the key. */
  public Head peek(KeyRef key) {
    if (!damaged.isEmpty() && !applying) {
      damaged.check(key);
    }
    if (firstOpened == null) {
      firstFound.forget();
      firstOpened = load(key, firstFound);
      return firstOpened;
    }
    if (firstOpened.key.equals(key)) {
      return firstOpened;
    }
    return opened.computeIfAbsent(key, this::load);
  }

  /** The short way to strings, for commands. */
  public PlainStrings plain() {
    return plain;
  }

  /** The look at requests to come. */
  public KeysAhead ahead() {
    return ahead;
  }

  /** Whether all that is known of the keys stands in the store, and can be read there. */
  boolean nothingOpen() {
    return firstOpened == null && damaged.isEmpty();
  }

  /** Where uses of keys are noted from now on; null for nowhere. */
  public void accesses(AccessSketch sketch) {
    accesses = sketch;
  }

  public AccessSketch accesses() {
    return accesses;
  }

  Head load(KeyRef key) {
    return load(key, null);
  }

  private Head load(KeyRef key, FoundBytes found) {
    if (late != null && (found == null || !late.key.equals(key) || !damaged.isEmpty())) {
      storeLate();
    }
    if (!damaged.isEmpty()) {
      recent.clear(); // rows may go without anybody's telling the heads
    }
    Head head = recent.take(key);
    if (head == null && late != null) {
      head = late; // another came into its place
    }
    if (head != null) {
      return recent.loaded(head.reopened(nowMillis));
    }
    byte[] disk = key.disk();
    byte[] stored;
    if (found == null) {
      stored = store.get(disk, disk.length);
    } else {
      store.find(disk, disk.length, found);
      stored = found.copy();
    }
    return recent.loaded(stored == null ? new Head(key, nowMillis) : new Head(key, nowMillis, stored));
  }

  /** Removes up to so many records of any kind between two disk keys, as they are; returns whether none is left. */
  public boolean purge(byte[] from, byte[] to, int recordsMax) {
    storeLate();
    recent.clear();
    return VnodeRepair.purge(store, from, to, recordsMax);
  }

  private void forgetOpened() {
    firstOpened = null;
    if (!opened.isEmpty()) {
      opened.clear();
    }
  }

  /**
   * Must precede a command's writes to a head: what is left of a key that expired, or that this command or two
   * replicas at once have emptied, is cleared in the same bundle, its deadline with it.
   */
  void touch(Head head) {
    if (head.expired() || !head.parts.isEmpty() && !head.anyLive()) {
      clear(head);
    }
  }

  /**
   * Deletes the key as its executing replica sees it: all that is known of it dies, what is not known of it survives.
   *
   * <p>What this very bundle had written to the key is taken out of the bundle: the clear cannot name its own dot, or
   * it would take what the bundle writes afterwards too.
   */
  void clear(Head head) {
    markDirty(head); // before anything is read: what meets damage is taken out of the bundle by it
    VersionVector all = head.seen();
    VersionVector seen = bundle.without(all);
    Row string = head.string();
    bundle.body().forget(head);
    bundle.body().clear(head, seen);
    bundle.stampForWrite();
    dropSeen(head, seen, all);
    head.clearedBy = head.clearedBy.join(bundle.dot());
    if (string != null && (string.counts() || string.hasFloor())) {
      putString(head, RowMerge.prune(Row.written(string, bundle.tombstone()), head.clear, true));
    }
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

  void putString(Head head, Row row) {
    bundle.noteRewrite(head.string());
    storeString(head, row);
  }

  void storeString(Head head, Row row) {
    head.string(row);
    markDirty(head);
    bundle.body().row(head, KIND_STRING, Sibling.NOTHING, row);
  }

  /** Sets (0: takes away) the deadline of a key that exists. */
  public void setDeadline(Head head, long deadlineMillis) {
    if (head.type() == ValueType.STRING) {
      strings.deadline(head, deadlineMillis);
      return;
    }
    Sibling set = deadlineMillis == 0 ? bundle.tombstone() : bundle.sibling(Sibling.NOTHING, deadlineMillis);
    bundle.noteRewrite(head.deadline);
    head.deadline = Row.written(head.deadline, set);
    markDirty(head);
    bundle.body().row(head, KIND_DEADLINE, Sibling.NOTHING, head.deadline);
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

  // ---------------------------------------------------------------- a peer's bundle

  /**
   * Applies the body of a bundle with this dot; rows meet through {@link RowMerge}. What is said of keys in a closed
   * damaged range is passed by; returns whether there was such a key. May be repeated.
   */
  public boolean apply(long actor, long seq, ByteReader in) {
    return apply(actor, seq, in, VersionVector.EMPTY);
  }

  /**
   * The same for a bundle whose writer may not have seen all of {@code horizon}, which has been collected here: what
   * its rows carry of others' writes, if those are in the horizon and not here, was superseded.
   */
  public boolean apply(long actor, long seq, ByteReader in, VersionVector horizon) {
    bundle.applying(actor, seq);
    nowMillis = wallMillis.getAsLong();
    applying = true;
    passed = false;
    try {
      peer.apply(in, horizon);
      return passed;
    } finally {
      applying = false;
    }
  }

  /**
   * Applies the rows of a replica that has seen {@code seen}, in place of all rows here that it had seen: between two
   * disk keys, the second exclusive.
   */
  public boolean replace(byte[] from, byte[] to, VersionVector seen, ByteReader in) {
    storeLate();
    return peer.replace(from, to, seen, in);
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

  /** How often rows have met that had not seen each other. */
  public MergedConflicts conflicts() {
    return peer.conflicts();
  }

  // ---------------------------------------------------------------- rows for another replica

  /**
   * Writes a vnode's rows as bundle operations, from {@code place} on (empty: the beginning) until about
   * {@code maxBytes} are written. Returns where to go on, empty at the end. Applying all parts makes another replica
   * know what this one knows.
   */
  public byte[] export(int vnode, byte[] place, int maxBytes, Bytes out) {
    int firstSlot = vnode * slotsPerVnode;
    return export(vnode, place.length == 0 ? slot(firstSlot) : place, slot(firstSlot + slotsPerVnode), maxBytes, out);
  }

  /** The same up to a disk key, exclusive. */
  public byte[] export(int vnode, byte[] from, byte[] to, int maxBytes, Bytes out) {
    storeLate();
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
    if (head == late) {
      late = null;
    }
    head.settle(this);
    heads.store(head, vnodeOf(head.key), head == firstOpened ? firstFound : null);
    recent.stored(head);
  }

  /** Whether the head, and rows put with it, will be stored before anybody reads them. */
  boolean isLate(Head head) {
    return head == late;
  }

  private void storeNowOrLater(Head head) {
    if (!head.waits || !inTurn || !head.counted || !head.counts() || !damaged.isEmpty() || heads.watched()) {
      store(head);
      return;
    }
    if (head != late) {
      storeLate();
    }
    head.settle(this);
    head.dirty = false;
    late = head;
    recent.stored(head);
  }

  /** Stores what waits for the turn's end; if the present command is changing that head, it will be stored again. */
  void storeLate() {
    Head head = late;
    if (head != null) {
      late = null;
      boolean changing = head.dirty;
      heads.store(head, vnodeOf(head.key), null);
      head.dirty = changing;
    }
  }

  int vnodeOf(KeyRef key) {
    return key.slot() / slotsPerVnode;
  }

  /**
   * Whether this node alone has the vnode: then nothing that was deleted can come back from anybody, so deleted keys
   * leave nothing behind, unless compaction still has rows of theirs to drop.
   */
  public void alone(int vnode, boolean alone) {
    heads.alone(vnode, alone);
  }

  public boolean isAlone(int vnode) {
    return heads.isAlone(vnode);
  }

  boolean isAlone(KeyRef key) {
    return isAlone(vnodeOf(key));
  }

  /** The next key of the vnode whose deadline has passed by {@code nowMillis}, or null. */
  public KeyRef due(int vnode, long nowMillis) {
    return heads.deadlines().due(vnode, nowMillis);
  }

  /** The keys that have a deadline, by time. */
  public DeadlineIndex deadlines() {
    return heads.deadlines();
  }

  PastIndex past() {
    return heads.past();
  }

  /** Whether the vnode may have something that {@link #pastWalk} lets go of. */
  public boolean hasPast(int vnode) {
    return !heads.past().isEmpty(vnode) || flushes.any(vnode);
  }

  /** Whether a walk may find more than the last one, under the same clock. */
  public boolean pastChanged(int vnode) {
    return heads.past().changed(vnode) || flushes.any(vnode);
  }

  /**
   * A walk that lets go of what is kept of a vnode's keys for other replicas' sake only, as far as all of them are
   * known to hold it. {@code clock}: all that this one holds.
   */
  public PastWalk pastWalk(int vnode, VersionVector stable, VersionVector clock) {
    storeLate();
    flushes.forget(vnode, stable);
    heads.past().walked(vnode);
    return new PastWalk(this, store, vnode, stable, clock);
  }

  // ---------------------------------------------------------------- damage

  /** The ranges whose rows cannot be read. */
  public DamagedRanges damaged() {
    return damaged;
  }

  /**
   * After damage was met in the midst of a command or a bundle, and is in {@link #damaged}: lets go of what was begun
   * of the damaged keys. What was changed of others stays: a command's bundle has it, a bundle is applied again.
   */
  public void abandonDamaged() {
    storeLate();
    recent.clear();
    for (Head head : List.copyOf(dirty)) {
      if (damaged.hides(head.key)) {
        dirty.remove(head);
        head.dirty = false;
        bundle.body().forget(head);
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
    storeLate();
    return new VnodeRepair(this, store, vnode);
  }

  /** The digests of what lives in the vnodes. */
  public MerkleTrees trees() {
    storeLate();
    return heads.trees();
  }

  /** What flushes of the key's database have seen. */
  VersionVector flushed(KeyRef key) {
    return flushes.seen(vnodeOf(key), key.db());
  }

  /** What clears of the key and flushes of its database have seen. */
  VersionVector cleared(Head head) {
    return flushes.isEmpty() ? head.clear : head.clear.join(flushed(head.key));
  }

  void recounting(VnodeRepair repair) {
    storeLate();
    heads.recounting(repair);
  }

  VnodeCounts counts() {
    return heads.counts();
  }

  // ---------------------------------------------------------------- counting, walking, flushing

  /** How many keys of the database the vnode has, those expired and not yet cleared among them. */
  public long keyCount(int vnode, int db) {
    return heads.counts().keys(vnode, db);
  }

  /** The same of all databases. */
  public long keyCount(int vnode) {
    return heads.counts().keys(vnode);
  }

  /** How many of them have a deadline. */
  public long deadlineCount(int vnode, int db) {
    return heads.counts().deadlines(vnode, db);
  }

  /** The same of all databases. */
  public long deadlineCount(int vnode) {
    return heads.counts().deadlines(vnode);
  }

  /**
   * What the rows take that are not superseded: about the size of the store once compaction has dropped the rest. In
   * step with every row, as the key counts are; with a head that waits for the turn's end, then. Each replica counts its own.
   */
  public long rowBytes() {
    return heads.counts().bytes();
  }

  /** The same of one vnode. */
  public long rowBytes(int vnode) {
    return heads.counts().bytes(vnode);
  }

  /** The part of {@link #rowBytes} that is left of deleted keys: what tells other replicas that they are. */
  public long deadKeyBytes() {
    return heads.counts().deadKeyBytes();
  }

  /** Restores what {@link #saveVnode} wrote of a vnode. */
  public void loadVnode(int vnode, ByteReader in) {
    loadVnode(vnode, in, true);
  }

  /** The same; {@code dots}: whether flushes have the dots of their bundles. */
  public void loadVnode(int vnode, ByteReader in, boolean dots) {
    heads.counts().loadKeys(vnode, in);
    flushes.load(vnode, in, dots);
    heads.counts().loadBytes(vnode, in);
  }

  /** Writes what is known of a vnode beside its rows: counts, and what a flush has seen. */
  public void saveVnode(int vnode, Bytes out) {
    storeLate();
    heads.counts().saveKeys(vnode, out);
    flushes.save(vnode, out);
    heads.counts().saveBytes(vnode, out);
  }

  /** The last generation given; kept with the vnodes' records so that none is given twice. */
  public long lastGeneration() {
    return cells.lastGeneration();
  }

  public void lastGeneration(long generation) {
    cells.lastGeneration(generation);
  }

  /**
   * Walks the existing keys of a database from (slot, hash) on, in that order, to the end of {@code lastSlot}.
   *
   * @param visitor is given every head and says whether to go on; it is always asked at the end of a hash bucket only
   * @return where to go on: {@code slot << 32 | hash}, or -1 when the end was reached
   */
  public long walk(int db, int slot, int hash, int lastSlot, HeadVisitor visitor) {
    storeLate();
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
    storeLate();
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
    bundle.stampForWrite();
    bundle.body().keys(locator).forEach(key -> markDirty(peek(key)));
    for (Head head : List.copyOf(dirty)) {
      if (vnodeOf(head.key) == vnode && (db == ALL_DBS || db == head.key.db())) {
        clear(head);
      }
    }
    storeDirty();
    int first = vnode * slotsPerVnode;
    int last = first + slotsPerVnode - 1;
    flushSlots(first, last, db, seen, bundle.dot());
    bundle.body().flush(first, last, db, seen);
  }

  /** Forgets what {@code seen} covers in these slots, which are a vnode's. */
  void flushSlots(int firstSlot, int lastSlot, int db, VersionVector seen, VersionVector by) {
    storeLate();
    flushes.add(firstSlot / slotsPerVnode, db, seen, by);
    passed |= new SlotFlush(this, store, damaged, db, seen).flush(slot(firstSlot), slot(lastSlot + 1));
  }
}
