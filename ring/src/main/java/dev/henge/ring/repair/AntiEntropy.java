package dev.henge.ring.repair;

import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.Message.KeyRows;
import dev.henge.ring.replica.Message.KeyRows.Purpose;
import dev.henge.ring.replica.Message.Verdict;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.MerkleTree;
import dev.henge.storage.type.ReplicaRows;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The comparison of replicas in the background: finds rows that are not the same though the replicas have seen the
 * same, and makes them the same.
 *
 * <p>The log brings replicas together ({@code CatchUp}); this verifies that it did, and mends what no log can: a disk
 * that gave other bytes than it was given, a row that was lost, an error of ours. The way of it is Dynamo's (DeCandia
 * and others, 2007): trees of digests (Merkle, 1987), the root first, and downwards only where they differ. What is
 * compared, and when, is decided by five rules:
 *
 * <ol>
 *   <li><b>At equal clocks only.</b> The acting primary of a vnode asks the other owners one by one, and sends its
 * clock with its root. Messages and bundles to a peer travel in one order, so even a busy vnode's owner has just then
 * seen what the primary had. Clocks that differ say that bundles are on their way, or that the log will have to be
 * pulled: nothing is concluded, and we look again later.
 *   <li><b>Look twice.</b> A difference of roots is believed when it is there again a moment later.
 *   <li><b>Leaves, keys, rows</b> ({@link Inspection}), each step again at equal clocks. The digests have only what
 * lives, so replicas that have let go of tombstones, clears, contexts or floors at different moments are equal.
 *   <li><b>Never graft past the clock.</b> Rows are taken at equal clocks, too. A row from further ahead would bring
 * the effects of bundles that are not on the own log. A row from behind may have been overwritten, and what told so
 * collected.
 *   <li><b>One merge, and a vote.</b> The copies of all owners meet in {@link dev.henge.storage.type.KeyCopies}: rows
 * that are somewhere are everywhere afterwards, unless a tombstone, clear or flush covers them; where one dot names
 * two different contents no merge can tell which is right, and the majority of the owners does. Each owner that has
 * it otherwise is sent what it lacks, and logs it, and puts it in the place of its own.
 * </ol>
 *
 * <p>A replica that is late, or has damaged rows, takes no part; one without a tree makes it first ({@link Scrub}).
 * Everything that a node begins is paid from a {@link RepairBudget}. When all is equal a vnode costs some 60 bytes a
 * peer an interval.
 */
public final class AntiEntropy {

  private static final Logger LOG = LoggerFactory.getLogger(AntiEntropy.class);

  /** Vnodes in one message of roots. */
  static final int ROOTS_MAX = 64;

  /** Keys that an answer names at most; the others are found by the next comparison. */
  static final int KEYS_DIFFER_MAX = 2_048;

  /** A page of one key's rows. */
  static final int ROWS_PAGE_BYTES = 256 << 10;

  /** The scrub looks at so many vnodes in one go: with 1024, at each about once a second. */
  static final int VNODES_A_TICK = 128;

  /** Vnodes that wait to be inspected. */
  static final int SUSPECTS_MAX = 1_024;

  /** So many inspections in a row may end without equality; then it waits for the next interval. */
  private static final int INSPECTIONS_MAX = 4;

  static final long ANSWER_NANOS = 5_000_000_000L;

  /**
   * All vnodes are looked at once in a second, or sixteen times an interval if that is more: so what is due together
   * is asked in one message.
   */
  private static final long LOOK_NANOS = 1_000_000_000L;
  private static final int LOOKS_AN_INTERVAL = 16;

  /** The same while somebody waits for a comparison. */
  private static final long LOOK_WANTED_NANOS = 100_000_000L;

  private static final long LOOK_TWICE_NANOS = 400_000_000L;
  private static final long LOOK_AGAIN_NANOS = 2_000_000_000L;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int ROOT_BYTES = 30;

