package dev.henge.ring.repair;

import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.Message.KeyRows;
import dev.henge.ring.replica.Message.KeyRows.Purpose;
import dev.henge.ring.replica.Message.Verdict;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.KeyCopies;
import dev.henge.storage.type.ReplicaRows;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A closer look at one vnode whose root differs from another owner's, step by step: all leaves; the key digests of
 * each leaf that differs, in pages; the rows of each key that differs, of all owners that can be reached, in pages. A
 * node has one under way at a time.
 *
 * <p>Leaves and keys are judged by the peer, at the clock that comes with them. If it is not there any more, the look
 * is given up: most of the time that is a write that was not executed here. The rows of all owners come together
 * here, and are decided if the peer's clock still is the own when the last of them has come; on a vnode that is
 * written to all the time that may take a few looks.
 */
final class Inspection {

  private static final Logger LOG = LoggerFactory.getLogger(Inspection.class);

  /** Keys with their digests in one message. */
  private static final int PAGE_KEYS = 512;

  private static final int LEAVES_BYTES = 1_100;

  private final AntiEntropy work;
  private final RepairSite site;
  private final AntiEntropy.Pair pair;
  private final int vnode;
  private final List<String> owners;
  private long deadlineNanos;

  /** What is to be done as soon as the budget allows. */
  private Runnable next;

  // leaves and keys
  private BitSet leaves;
  private int leaf;
  private byte[] from;
  private byte[] end;
  private byte[] pageEnd;
  private boolean awaitsLeaves;
  private boolean awaitsKeys;

  // rows
  private final Deque<byte[]> keys = new ArrayDeque<>();
  private byte[] key;
  private byte[] place;
  private byte[] placeEnd;
  private Page[] pages;
  private final BitSet awaited = new BitSet();
  private boolean anyKey;
  private boolean over;

  // what came of it
  private int outvoted;
  private int drawn;
  private int open;
  private final int[] mended;

  Inspection(AntiEntropy work, AntiEntropy.Pair pair) {
    this.work = work;
    this.site = work.site;
    this.pair = pair;
    this.vnode = pair.vnode;
    this.owners = site.owners(pair.vnode);
    this.mended = new int[owners.size()];
  }

  AntiEntropy.Pair pair() {
    return pair;
  }

  void begin() {
    then(this::sendLeaves);
  }

  /** Goes on with a step now, or when the budget allows. */
  private void then(Runnable step) {
    if (over) {
      return;
    }
    next = step;
    deadlineNanos = Long.MAX_VALUE;
    go();
  }

  private void go() {
    while (next != null && work.budget.allows() && !over) {
      Runnable step = next;
      next = null;
      step.run();
    }
  }

  /** Ends without an answer. */
  void stop() {
    end(false);
  }

  void tick() {
    if (!work.comparable(vnode)) {
      end(false);
    } else if (next != null) {
      try {
        go();
      } catch (CorruptTableException e) {
        end(false);
        site.met(e);
      } catch (DamagedRowsException e) {
        end(false);
      }
    } else if (work.nowNanos() >= deadlineNanos) {
      if (awaited.isEmpty()) {
        end(false);
      } else {
        awaited.clear();
        then(this::decide);
      }
    }
  }

  private void end(boolean whole) {
    if (!over) {
      over = true;
      next = null;
      log();
      work.ended(pair, whole, open > 0);
    }
  }

  private void send(Message message, long bytes) {
    work.budget.spend(bytes);
    deadlineNanos = work.nowNanos() + AntiEntropy.ANSWER_NANOS;
    if (!site.send(owners.get(pair.owner), message)) {
      end(false);
    }
  }

  // ---------------------------------------------------------------- leaves and keys

  private void sendLeaves() {
    awaitsLeaves = true;
    send(new Message.TreeLeaves(vnode, site.clock(vnode), work.tree(vnode).leaves()), LEAVES_BYTES);
  }

