package dev.henge.ring.replica;

import dev.henge.ring.transfer.VnodeView;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.KeyRows;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** What others than the shard's own parts may ask of its replicas, and have them do: the coordinator, repair, INFO. */
public final class Replicas {

  private final Shard shard;
  private final List<Runnable> whenDurable = new ArrayList<>();
  private final List<Detail> details = new ArrayList<>();

  Replicas(Shard shard) {
    this.shard = shard;
    detail((vnode, figure) -> {
      VnodeReplica r = shard.replicas[vnode];
      figure.accept("oldest-unstable-millis", r == null ? 0 : shard.stability.unstableMillis(r));
      figure.accept("hints-held", shard.hints.of(vnode) == null ? 0 : shard.hints.of(vnode).count());
      figure.accept("hints-oldest-seconds", shard.hints.ageMillis(vnode) / 1_000);
    });
  }

  private VnodeReplica replica(int vnode) {
    return vnode >= 0 && vnode < shard.replicas.length ? shard.replicas[vnode] : null;
  }

  // ---------------------------------------------------------------- recovery

  /**
   * Takes up, for vnodes whose clock was lost, a record of the log that the tables had, before the log's tail is
   * replayed.
   */
  public void earlier(long position, byte[] record) {
    shard.damage.earlier(position, record);
  }

  // ---------------------------------------------------------------- reading

  /** The clock of this node's replica; empty if it has none. */
  public VersionVector clock(int vnode) {
    VersionVector clock = replica(vnode) == null ? null : replica(vnode).clock;
    return clock == null ? VersionVector.EMPTY : clock;
  }

  /** Whether this node alone executes the vnode's commands. */
  public boolean exclusive(int vnode) {
    VnodeReplica r = replica(vnode);
    return r != null && r.service == VnodeReplica.Service.EXCLUSIVE && shard.serves(vnode);
  }

  /** The same by the leases as they are at a moment, whenever this node looked last. */
  public boolean exclusive(int vnode, long atNanos) {
    VnodeReplica r = replica(vnode);
    return r != null && r.service == VnodeReplica.Service.EXCLUSIVE && atNanos < r.exclusiveUntilNanos;
  }

  /** Whether this node has a replica of a vnode, as an owner or not. */
  public boolean has(int vnode) {
    return replica(vnode) != null;
  }

  /** Who owns a vnode, as far as this node knows. */
  public VnodeView view(int vnode) {
    return shard.views.view(vnode);
  }

  /**
   * Whether as many owners as a caller asked for can be reached, this node among them; see {@link Terms#writeOwners}.
   */
  public boolean enoughOwners(int vnode, int writeOwners) {
    VnodeReplica r = replica(vnode);
    if (r == null || writeOwners == Terms.AS_CONFIGURED) {
      return true;
    }
    int there = 0;
    for (String owner : r.owners) {
      there += shard.reachable(owner) ? 1 : 0;
    }
    return there >= r.owners(writeOwners);
  }

  /** Whether this node's replica has caught up, so that its clock counts as an owner's. */
  public boolean ready(int vnode) {
    VnodeReplica r = replica(vnode);
    return r != null && r.ready && r.owned();
  }

  /** Whether this node can answer reads of the vnode from its own rows, be they old. */
  public boolean readable(int vnode) {
    return ready(vnode) && replica(vnode).damage == null;
  }

  /** Whether another owner, as far as can be told here, can. */
  public boolean readableAt(String owner, int vnode) {
    PeerLink peer = shard.peers.get(owner);
    return peer != null && shard.leases.reachable(owner, shard.nowNanos()) && peer.ready.get(vnode) && !peer.damaged.get(vnode);
  }

  /**
   * Runs a command that changes nothing on this node's own rows, whoever serves the vnode.
   *
   * @throws DamagedRowsException if it needs rows that cannot be read
   */
  public void read(int vnode, Shard.Executable command) {
    VnodeReplica r = replica(vnode);
    shard.keyspace.begin(shard.config.actor(), r.clock.get(shard.config.actor()) + 1, () -> 1);
    try {
      command.run(shard.keyspace);
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      throw new DamagedRowsException(e.getMessage(), false);
    } finally {
      if (shard.keyspace.finish()) {
        throw new IllegalStateException("a command that should only read has written");
      }
    }
  }

  /** What a reply must wait for that shows anything of the vnode as this node serves it; null for nothing. */
  public Hold waiting(int vnode) {
    VnodeReplica r = replica(vnode);
    return r == null ? null : r.newestHold();
  }

  /** Looks at rows; null where they cannot be read. */
  public <T> T look(Function<Keyspace, T> look) {
    try {
      return look.apply(shard.keyspace);
    } catch (DamagedRowsException e) {
      return null;
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      return null;
    }
  }

  // ---------------------------------------------------------------- catching up

  /** Has what an owner has, and this replica lacks, pulled. */
  public void pull(int vnode, String owner) {
    VnodeReplica r = replica(vnode);
    if (r != null) {
      shard.catchUp.pull(r, r.memberIndex(owner), shard.nowNanos());
    }
  }

  /**
   * Has what is wanted pulled from an owner that is known to have some of it, or, called again and again, from one
   * after the other.
   */
  public void seek(int vnode, VersionVector wanted, int attempt) {
    VnodeReplica r = replica(vnode);
    if (r == null) {
      return;
    }
    int chosen = VnodeReplica.NOT_AN_OWNER;
    for (int n = 0; n < r.members.size(); n++) {
      int i = (n + attempt) % r.members.size();
      boolean there = i != r.selfIndex && shard.leases.reachable(r.members.get(i), shard.nowNanos());
      boolean has = there && r.heardClocks[i] != null && r.heardClocks[i].meet(wanted).ahead(r.clock) > 0;
      if (has || there && chosen < 0) {
        chosen = i;
      }
      if (has) {
        break;
      }
    }
    shard.catchUp.pull(r, chosen, shard.nowNanos());
  }