  final RepairSite site;
  final ReplicaRows rows;
  final RepairBudget budget;
  final Scrub scrub;
  private final Pair[][] pairs;
  private final long startNanos;
  private AntiEntropySettings settings = AntiEntropySettings.DEFAULT;
  private Inspection inspection;
  private final List<Pair> suspects = new ArrayList<>();
  private int next;
  private long nextLookNanos = Long.MIN_VALUE;
  private long nowNanos;

  /** Whether somebody waits for a comparison. */
  private boolean wanted;

  // figures
  private long compared;
  private long notAbreast;
  private long keysDiffering;
  private long rowsRepaired;
  private long outvoted;
  private long drawn;
  private long open;

  /** A vnode and one of its other owners. */
  static final class Pair {
    final int vnode;
    final int owner;
    long nextNanos;
    long comparedNanos = Long.MIN_VALUE;
    int differences;
    int inspections;
    boolean suspected;

    /** Somebody waits for the comparison. */
    boolean wanted;

    // what came of it, since the start
    long keysDiffering;
    long rowsRepaired;

    Pair(int vnode, int owner, long nextNanos) {
      this.vnode = vnode;
      this.owner = owner;
      this.nextNanos = nextNanos;
    }
  }

  public AntiEntropy(RepairSite site, long nowNanos) {
    this.site = site;
    this.rows = new ReplicaRows(site.keyspace());
    this.pairs = new Pair[site.vnodes()][];
    this.startNanos = nowNanos;
    this.nowNanos = nowNanos;
    this.budget = new RepairBudget(settings.bytesPerSecond(), nowNanos);
    this.scrub = new Scrub(site, settings.scrubSeconds(), nowNanos);
  }

  public void settings(AntiEntropySettings changed) {
    budget.rate(changed.bytesPerSecond());
    scrub.every(changed.scrubSeconds(), nowNanos);
    if (changed.intervalSeconds() != settings.intervalSeconds()) {
      settings = changed;
      Arrays.fill(pairs, null);
      nextLookNanos = nowNanos;
    }
    settings = changed;
  }

  long nowNanos() {
    return nowNanos;
  }

  // ---------------------------------------------------------------- by time

  /** Compares, inspects and scrubs a little; call it some tens of times a second. */
  public void tick(long now) {
    nowNanos = now;
    budget.fill(now);
    if (site.writable()) {
      scrub.tick(now);
    }
    if (settings.intervalSeconds() > 0 || wanted) {
      compare();
      inspect();
    }
  }

  private long intervalNanos() {
    return settings.intervalSeconds() * SECOND_NANOS;
  }

  private Pair[] pairs(int vnode) {
    List<String> owners = site.owners(vnode);
    if (pairs[vnode] == null && owners != null) {
      pairs[vnode] = new Pair[owners.size()];
      // spread over the first interval, so that a node that has just started is done with all of them by its end
      long spread = (long) ((double) intervalNanos() * vnode / site.vnodes());
      for (int i = 0; i < owners.size(); i++) {
        pairs[vnode][i] = i == site.selfIndex(vnode) ? null : new Pair(vnode, i, Math.max(nowNanos, startNanos + spread));
      }
    }
    return pairs[vnode];
  }

  /** Whether nothing is inspected, read or waiting for either. */
  public boolean idle() {
    return inspection == null && suspects.isEmpty() && !scrub.walks()
        && (settings.intervalSeconds() == 0 || nowNanos < nextLookNanos);
  }

  /** Sends the roots that are due. */
  private void compare() {
    if (nowNanos < nextLookNanos) {
      return;
    }
    nextLookNanos = nowNanos + (wanted ? LOOK_WANTED_NANOS : Math.min(LOOK_NANOS, intervalNanos() / LOOKS_AN_INTERVAL));
    boolean all = settings.intervalSeconds() > 0;
    wanted = false;
    List<Asked> asked = new ArrayList<>();
    for (int n = pairs.length; n > 0; n--) {
      if (!budget.allows()) {
        nextLookNanos = nowNanos;
        break;
      }
      int v = next;
      next = (next + 1) % pairs.length;
      Pair[] others = pairs(v);
      if (others == null) {
        continue;
      }
      for (Pair pair : others) {
        wanted |= pair != null && pair.wanted;
        if (pair != null && (all || pair.wanted) && nowNanos >= pair.nextNanos && !pair.suspected && comparable(v)
            && site.reachable(site.owners(v).get(pair.owner)) && !ask(pair, asked)) {
          nextLookNanos = nowNanos;
        }
      }
    }
    asked.forEach(this::send);
  }

