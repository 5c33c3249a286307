package dev.henge.ring.replica;

import dev.henge.storage.lsm.CorruptLogException;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a replica gets what it lacks: owners tell each other their clocks; who is behind pulls the missing range of the
 * log, or, where the log no longer reaches back, the vnode's rows and then the log from there.
 *
 * <p>After a start a replica is not ready, so neither serves nor grants a lease, until it has heard the clocks of all
 * owners that can be reached, of a majority of the owners with itself, and holds what they hold. If a majority cannot
 * be reached for {@link #ALONE_NANOS} it becomes ready with what there is: the leases then decide what it may do.
 */
final class CatchUp {

  /** A part of a pull's answer; a larger bundle makes a part of its own. */
  static final int PART_BYTES = 1 << 20;

  /** A part of the rows: what is sent while the giver serves clients between one part and the next. */
  static final int ROWS_PART_BYTES = 128 << 10;

  /** A range of more bundles than this is not looked for in the log: the rows are faster. */
  static final int LOG_WALK_MAX = 50_000;

  private static final long PULL_TIMEOUT_NANOS = 3_000_000_000L;

  /** A peer that seems ahead is looked at twice: its bundles may be on their way here. */
  private static final long LOOK_TWICE_NANOS = 400_000_000L;

  private static final long TELL_NANOS = 500_000_000L;

  /** How long a replica waits after the start for a majority of the owners before it becomes ready without. */
  static final long ALONE_NANOS = 5_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);

  private static final byte[] BEGINNING = {};

  private final Shard shard;

  /** Vnodes whose clocks wait to be told, by the place in the log that must be durable first. */
  private final Deque<VnodeReplica> telling = new ArrayDeque<>();

  private long nextTellNanos;
  private boolean busy;
  private long pulls;
  private long rowTransfers;
  private long damagedRecords;
  private long lastDamagedRecord = -1;

  CatchUp(Shard shard) {
    this.shard = shard;
  }

  boolean received(PeerLink peer, Message message, long nowNanos) {
    if (message instanceof Message.Clocks m) {
      for (int i = 0; i < m.vnodes().length; i++) {
        heard(peer, replica(m.vnodes()[i]), m.clocks()[i], nowNanos);
      }
    } else if (message instanceof Message.Pull m) {
      answerPull(peer, m);
    } else if (message instanceof Message.Pulled m) {
      pulled(peer, m, nowNanos);
    } else if (message instanceof Message.RowsPull m) {
      answerRows(peer, m);
    } else if (message instanceof Message.Rows m) {
      rows(peer, m, nowNanos);
    } else {
      return false;
    }
    return true;
  }

  private VnodeReplica replica(int vnode) {
    return vnode < shard.replicas.length ? shard.replicas[vnode] : null;
  }

  // ---------------------------------------------------------------- clocks

  /**
   * Has the vnode's clock told to its owners, as soon as the log is durable up to it: they count it as an
   * acknowledgement.
   */
  void tellSoon(VnodeReplica r) {
    if (r.tell == null) {
      r.tell = r.clock;
      r.tellEnd = shard.log.appended();
      telling.add(r);
    }
  }

  /** Has the clocks of all vnodes shared with a peer told to all owners. */
  void tellAll(PeerLink peer) {
    for (VnodeReplica r : shard.replicas) {
      if (r != null && r.memberIndex(peer.id) >= 0) {
        tellSoon(r);
      }
    }
  }

  /** Tells the clocks that have become durable. */
  void durable(long position) {
    if (telling.isEmpty() || telling.peekFirst().tellEnd > position) {
      return;
    }
    List<VnodeReplica> due = new ArrayList<>();
    while (!telling.isEmpty() && telling.peekFirst().tellEnd <= position) {
      due.add(telling.pollFirst());
    }
    List<VnodeReplica> again = new ArrayList<>();
    for (PeerLink peer : shard.peers()) {
      List<VnodeReplica> told = due.stream().filter(r -> r.memberIndex(peer.id) >= 0).toList();
      if (peer.connected && !told.isEmpty()) {
        int[] vnodes = told.stream().mapToInt(r -> r.vnode).toArray();
        VersionVector[] clocks = told.stream().map(r -> r.tell).toArray(VersionVector[]::new);
        if (!shard.transport.send(peer.id, new Message.Clocks(vnodes, clocks))) {
          again.addAll(told);
        }
      }
    }
    for (VnodeReplica r : due) {
      r.clockMoved = r.tell != r.clock;
      r.tell = null;
    }
    // a clock that moves no more is told by nothing else, and who missed its last bundles, too, would not know
    again.forEach(r -> r.clockMoved = true);
  }

  private void heard(PeerLink peer, VnodeReplica r, VersionVector clock, long nowNanos) {
    int owner = r == null ? VnodeReplica.NOT_AN_OWNER : shard.transfers.member(r, peer.id);
    if (owner < 0) {
      return;
    }
    r.heardClocks[owner] = clock;
    r.heardNanos[owner] = nowNanos;
    if (owner < r.owners.size() && shard.leases.countsFor(r, owner, nowNanos)) {
      r.heldUpTo(owner, shard.config.actor(), clock);
    }
    if (r.clock.covers(clock)) {
      return;
    }
    if (!r.ready || peer.id.equals(r.leaseHolder)) {
      pull(r, owner, nowNanos);
    }
    if (!r.ahead) {
      r.ahead = true;
      r.aheadSinceNanos = nowNanos;
    }
  }

  void tick(long nowNanos) {
    boolean tell = nowNanos >= nextTellNanos;
    if (tell) {
      nextTellNanos = nowNanos + TELL_NANOS;
      for (VnodeReplica r : shard.replicas) {
        if (r != null && (r.clockMoved || !r.owned() || shard.transfers.astray(r.vnode) || someOwnerLacksIt(r))) {
          tellSoon(r);
        }
      }
    }
    busy = false;
    for (VnodeReplica r : shard.replicas) {
      if (r == null) {
        continue;
      }
      if (r.pullingFrom >= 0 && nowNanos - r.pullDeadlineNanos >= 0) {
        r.pullingFrom = VnodeReplica.NOT_AN_OWNER; // asked again below, if anything is lacking yet
      }
      busy |= !r.ready || r.ahead || r.pullingFrom >= 0;
      if (!r.ready) {
        tryReady(r, nowNanos);
        shard.leases.readyNews(r);
      }
      if (r.ahead) {
        lookAgain(r, nowNanos);
      }
    }
  }

  /** Whether the last look found all replicas ready, and none that lacks anything. */
  boolean idle() {
    return !busy && telling.isEmpty();
  }

  /** Whether an owner that can be told is not ready: it may have been told before it knew that it is one. */
  private boolean someOwnerLacksIt(VnodeReplica r) {
    for (int i = 0; i < r.members.size(); i++) {
      PeerLink peer = shard.link(r, i);
      if (peer != null && peer.connected && !peer.ready.get(r.vnode)) {
        return true;
      }
    }
    return false;
  }

  private void lookAgain(VnodeReplica r, long nowNanos) {
    if (nowNanos - r.aheadSinceNanos < LOOK_TWICE_NANOS) {
      return;
    }
    r.ahead = false;
    for (int i = 0; i < r.members.size(); i++) {
      if (r.heardClocks[i] != null && !r.clock.covers(r.heardClocks[i]) && i != r.selfIndex) {
        r.ahead = true;
        if (shard.leases.reachable(r.members.get(i), nowNanos)) {
          pull(r, i, nowNanos);
        }
      }
    }
  }

  private void tryReady(VnodeReplica r, long nowNanos) {
    boolean forgot = r.clockLost || shard.views.decisions.silent(r.vnode);
    int heard = r.owned() ? 1 : 0;
    boolean alone = r.owned() && nowNanos - r.sinceNanos > ALONE_NANOS;
    for (int i = 0; i < r.owners.size(); i++) {
      if (i == r.selfIndex) {
        continue;
      }
      VersionVector clock = r.heardClocks[i];
      boolean reachable = shard.leases.reachable(r.owners.get(i), nowNanos);
      if (clock != null) {
        boolean covered = r.clock.covers(clock);
        heard += covered ? 1 : 0;
        if (reachable && !covered) {
          pull(r, i, nowNanos);
          return;
        }
      } else if (reachable) {
        return;
      } else if (forgot && shard.transfers.gone().contains(r.owners.get(i))) {
        heard++; // what only this one and a dead one had is lost
      }
    }
    // a replica that forgot what it had acknowledged, or who owned it by then, must have heard somebody else of every
    // quorum that it may have been in
    int wanted = forgot ? r.owners.size() - r.majority + 2 : r.majority;
    r.ready = heard >= Math.min(wanted, r.owners.size()) && !r.owners.isEmpty() || alone && !forgot;
    r.clockLost &= !r.ready;
  }

  // ---------------------------------------------------------------- pulling the log

  /** Asks an owner for what it has and this replica lacks, unless an answer is being waited for. */
  void pull(VnodeReplica r, int owner, long nowNanos) {
    boolean waiting = r.pullingFrom >= 0 && nowNanos < r.pullDeadlineNanos
        && shard.leases.reachable(r.members.get(r.pullingFrom), nowNanos);
    if (owner < 0 || waiting) {
      return;
    }
    if (r.learning() && !r.ready && !shard.transfers.turn(r)) {
      return;
    }
    r.rowsClock = null;
    if (r.learning() && r.clock.isEmpty()) {
      askRows(r, shard.transfers.donor(r, owner), nowNanos);
      return;
    }
    askLog(r, damaged(r, owner) ? another(r, owner, nowNanos) : owner, nowNanos);
  }

  private boolean damaged(VnodeReplica r, int owner) {
    return owner != r.selfIndex && shard.peer(r.members.get(owner)).damaged.get(r.vnode);
  }

  /** An owner with something that is missing here, and without damage, instead of one that can send its log at most. */
  private int another(VnodeReplica r, int owner, long nowNanos) {
    for (int i = 0; i < r.members.size(); i++) {
      if (i != r.selfIndex && !damaged(r, i) && shard.leases.reachable(r.members.get(i), nowNanos)
          && r.heardClocks[i] != null && !r.clock.covers(r.heardClocks[i])) {
        return i;
      }
    }
    return owner;
  }

  private void askLog(VnodeReplica r, int owner, long nowNanos) {
    await(r, owner, nowNanos);
    if (!shard.transport.send(r.members.get(owner), new Message.Pull(r.vnode, r.clock))) {
      r.pullingFrom = VnodeReplica.NOT_AN_OWNER;
    }
    pulls++;
  }

  private static void await(VnodeReplica r, int owner, long nowNanos) {
    r.pullingFrom = owner;
    r.pullDeadlineNanos = nowNanos + PULL_TIMEOUT_NANOS;
  }

  private void answerPull(PeerLink peer, Message.Pull pull) {
    VnodeReplica r = replica(pull.vnode());
    if (r == null) {
      return;
    }
    Deque<byte[]> found = new ArrayDeque<>();
    boolean reached = collect(r, pull.clock(), found);
    List<byte[]> part = new ArrayList<>();
    int bytes = 0;
    while (reached && !found.isEmpty() && bytes < PART_BYTES) {
      byte[] bundle = found.pollFirst();
      bytes += bundle.length;
      part.add(bundle);
    }
    shard.transport.send(peer.id, new Message.Pulled(r.vnode, part, reached && !found.isEmpty(), !reached));
  }

  /** The bundles beyond {@code clock}, oldest first; false if the log does not hold all of them. */
  private boolean collect(VnodeReplica r, VersionVector clock, Deque<byte[]> found) {
    long missing = r.clock.ahead(clock);
    if (missing > LOG_WALK_MAX) {
      return false;
    }
    long position = r.lastPosition;
    while (missing > 0) {
      byte[] record = position < 0 ? null : read(r, position);
      if (record == null || record[0] != Shard.RECORD_BUNDLE) {
        return false;
      }
      Bundle bundle = Bundle.read(record, Shard.RECORD_HEADER_BYTES);
      if (!clock.covers(bundle.actor(), bundle.seq())) {
        found.addFirst(Arrays.copyOfRange(record, Shard.RECORD_HEADER_BYTES, record.length));
        missing--;
      }
      position = new ByteReader(record, 1, Long.BYTES).i64();
    }
    return true;
  }

  /** A record that cannot be read is as good as one that the log has let go of: then the rows have to do. */
  private byte[] read(VnodeReplica r, long position) {
    try {
      return shard.log.read(position);
    } catch (CorruptLogException e) {
      damagedRecords++;
      if (position != lastDamagedRecord) {
        lastDamagedRecord = position;
        LOG.error("a record of vnode {} cannot be read from the log, so that who lacks it must take rows: {}", r.vnode, e.getMessage());
      }
      return null;
    }
  }

  private void pulled(PeerLink peer, Message.Pulled pulled, long nowNanos) {
    VnodeReplica r = replica(pulled.vnode());
    int owner = r == null ? VnodeReplica.NOT_AN_OWNER : r.memberIndex(peer.id);
    if (owner < 0 || r.pullingFrom != owner || !shard.writable()) {
      return;
    }
    for (byte[] bytes : pulled.bundles()) {
      Bundle bundle = Bundle.read(bytes, 0);
      if (bundle.vnode() != r.vnode || shard.apply(r, bundle) == Shard.Applied.GAP) {
        break;
      }
    }
    if (pulled.snapshot() && damaged(r, owner)) {
      r.pullingFrom = VnodeReplica.NOT_AN_OWNER;
    } else if (pulled.snapshot()) {
      askRows(r, owner, nowNanos);
    } else if (pulled.more()) {
      askLog(r, owner, nowNanos);
    } else {
      done(r, owner);
    }
  }

  private void done(VnodeReplica r, int owner) {
    r.pullingFrom = VnodeReplica.NOT_AN_OWNER;
    tellSoon(r);
  }

  /** What was asked of the peer will not be answered: the connection, or the process, is another one. */
  void lost(PeerLink peer) {
    for (VnodeReplica r : shard.replicas) {
      if (r != null && r.pullingFrom >= 0 && r.members.get(r.pullingFrom).equals(peer.id)) {
        r.pullingFrom = VnodeReplica.NOT_AN_OWNER;
        r.rowsClock = null;
      }
    }
  }

  // ---------------------------------------------------------------- pulling rows

  private void askRows(VnodeReplica r, int owner, long nowNanos) {
    r.rowsPlace = BEGINNING;
    rowTransfers++;
    askPart(r, owner, nowNanos);
  }

  /** Asks for the next part of the rows, or, where transfers are bounded, leaves it to them to ask. */
  void askPart(VnodeReplica r, int owner, long nowNanos) {
    await(r, owner, nowNanos);
    if (!r.learning() || shard.transfers.mayAsk(r)) {
      shard.transport.send(r.members.get(owner), new Message.RowsPull(r.vnode, r.rowsPlace));
    }
  }

  private void answerRows(PeerLink peer, Message.RowsPull pull) {
    VnodeReplica r = replica(pull.vnode());
    if (r == null) {
      return;
    }
    Bytes body = new Bytes(ROWS_PART_BYTES + (ROWS_PART_BYTES >> 2));
    byte[] next;
    try {
      next = shard.keyspace.export(r.vnode, pull.place(), ROWS_PART_BYTES, body);
    } catch (DamagedRowsException e) {
      return; // rows with a gap would be taken for all; the asker knows of the damage and turns to another
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      return;
    }
    VersionVector horizon = shard.stability.horizon(r);
    shard.transport.send(peer.id, new Message.Rows(r.vnode, pull.place(), body.copy(), next, r.clock, horizon));
  }

  private void rows(PeerLink peer, Message.Rows rows, long nowNanos) {
    VnodeReplica r = replica(rows.vnode());
    int owner = r == null ? VnodeReplica.NOT_AN_OWNER : r.memberIndex(peer.id);
    if (owner < 0 || r.pullingFrom != owner || !shard.writable()) {
      return;
    }
    if (rows.place().length == 0) {
      r.rowsClock = rows.clock();
      r.rowsReplace = shard.stability.tooLateFor(r, rows.horizon());
    } else if (r.rowsClock == null || !Arrays.equals(rows.place(), r.rowsPlace)) {
      return;
    } else if (!r.rowsReplace && shard.stability.tooLateFor(r, rows.horizon())) {
      // the other has collected meanwhile what would have told of deletes, in this part and perhaps in earlier ones
      r.rowsReplace = r.clock.isEmpty();
      if (!r.rowsReplace) {
        askRows(r, owner, nowNanos);
        return;
      }
    }
    r.rowsPlace = rows.next();
    byte[] body = rows.body();
    if (r.learning()) {
      shard.transfers.took(body.length);
    }
    if (r.rowsReplace) {
      byte[][] all = shard.keyspace.rangeOf(r.vnode);
      shard.replaceRows(r, rows.place().length == 0 ? all[0] : rows.place(), rows.next().length == 0 ? all[1] : rows.next(),
          rows.clock(), body);
    } else {
      shard.takeRows(r, body, shard.stability.superseding(r, rows.clock()));
    }
    if (rows.next().length > 0) {
      askPart(r, owner, nowNanos);
      return;
    }
    r.clock = r.clock.join(r.rowsClock);
    r.rowsClock = null;
    if (r.rowsReplace) {
      shard.stability.raise(r, rows.horizon());
    }
    shard.damage.rowsPassedBy(r);
    long position = shard.record(Shard.RECORD_CLOCK, r, new Bytes(64).u16(r.vnode).vector(r.clock).copy());
    shard.moved(r, position);
    askLog(r, owner, nowNanos);
  }

  long pulls() {
    return pulls;
  }

  long rowTransfers() {
    return rowTransfers;
  }

  /** How often a record of the log could not be read. */
  long damagedRecords() {
    return damagedRecords;
  }

}
