package dev.henge.ring.repair;

import dev.henge.ring.replica.Message;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.List;

/** What repair sees of the shard that it works for. */
public interface RepairSite {

  /** How many vnodes the ring has. */
  int vnodes();

  /** The owners of a vnode in the order of the preference list; null unless this node is one. */
  List<String> owners(int vnode);

  /** Which of the owners this node is. */
  int selfIndex(int vnode);

  VersionVector clock(int vnode);

  /** Whether all rows of the vnode can be read, as far as is known. */
  boolean whole(int vnode);

  /** Whether the replica is whole and has caught up since the start. */
  boolean sound(int vnode);

  /** Whether this node is the vnode's acting primary. */
  boolean serves(int vnode);

  boolean reachable(String node);

  boolean writable();

  boolean send(String node, Message message);

  /** Logs and merges rows. */
  void takeRows(int vnode, byte[] body);

  /** What is kept beside the rows was put right: the vnode's record is to be written again. */
  void putRight(int vnode);

  /** Damage was met. */
  void met(CorruptTableException e);

  Keyspace keyspace();

  Rules rules();
}