  /** Pairs with one peer, for one message. */
  private record Asked(String peer, List<Pair> pairs) {}

  /** Returns whether the peer's message had room for it. */
  private boolean ask(Pair pair, List<Asked> asked) {
    String peer = site.owners(pair.vnode).get(pair.owner);
    for (Asked to : asked) {
      if (to.peer().equals(peer)) {
        return to.pairs().size() < ROOTS_MAX && to.pairs().add(pair);
      }
    }
    return asked.add(new Asked(peer, new ArrayList<>(List.of(pair))));
  }

  private void send(Asked asked) {
    int n = asked.pairs().size();
    int[] vnodes = asked.pairs().stream().mapToInt(pair -> pair.vnode).toArray();
    VersionVector[] clocks = new VersionVector[n];
    long[] roots = new long[n];
    for (int i = 0; i < n; i++) {
      clocks[i] = site.clock(vnodes[i]);
      roots[i] = tree(vnodes[i]).root();
      asked.pairs().get(i).nextNanos = nowNanos + ANSWER_NANOS;
    }
    if (site.send(asked.peer(), new Message.TreeRoots(vnodes, clocks, roots))) {
      budget.spend((long) n * ROOT_BYTES * 2);
    }
  }

  private void inspect() {
    if (inspection != null) {
      inspection.tick();
    }
    while (inspection == null && !suspects.isEmpty()) {
      Pair pair = suspects.remove(0);
      pair.suspected = false;
      if (comparable(pair.vnode)) {
        inspection = new Inspection(this, pair);
        inspection.begin();
      }
    }
  }

  /** Whether this node may begin a comparison of the vnode. */
  boolean comparable(int vnode) {
    return site.serves(vnode) && sound(vnode);
  }

  private boolean sound(int vnode) {
    return vnode < pairs.length && site.owners(vnode) != null && site.sound(vnode) && tree(vnode).known() && site.writable();
  }

  MerkleTree tree(int vnode) {
    return site.keyspace().trees().of(vnode);
  }

  /** What a replica can say to a peer's digests at that clock. */
  private Verdict standing(int vnode, VersionVector clock) {
    if (!sound(vnode)) {
      return Verdict.NOT_SOUND;
    }
    boolean abreast = site.clock(vnode).equals(clock) || site.rules().broken(Mutant.GRAFTED_PAST_THE_CLOCK);
    return abreast ? Verdict.DIFFERENT : Verdict.NOT_ABREAST;
  }

  /** Whether rows of a peer with that clock may be merged into the own. */
  boolean mayTake(int vnode, VersionVector clock) {
    return site.clock(vnode).equals(clock) || site.rules().broken(Mutant.GRAFTED_PAST_THE_CLOCK);
  }

  // ---------------------------------------------------------------- messages

  /** Hands in a peer's message; false if it is not one of these. */
  public boolean received(String from, Message message) {
    if (message instanceof Message.TreeRoots m) {
      answerRoots(from, m);
    } else if (message instanceof Message.TreeVerdicts m) {
      for (int i = 0; i < m.vnodes().length; i++) {
        compared(pair(m.vnodes()[i], from), m.verdicts()[i]);
      }
    } else if (message instanceof Message.TreeLeaves m) {
      answerLeaves(from, m);
    } else if (message instanceof Message.KeyDigests m) {
      guarded(() -> answerKeys(from, m));
    } else if (message instanceof Message.TreeDiffers || message instanceof Message.KeysDiffer) {
      if (inspection != null) {
        guarded(() -> inspection.answered(from, message));
      }
    } else if (message instanceof KeyRows m) {
      guarded(() -> rows(from, m));
    } else {
      return false;
    }
    return true;
  }

