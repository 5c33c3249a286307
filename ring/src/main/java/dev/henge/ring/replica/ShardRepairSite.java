package dev.henge.ring.replica;

import dev.henge.ring.repair.RepairSite;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.List;

/** A shard as its repair sees it. */
final class ShardRepairSite implements RepairSite {

  private final Shard shard;

  ShardRepairSite(Shard shard) {
    this.shard = shard;
  }

  private VnodeReplica replica(int vnode) {
    return vnode < shard.replicas.length ? shard.replicas[vnode] : null;
  }

  @Override
  public int vnodes() {
    return shard.replicas.length;
  }

  @Override
  public List<String> owners(int vnode) {
    VnodeReplica r = replica(vnode);
    return r == null ? null : r.members;
  }

  @Override
  public int selfIndex(int vnode) {
    return replica(vnode).selfIndex;
  }

  @Override
  public VersionVector clock(int vnode) {
    return replica(vnode).clock;
  }

  @Override
  public boolean whole(int vnode) {
    VnodeReplica r = replica(vnode);
    return r != null && r.damage == null && !r.clockLost;
  }

  @Override
  public boolean sound(int vnode) {
    // while all its rows are being pulled, some are ahead of the clock
    return whole(vnode) && replica(vnode).ready && replica(vnode).rowsClock == null;
  }

  @Override
  public boolean serves(int vnode) {
    return shard.serves(vnode);
  }

  @Override
  public boolean reachable(String node) {
    return shard.reachable(node);
  }

  @Override
  public boolean writable() {
    return shard.writable();
  }

  @Override
  public boolean send(String node, Message message) {
    return shard.transport.send(node, message);
  }

  @Override
  public void takeRows(int vnode, byte[] body) {
    shard.takeRows(replica(vnode), body, VersionVector.EMPTY);
  }

  @Override
  public void putRight(int vnode) {
    replica(vnode).recordStale = true;
  }

  @Override
  public void met(CorruptTableException e) {
    shard.damage.met(e);
  }

  @Override
  public Keyspace keyspace() {
    return shard.keyspace;
  }

  @Override
  public Rules rules() {
    return shard.config.rules();
  }
}