  /** Has this replica's clock told to the other owners, so that they pull what they lack. */
  public void tell(int vnode) {
    if (replica(vnode) != null) {
      shard.catchUp.tellSoon(replica(vnode));
    }
  }

  /**
   * Merges rows of one key that another owner sent under the same clock; what is derived of the key's rows here is
   * made anew. Returns false if the clock is another by now, the disk takes nothing, or the rows here cannot be read.
   */
  public boolean merge(int vnode, byte[] key, VersionVector clock, byte[] body, int bytesMax) {
    VnodeReplica r = replica(vnode);
    if (r == null || !r.clock.equals(clock) || !shard.writable()) {
      return false;
    }
    Boolean rebuilt = look(rows -> {
      KeyRows.rebuild(rows, key, bytesMax);
      return true;
    });
    if (rebuilt != null) {
      shard.takeRows(r, body, VersionVector.EMPTY);
    }
    return rebuilt != null;
  }

  // ---------------------------------------------------------------- the log

  /** Has something done whenever the log has become more durable, at the end of a turn at the latest. */
  public void whenDurable(Runnable action) {
    whenDurable.add(action);
  }

  void durable() {
    for (int i = 0; i < whenDurable.size(); i++) {
      whenDurable.get(i).run();
    }
  }

  /** Up to where the log is synced. */
  public long synced() {
    return shard.log.synced();
  }

  // ---------------------------------------------------------------- for people

  /** What some part of the node knows of a vnode, for HENGE.VNODE. */
  @FunctionalInterface
  public interface Detail {
    /** Names and tells each of its figures: a number or a text. */
    void tell(int vnode, BiConsumer<String, Object> figure);
  }

  /** From now on told with a vnode's standing. */
  public void detail(Detail detail) {
    details.add(detail);
  }

  /** All that parts of the node know of a vnode besides its standing, in the order in which they were added. */
  public Map<String, Object> details(int vnode) {
    Map<String, Object> figures = new LinkedHashMap<>();
    details.forEach(detail -> detail.tell(vnode, figures::put));
    return figures;
  }

  /**
   * An owner as another sees it.
   *
   * @param clock what it was last heard to hold, durably; null if it was not heard yet
   * @param lacks how many writes it was not heard to hold that are here
   * @param ahead how many it was heard to hold that are not here
   */
  public record OwnerStanding(String node, boolean reachable, boolean ready, boolean damaged, VersionVector clock, long lacks, long ahead) {}

  /**
   * A vnode as one of its owners sees it.
   *
   * @param mode exclusive, degraded, or what this node does instead of serving
   * @param leaseHolder to whom it granted its lease last; null if to nobody
   * @param waiting writes whose replies wait for owners
   */
  public record Standing(int vnode, String mode, boolean ready, boolean damaged, VersionVector clock, String leaseHolder, int waiting,
      List<OwnerStanding> owners) {}

  /** What this node knows of a vnode; null if it is none of its own. */
  public Standing standing(int vnode) {
    VnodeReplica r = replica(vnode);
    if (r == null) {
      return null;
    }
    List<OwnerStanding> owners = new ArrayList<>();
    for (int i = 0; i < r.owners.size(); i++) {
      String owner = r.owners.get(i);
      PeerLink peer = shard.peers.get(owner);
      boolean self = i == r.selfIndex;
      VersionVector heard = self ? r.clock : r.heardClocks[i];
      VersionVector known = heard == null ? VersionVector.EMPTY : heard;
      owners.add(new OwnerStanding(owner, shard.reachable(owner), self ? r.ready : peer != null && peer.ready.get(vnode),
          self ? r.damage != null : peer != null && peer.damaged.get(vnode), heard, r.clock.ahead(known), known.ahead(r.clock)));
    }
    r.newestHold();
    String mode = r.service.name().toLowerCase(Locale.ROOT);
    return new Standing(vnode, mode, r.ready, r.damage != null, r.clock, r.leaseHolder, r.holds.size(), owners);
  }

  /**
   * Another node that owns vnodes of this one's.
   *
   * @param vnodes how many
   * @param lacks how many writes of theirs are here and it was not heard to hold
   * @param heardMillisAgo when anything of it was heard last; -1 for never
   */
  public record Peer(String node, boolean reachable, int vnodes, long lacks, long heardMillisAgo) {}

  public List<Peer> peers() {
    Map<String, long[]> sums = new TreeMap<>();
    for (VnodeReplica r : shard.replicas) {
      for (int i = 0; r != null && i < r.owners.size(); i++) {
        if (i != r.selfIndex) {
          long[] sum = sums.computeIfAbsent(r.owners.get(i), owner -> new long[2]);
          sum[0]++;
          sum[1] += r.clock.ahead(r.heardClocks[i] == null ? VersionVector.EMPTY : r.heardClocks[i]);
        }
      }
    }
    List<Peer> peers = new ArrayList<>();
    sums.forEach((owner, sum) -> {
      PeerLink peer = shard.peers.get(owner);
      boolean heard = peer != null && peer.heardNanos != Long.MIN_VALUE;
      long ago = heard ? Math.max(0, (shard.nowNanos() - peer.heardNanos) / 1_000_000) : -1;
      peers.add(new Peer(owner, shard.reachable(owner), (int) sum[0], sum[1], ago));
    });
    return peers;
  }

  /** All writes that this node's replicas have seen. */
  public long writesSeen() {
    long writes = 0;
    for (VnodeReplica r : shard.replicas) {
      writes += r == null ? 0 : r.clock.ahead(VersionVector.EMPTY);
    }
    return writes;
  }
}