  private void guarded(Runnable answer) {
    try {
      answer.run();
    } catch (CorruptTableException e) {
      site.met(e);
    } catch (DamagedRowsException e) {
      // the vnode was found damaged just now: it takes no part any more
    } catch (FormatException | IndexOutOfBoundsException e) {
      LOG.error("rows that were to be compared cannot be read", e);
    }
  }

  /** The vnode has other owners, or is none of this node's any more: what was begun of it is begun anew. */
  public void reshaped(int vnode) {
    pairs[vnode] = null;
    suspects.removeIf(pair -> pair.vnode == vnode);
    if (inspection != null && inspection.pair().vnode == vnode) {
      inspection.stop();
    }
  }

  /**
   * Whether the vnode was found equal with the member at this place since a moment; if not, it is compared soon,
   * however long the interval is.
   */
  public boolean equalSince(int vnode, int member, long sinceNanos) {
    Pair[] others = pairs(vnode);
    Pair pair = others == null || member >= others.length ? null : others[member];
    if (pair == null) {
      return false;
    }
    if (pair.comparedNanos != Long.MIN_VALUE && pair.comparedNanos - sinceNanos > 0) {
      return true;
    }
    if (!pair.wanted) {
      pair.wanted = true;
      pair.nextNanos = nowNanos;
    }
    nextLookNanos = Math.min(nextLookNanos, Math.max(pair.nextNanos, nowNanos));
    wanted = true;
    return false;
  }

  private Pair pair(int vnode, String peer) {
    Pair[] others = vnode < pairs.length ? pairs(vnode) : null;
    int owner = others == null ? -1 : site.owners(vnode).indexOf(peer);
    return owner < 0 ? null : others[owner];
  }

  private void answerRoots(String from, Message.TreeRoots m) {
    Verdict[] verdicts = new Verdict[m.vnodes().length];
    for (int i = 0; i < verdicts.length; i++) {
      int v = m.vnodes()[i];
      verdicts[i] = i < m.roots().length ? standing(v, m.clocks()[i]) : Verdict.NOT_SOUND;
      if (verdicts[i] == Verdict.DIFFERENT && tree(v).root() == m.roots()[i]) {
        verdicts[i] = Verdict.EQUAL;
        Pair pair = pair(v, from);
        if (pair != null) {
          pair.comparedNanos = nowNanos;
        }
      }
    }
    site.send(from, new Message.TreeVerdicts(m.vnodes(), verdicts));
  }

  private void compared(Pair pair, Verdict verdict) {
    if (pair == null || pair.suspected || inspection != null && inspection.pair() == pair) {
      return;
    }
    switch (verdict) {
      case EQUAL -> {
        compared++;
        pair.comparedNanos = nowNanos;
        pair.wanted = false;
        pair.differences = 0;
        pair.inspections = 0;
        pair.nextNanos = nowNanos + intervalNanos();
      }
      case NOT_ABREAST -> {
        notAbreast++;
        pair.nextNanos = nowNanos + again(pair);
      }
      case NOT_SOUND -> pair.nextNanos = nowNanos + again(pair);
      case DIFFERENT -> {
        boolean first = pair.differences++ == 0;
        if (first && !site.rules().broken(Mutant.GRAFTED_PAST_THE_CLOCK)) {
          pair.nextNanos = nowNanos + LOOK_TWICE_NANOS;
          nextLookNanos = Math.min(nextLookNanos, pair.nextNanos);
        } else if (suspects.size() < SUSPECTS_MAX) {
          pair.suspected = true;
          suspects.add(pair);
        }
      }
    }
  }

  private long again(Pair pair) {
    return pair.wanted ? LOOK_WANTED_NANOS : Math.min(LOOK_AGAIN_NANOS, intervalNanos());
  }

  private void answerLeaves(String from, Message.TreeLeaves m) {
    Verdict verdict = m.leaves().length == MerkleTree.LEAVES ? standing(m.vnode(), m.clock()) : Verdict.NOT_SOUND;
    BitSet leaves = verdict == Verdict.DIFFERENT ? tree(m.vnode()).differing(m.leaves()) : new BitSet();
    site.send(from, new Message.TreeDiffers(m.vnode(), verdict, leaves));
  }

