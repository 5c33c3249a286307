package dev.henge.ring.replica;

import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What others than the shard's own parts may ask of its replicas, and have them do: the coordinator, repair, INFO. */
public final class Replicas {

  private final Shard shard;
  private final List<Runnable> whenDurable = new ArrayList<>();

  Replicas(Shard shard) {
    this.shard = shard;
  }

  private VnodeReplica replica(int vnode) {
    return vnode >= 0 && vnode < shard.replicas.length ? shard.replicas[vnode] : null;
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

  /** Whether this node's replica has caught up, so that its clock counts as an owner's. */
  public boolean ready(int vnode) {
    VnodeReplica r = replica(vnode);
    return r != null && r.ready;
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

  /** Looks at rows; null where they cannot be read. */
  public <T> T look(Function<dev.henge.storage.type.Keyspace, T> look) {
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
      shard.catchUp.pull(r, r.ownerIndex(owner), shard.nowNanos());
    }
  }

  /** Has what is wanted pulled from an owner that is known to have some of it, or, called again and again, from one after the other. */
  public void seek(int vnode, VersionVector wanted, int attempt) {
    VnodeReplica r = replica(vnode);
    if (r == null) {
      return;
    }
    int chosen = VnodeReplica.NOT_AN_OWNER;
    for (int n = 0; n < r.owners.size(); n++) {
      int i = (n + attempt) % r.owners.size();
      boolean there = i != r.selfIndex && shard.leases.reachable(r.owners.get(i), shard.nowNanos());
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

  /** Merges rows of one key that another owner sent under the same clock. Returns false if the clock is another by now, or the disk takes nothing. */
  public boolean merge(int vnode, VersionVector clock, byte[] body) {
    VnodeReplica r = replica(vnode);
    if (r == null || !r.clock.equals(clock) || !shard.writable()) {
      return false;
    }
    shard.takeRows(r, body);
    return true;
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
}