  void answered(String peer, Message message) {
    if (over || !peer.equals(owners.get(pair.owner))) {
      return;
    }
    if (message instanceof Message.TreeDiffers m && awaitsLeaves && m.vnode() == vnode) {
      awaitsLeaves = false;
      if (m.verdict() != Verdict.DIFFERENT) {
        end(false);
        return;
      }
      leaves = m.leaves();
      leaf = -1;
      then(this::nextLeaf);
    } else if (message instanceof Message.KeysDiffer m && awaitsKeys && m.vnode() == vnode && Arrays.equals(m.from(), from)) {
      awaitsKeys = false;
      if (m.verdict() != Verdict.DIFFERENT) {
        end(false);
        return;
      }
      keys.addAll(m.keys().stream().filter(k -> work.rows.within(vnode, k, k)).toList());
      anyKey |= !keys.isEmpty();
      work.found(pair, keys.size());
      from = pageEnd;
      then(this::nextKey);
    }
  }

  private void nextLeaf() {
    leaf = leaves.nextSetBit(leaf + 1);
    if (leaf < 0) {
      if (!anyKey && !leaves.isEmpty()) {
        work.scrub.soon(vnode); // the keys are equal, so a tree is wrong: if it is this one, reading all rows tells
      }
      end(true);
      return;
    }
    byte[][] range = work.rows.leaf(vnode, leaf);
    from = range[0];
    end = range[1];
    sendKeys();
  }

  private void sendKeys() {
    ReplicaRows.Page page = work.rows.page(from, end, PAGE_KEYS);
    work.check(vnode, leaf, page);
    pageEnd = page.to();
    long[] digests = page.keys().stream().mapToLong(ReplicaRows.KeyDigest::digest).toArray();
    List<byte[]> names = page.keys().stream().map(ReplicaRows.KeyDigest::key).toList();
    awaitsKeys = true;
    send(new Message.KeyDigests(vnode, site.clock(vnode), leaf, from, pageEnd, names, digests),
        64 + names.stream().mapToLong(name -> name.length + 10).sum());
  }

  // ---------------------------------------------------------------- rows

  private void nextKey() {
    key = keys.pollFirst();
    if (key != null) {
      place = new byte[0];
      wantRows();
    } else if (Arrays.compareUnsigned(from, end) < 0) {
      sendKeys();
    } else {
      nextLeaf();
    }
  }

  private void wantRows() {
    pages = new Page[owners.size()];
    placeEnd = new byte[0];
    awaited.clear();
    KeyRows wanted = new KeyRows(Purpose.WANTED, vnode, site.clock(vnode), key, place, new byte[0], 0, new byte[0]);
    for (int i = 0; i < owners.size(); i++) {
      if (i != site.selfIndex(vnode) && site.reachable(owners.get(i)) && site.send(owners.get(i), wanted)) {
        awaited.set(i);
        work.budget.spend(key.length + 64L);
      }
    }
    deadlineNanos = work.nowNanos() + AntiEntropy.ANSWER_NANOS;
    if (awaited.isEmpty()) {
      end(false);
    }
  }

  /** An owner's rows, or its word that it cannot tell. */
  void rows(String peer, KeyRows m) {
    int owner = owners.indexOf(peer);
    if (over || owner < 0 || !awaited.get(owner) || m.vnode() != vnode || !Arrays.equals(m.key(), key)
        || !Arrays.equals(m.place(), place)) {
      return;
    }
    awaited.clear(owner);
    work.budget.spend(m.body().length);
    if (m.purpose() == Purpose.HELD && (site.clock(vnode).covers(m.clock()) || work.mayTake(vnode, m.clock()))) {
      pages[owner] = new Page(m.body(), m.next(), m.clock());
    }
    if (awaited.isEmpty()) {
      then(this::decide);
    }
  }