  private void answerKeys(String from, Message.KeyDigests m) {
    Verdict verdict = standing(m.vnode(), m.clock());
    List<byte[]> differing = List.of();
    if (m.keys().size() != m.digests().length || m.leaf() >= MerkleTree.LEAVES || !rows.within(m.vnode(), m.from(), m.to())) {
      verdict = Verdict.NOT_SOUND;
    }
    if (verdict == Verdict.DIFFERENT) {
      List<ReplicaRows.KeyDigest> keys = new ArrayList<>(m.keys().size());
      for (int i = 0; i < m.digests().length; i++) {
        keys.add(new ReplicaRows.KeyDigest(m.keys().get(i), m.digests()[i]));
      }
      check(m.vnode(), m.leaf(), rows.page(m.from(), m.to(), Integer.MAX_VALUE));
      differing = rows.differing(new ReplicaRows.Page(m.from(), m.to(), keys), KEYS_DIFFER_MAX);
    }
    site.send(from, new Message.KeysDiffer(m.vnode(), verdict, m.from(), differing));
  }

  /** A leaf that was read as a whole must be what was kept. */
  void check(int vnode, int leaf, ReplicaRows.Page page) {
    if (rows.setLeaf(vnode, leaf, page)) {
      LOG.error("vnode {}: leaf {} of its tree was not what its keys say, and is now", vnode, leaf);
      site.putRight(vnode);
    }
  }

  private void rows(String from, KeyRows m) {
    if (m.purpose() == Purpose.WANTED) {
      site.send(from, held(m));
    } else if (m.purpose() == Purpose.MEND) {
      if (sound(m.vnode()) && site.owners(m.vnode()).contains(from) && mayTake(m.vnode(), m.clock())) {
        LOG.debug("vnode {}: {} rows of a key were not what the other owners have, and are mended", m.vnode(), m.rows());
        take(m.vnode(), m.clock(), m.body());
        repaired(pair(m.vnode(), from), m.rows());
      }
    } else if (inspection != null) {
      inspection.rows(from, m);
    }
  }

  /**
   * Takes rows that were decided from the copies of several owners that have seen just what this node has. They stand
   * in the place of the own: a row whose dots or context have rotted would not give way to a merge. A crash before
   * these rows reach the tables has them merged on replay; then the next comparison sees to it again.
   */
  void take(int vnode, VersionVector clock, byte[] body) {
    if (site.clock(vnode).equals(clock)) {
      rows.forget(body);
    }
    site.takeRows(vnode, body);
  }

  private KeyRows held(KeyRows wanted) {
    int v = wanted.vnode();
    Bytes body = new Bytes(1024);
    byte[] next = {};
    Purpose purpose = sound(v) && rows.within(v, wanted.key(), wanted.key()) ? Purpose.HELD : Purpose.UNABLE;
    if (purpose == Purpose.HELD) {
      try {
        next = rows.exportKey(wanted.key(), wanted.place(), ROWS_PAGE_BYTES, body);
      } catch (CorruptTableException e) {
        site.met(e);
        purpose = Purpose.UNABLE;
      }
    }
    byte[] part = purpose == Purpose.HELD ? body.copy() : new byte[0];
    return new KeyRows(purpose, v, purpose == Purpose.HELD ? site.clock(v) : VersionVector.EMPTY, wanted.key(), wanted.place(), next, 0, part);
  }

  // ---------------------------------------------------------------- what an inspection came to

  void found(Pair pair, int keys) {
    keysDiffering += keys;
    pair.keysDiffering += keys;
  }

  void repaired(Pair pair, int repairedRows) {
    rowsRepaired += repairedRows;
    if (pair != null) {
      pair.rowsRepaired += repairedRows;
    }
  }

  void voted(int byMajority, int byRule, int undecided) {
    outvoted += byMajority;
    drawn += byRule;
    open += undecided;
  }

