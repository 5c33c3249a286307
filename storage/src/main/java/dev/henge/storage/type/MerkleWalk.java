package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.row.RowDigest;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * A walk over a vnode's rows as the disk has them, in steps, that makes the vnode's tree anew and compares it with
 * the one that was kept.
 *
 * <p>Two things can be wrong. What a head says of its sub-rows (their digest, how many live, how many are dead) may
 * not be what they are: a sub-row's bytes have changed under the store. Then the head is put right, which moves the
 * tree. And a leaf may not be the XOR of what its heads say: a head's bytes have changed, the record of the tree was
 * not the rows', or there was none. Then, at the end, the leaf is put right. Either way the tree says afterwards what
 * is there, and the next comparison with another owner finds the row.
 *
 * <p>Rows change between the steps. What lies before {@link #place} has been counted, so a change there is added to
 * what was found ({@link #headMoved}, {@link #rowMoved}); what lies behind will be met as it is then. A key whose
 * sub-rows fill several steps is the only one that can change half counted: its rows are told apart by their disk
 * keys, too. A DEL gives the key another generation, whose rows lie behind.
 */
public final class MerkleWalk {

  private final Keyspace keyspace;
  private final int vnode;
  private final byte[] begin;
  private final byte[] end;

  /** Up to where the walk has come; exclusive. */
  private byte[] place;

  private final long[] leaves = new long[MerkleTree.LEAVES];

  /** The key whose sub-rows are being read; null between keys. */
  private Head head;

  private long generation;

  /** Of that key: what was found of each kind, by its byte. */
  private final Map<Integer, Tally> found = new TreeMap<>();

  private long rows;
  private long keysWrong;
  private int leavesWrong;

  private static final class Tally {
    long live;
    long dead;
    long digest;
  }

  /** Begins a walk; it ends with the last {@link #step} or with {@link #stop}. */
  public MerkleWalk(Keyspace keyspace, int vnode) {
    this.keyspace = keyspace;
    this.vnode = vnode;
    this.begin = keyspace.rangeOf(vnode)[0];
    this.end = keyspace.rangeOf(vnode)[1];
    this.place = begin;
    keyspace.trees().began(this);
  }

  public int vnode() {
    return vnode;
  }

  /** Walks on over so many records; true at the end, when the tree says what the rows are. */
  public boolean step(int recordsMax) {
    try (ByteCursor cursor = keyspace.scan(place, end)) {
      for (int left = recordsMax; left > 0; left--) {
        if (!cursor.next()) {
          endKey();
          finish();
          return true;
        }
        record(cursor);
        rows++;
      }
    }
    return false;
  }

  private void record(ByteCursor cursor) {
    byte[] disk = cursor.key();
    if (head != null && head.key.owns(disk)) {
      row(disk, cursor.value());
    } else {
      endKey();
      if (KeyRef.isHead(disk)) {
        beginKey(new Head(KeyRef.ofDisk(disk), keyspace.nowMillis(), cursor.value()));
      }
    }
    place = Arrays.copyOf(disk, disk.length + 1);
  }

  private void beginKey(Head met) {
    leaves[keyspace.trees().leafOf(vnode, met.key)] ^= met.storedDigest();
    if (!met.parts.isEmpty()) {
      head = met;
      generation = met.generation;
      met.parts.forEach(part -> tally(part.kind));
    }
  }

  private Tally tally(int kind) {
    return found.computeIfAbsent(kind, k -> new Tally());
  }

  private void row(byte[] disk, byte[] value) {
    int generationAt = head.key.disk().length;
    int kindAt = generationAt + DiskKeys.GENERATION_BYTES;
    int area = disk[kindAt] & 0xFF;
    Tally tally = found.get(area & ~DiskKeys.DEAD);
    if (DiskKeys.generationIn(disk, generationAt) != generation || tally == null) {
      return;
    }
    if ((area & DiskKeys.DEAD) != 0) {
      tally.dead++;
      return;
    }
    tally.live++;
    try {
      tally.digest ^= RowDigest.of(Cell.seed(head, area, disk, kindAt + 1), value);
    } catch (FormatException | IndexOutOfBoundsException e) {
      tally.digest ^= 1; // no row at all: it counts as one that differs
    }
  }

  private void endKey() {
    if (head == null) {
      return;
    }
    Head now = keyspace.load(head.key);
    head = null;
    boolean wrong = false;
    for (Part part : now.parts) {
      Tally tally = found.getOrDefault(part.kind, new Tally());
      wrong |= part.digest != tally.digest || part.live != tally.live || part.dead != tally.dead;
      part.digest = tally.digest;
      part.live = tally.live;
      part.dead = tally.dead;
    }
    found.clear();
    if (wrong || !now.digestsKnown && !now.parts.isEmpty()) {
      keysWrong += now.digestsKnown ? 1 : 0;
      now.digestsKnown = true;
      keyspace.store(now);
    }
  }

  private void finish() {
    MerkleTree tree = keyspace.trees().of(vnode);
    leavesWrong = tree.known() ? tree.differing(leaves).cardinality() : 0;
    tree.set(leaves);
    stop();
  }

  /** Gives the walk up, or ends it. */
  public void stop() {
    keyspace.trees().ended(this);
  }

  // ---------------------------------------------------------------- changes meanwhile

  void headMoved(Head moved, long difference) {
    if (keyspace.vnodeOf(moved.key) != vnode || Arrays.compareUnsigned(moved.key.disk(), place) >= 0) {
      return;
    }
    leaves[keyspace.trees().leafOf(vnode, moved.key)] ^= difference;
    if (head != null && head.key.equals(moved.key)) {
      if (moved.generation != generation) {
        generation = moved.generation;
        found.clear();
      }
      moved.parts.forEach(part -> tally(part.kind));
    }
  }

  void rowMoved(Cell cell, long difference, int moreLive, int moreDead) {
    if (head == null || cell.head.generation != generation || !head.key.equals(cell.head.key)) {
      return;
    }
    Tally tally = tally(cell.part.kind);
    if (Arrays.compareUnsigned(cell.liveKey, place) < 0) {
      tally.digest ^= difference;
      tally.live += moreLive;
    }
    if (moreDead != 0 && Arrays.compareUnsigned(DiskKeys.deadKey(cell.liveKey, cell.part.kind), place) < 0) {
      tally.dead += moreDead;
    }
  }

  // ---------------------------------------------------------------- what came of it

  /** Records walked over so far. */
  public long rows() {
    return rows;
  }

  /** Keys whose head did not say what their sub-rows are. */
  public long keysWrong() {
    return keysWrong;
  }

  /** At the end: leaves that were kept otherwise than the heads say; 0 if the tree was not known before. */
  public int leavesWrong() {
    return leavesWrong;
  }

  /** How much of the vnode's range lies behind, 0 to 1. */
  public double progress() {
    long from = place(begin);
    long to = place(end);
    return Math.min(1, (place(place) - from) / (double) (to - from));
  }

  private static long place(byte[] disk) {
    return new ByteReader(Arrays.copyOf(disk, Math.max(disk.length, 6))).i48();
  }
}