  private void take(KeyCopies copies, int owner, Page page) {
    try {
      copies.add(owner, page.body(), work.mayTake(vnode, page.clock()));
      if (page.next().length > 0 && (placeEnd.length == 0 || Arrays.compareUnsigned(page.next(), placeEnd) < 0)) {
        placeEnd = page.next();
      }
    } catch (FormatException | IndexOutOfBoundsException e) {
      LOG.error("vnode {}: rows of {} cannot be read: {}", vnode, owners.get(owner), e.toString());
    }
  }

  private void decide() {
    if (pages[pair.owner] == null || !work.mayTake(vnode, pages[pair.owner].clock())) {
      end(false); // something was written meanwhile: we look again
      return;
    }
    Bytes own = new Bytes(1024);
    byte[] until = work.rows.exportKey(key, place, AntiEntropy.ROWS_PAGE_BYTES, own);
    pages[site.selfIndex(vnode)] = new Page(own.copy(), until, site.clock(vnode));
    KeyCopies copies = new KeyCopies(key, owners.size(), seen());
    for (int i = 0; i < pages.length; i++) {
      if (pages[i] != null) {
        take(copies, i, pages[i]);
      }
    }
    copies.before(placeEnd);
    KeyCopies.Verdict verdict = copies.decide();
    add(verdict);
    VersionVector clock = site.clock(vnode);
    for (int i = 0; i < owners.size(); i++) {
      if (verdict.mend()[i] != null) {
        mend(i, clock, verdict.mend()[i], verdict.rows()[i]);
      }
    }
    if (placeEnd.length > 0) {
      place = placeEnd;
      then(this::wantRows);
    } else {
      then(this::nextKey);
    }
  }

  /** What whoever decides has seen. */
  private VersionVector seen() {
    VersionVector seen = site.clock(vnode);
    for (int i = 0; site.rules().broken(Mutant.GRAFTED_PAST_THE_CLOCK) && i < pages.length; i++) {
      seen = pages[i] == null ? seen : seen.join(pages[i].clock());
    }
    return seen;
  }

  /** A page of one key's rows, where the next begins, and what its owner had seen. */
  private record Page(byte[] body, byte[] next, VersionVector clock) {}

  private void mend(int owner, VersionVector clock, byte[] body, int rows) {
    if (owner == site.selfIndex(vnode)) {
      work.take(vnode, clock, body);
      work.repaired(pair, rows);
    } else {
      site.send(owners.get(owner), new KeyRows(Purpose.MEND, vnode, clock, key, place, new byte[0], rows, body));
      work.budget.spend(body.length + key.length + 64L);
    }
  }

  private void add(KeyCopies.Verdict verdict) {
    outvoted += verdict.outvoted();
    drawn += verdict.drawn();
    open += verdict.open();
    for (int i = 0; i < mended.length; i++) {
      mended[i] += verdict.rows()[i];
    }
    work.voted(verdict.outvoted(), verdict.drawn(), verdict.open());
  }

  /** One line for all keys, however many they were. */
  private void log() {
    String rows = Arrays.toString(mended);
    if (drawn > 0) {
      LOG.error("vnode {}: {} rows have different contents under one name and no majority of the owners agrees: the contents were chosen by rule, and may be "
          + "the wrong ones; rows mended by owner {} of {}", vnode, drawn, rows, owners);
    }
    if (outvoted > 0) {
      LOG.error("vnode {}: {} rows were otherwise with an owner that has seen the same as the others, so its disk has changed them: the majority's "
          + "stand; rows mended by owner {} of {}", vnode, outvoted, rows, owners);
    } else if (Arrays.stream(mended).sum() > 0) {
      LOG.warn("vnode {}: owners that had seen the same had not the same rows: rows mended by owner {} of {}", vnode, rows, owners);
    }
    if (open > 0) {
      LOG.error("vnode {}: {} rows have different contents under one name, and an owner that could decide it is missing", vnode, open);
    }
  }
}