  /** The inspection is over; {@code whole}: it has seen all that differed. */
  void ended(Pair pair, boolean whole, boolean undecided) {
    inspection = null;
    pair.inspections++;
    pair.differences = whole ? 0 : 1;
    boolean enough = undecided || pair.inspections >= INSPECTIONS_MAX;
    pair.nextNanos = nowNanos + (enough ? intervalNanos() : Math.min(LOOK_AGAIN_NANOS, intervalNanos()));
  }

  // ---------------------------------------------------------------- figures

  /**
   * What the comparisons and the scrub have come to since the start.
   *
   * @param compared comparisons of a vnode with an owner that found both equal
   * @param notAbreast those that met differing clocks
   * @param differences keys that differed
   * @param rowsRepaired rows of this node that were mended
   * @param outvoted rows of which a majority outvoted a copy, by the comparisons that this node began
   * @param drawn rows that contradicted each other without a majority, decided by rule
   * @param open rows that wait for an owner to decide
   * @param bytes what the comparisons that this node began have cost
   * @param ageSecondsMax how long ago the served vnode that was last compared longest ago was; the time since the
   * start where one was not
   * @param scrubbed vnodes read from the disk
   * @param scrubRows records read
   * @param scrubDifferences collections and leaves that were not what had been kept
   * @param scrubProgress the share of the present pass that is done
   */
  public record Figures(long compared, long notAbreast, long differences, long rowsRepaired, long outvoted, long drawn, long open, long bytes,
      long ageSecondsMax, long scrubbed, long scrubRows, long scrubDifferences, double scrubProgress) {}

  public Figures figures() {
    long age = 0;
    for (int v = 0; v < pairs.length; v++) {
      if (site.owners(v) != null && site.owners(v).size() > 1 && site.serves(v)) {
        age = Math.max(age, secondsSince(comparedNanos(v)));
      }
    }
    return new Figures(compared, notAbreast, keysDiffering, rowsRepaired, outvoted, drawn, open, budget.spent(), age, scrub.vnodesDone(),
        scrub.rows(), scrub.differences(), scrub.progress());
  }

  private long secondsSince(long nanos) {
    return (nowNanos - (nanos == Long.MIN_VALUE ? startNanos : nanos)) / SECOND_NANOS;
  }

  /** When the vnode was last found equal with all other owners; the oldest of them. */
  private long comparedNanos(int vnode) {
    Pair[] others = pairs[vnode];
    long oldest = others == null ? Long.MIN_VALUE : Long.MAX_VALUE;
    for (int i = 0; others != null && i < others.length; i++) {
      oldest = others[i] == null ? oldest : Math.min(oldest, others[i].comparedNanos);
    }
    return oldest == Long.MAX_VALUE ? Long.MIN_VALUE : oldest;
  }

  /**
   * The same of one vnode of this node.
   *
   * @param comparedSecondsAgo when it was last found equal with every other owner, as far as this node knows; -1: not
   * since the start
   * @param keysDiffering keys that differed, in comparisons that this node began
   * @param rowsRepaired rows of this node that were mended
   * @param scrubbedSecondsAgo when its rows were last read from the disk; -1: not since the start
   * @param treeKnown whether its tree can be compared
   * @param root of its tree
   */
  public record VnodeFigures(int vnode, long comparedSecondsAgo, long keysDiffering, long rowsRepaired, long scrubbedSecondsAgo,
      boolean treeKnown, long root) {}

  /** Null for a vnode that this node does not own. */
  public VnodeFigures figures(int vnode) {
    if (site.owners(vnode) == null) {
      return null;
    }
    long keys = 0;
    long repaired = 0;
    for (Pair pair : pairs[vnode] == null ? new Pair[0] : pairs[vnode]) {
      keys += pair == null ? 0 : pair.keysDiffering;
      repaired += pair == null ? 0 : pair.rowsRepaired;
    }
    long comparedAt = comparedNanos(vnode);
    long scrubbedAt = scrub.scrubbedNanos(vnode);
    return new VnodeFigures(vnode, comparedAt == Long.MIN_VALUE ? -1 : secondsSince(comparedAt), keys, repaired,
        scrubbedAt == Long.MIN_VALUE ? -1 : secondsSince(scrubbedAt), tree(vnode).known(), tree(vnode).root());
  }
}
