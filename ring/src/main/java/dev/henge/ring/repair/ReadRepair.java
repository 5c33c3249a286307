package dev.henge.ring.repair;

import dev.henge.gossip.wire.Transport;
import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.Replicas;
import dev.henge.ring.replica.Shard;
import dev.henge.storage.type.KeyRows;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What owners show each other of keys that are read, and how they mend what should be equal and is not.
 *
 * <p>An owner that is asked answers with its clock and a digest a key. What follows from a pair of clocks:
 * <pre>
 * theirs is ahead of ours    their log is pulled; rows are never taken past a clock
 * ours is ahead of theirs    they are told, and pull
 * equal, digests equal       nothing
 * equal, digests differ      a disk has lost or changed something: each merges the other's rows of the key
 * </pre>
 * An exchange of rows is accepted by a replica only while its clock is the sender's.
 */
public final class ReadRepair {

  /** Keys of one read that are compared; of more the clocks alone are looked at. */
  public static final int KEYS_MAX = 64;

  /** Rows of one key beyond this are not exchanged here. */
  static final int KEY_BYTES_MAX = 4 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(ReadRepair.class);
  private static final byte[] NOTHING = {};

  private final Replicas replicas;
  private final Transport transport;
  private long compared;
  private long repaired;

  public ReadRepair(Shard shard, Transport transport) {
    this.replicas = shard.own();
    this.transport = transport;
  }

  /** Keys that were compared with another owner's under equal clocks, since the start. */
  public long compared() {
    return compared;
  }

  /** Those that differed and whose rows were exchanged. */
  public long repaired() {
    return repaired;
  }

  // ---------------------------------------------------------------- as the owner that is asked

  /** Hands in a peer's message; false if it is not a question to this owner. */
  public boolean received(String from, Message message) {
    if (message instanceof Message.ReadProbe m) {
      boolean able = replicas.ready(m.vnode());
            transport.send(from, new Message.ReadVouch(m.id(), able, replicas.clock(m.vnode()), able ? digests(m.keys()) : new long[0]));
    } else if (message instanceof Message.ReadRows m && !m.answer()) {
      boolean merged = m.body().length > 0 && m.key().length > 0 && replicas.merge(m.vnode(), m.key(), m.clock(), m.body(), KEY_BYTES_MAX);
      byte[] rows = merged ? rows(m.key()) : NOTHING;
      transport.send(from, new Message.ReadRows(m.id(), true, m.vnode(), m.key(), replicas.clock(m.vnode()), rows));
    } else {
      return false;
    }
    return true;
  }

  private long[] digests(List<byte[]> keys) {
    long[] digests = new long[Math.min(keys.size(), KEYS_MAX)];
    for (int i = 0; i < digests.length; i++) {
      digests[i] = digest(keys.get(i));
    }
    return digests;
  }

  private long digest(byte[] key) {
    Long digest = key.length == 0 ? null : replicas.look(rows -> KeyRows.digest(rows, key));
    return digest == null ? KeyRows.NONE : digest;
  }

  private byte[] rows(byte[] key) {
    byte[] rows = replicas.look(keyspace -> KeyRows.export(keyspace, key, KEY_BYTES_MAX));
    return rows == null ? NOTHING : rows;
  }

  // ---------------------------------------------------------------- as the owner that asks

  /** The keys in which this owner differs from another with the same clock. */
  public List<byte[]> different(List<byte[]> keys, long[] theirs) {
    List<byte[]> different = new ArrayList<>();
    for (int i = 0; i < Math.min(keys.size(), theirs.length); i++) {
      long ours = theirs[i] == KeyRows.NONE ? KeyRows.NONE : digest(keys.get(i));
      compared += ours == KeyRows.NONE ? 0 : 1;
      if (ours != KeyRows.NONE && ours != theirs[i]) {
        different.add(keys.get(i));
      }
    }
    return different;
  }

  /** Sends an owner the rows of a key. Returns whether an answer is to come. */
  public boolean exchange(long id, String owner, int vnode, byte[] key) {
    byte[] rows = rows(key);
    if (rows.length == 0) {
      rows = KeyRows.nothing(key); // what is lost here the other has, and answers with
    }
    LOG.warn("vnode {}: this owner and {} have seen the same and differ in a key: rows are exchanged", vnode, owner);
    repaired++;
    return transport.send(owner, new Message.ReadRows(id, false, vnode, key, replicas.clock(vnode), rows));
  }

  /** Takes over what the other owner answered with. */
  public void took(Message.ReadRows answer) {
    if (answer.body().length > 0) {
      replicas.merge(answer.vnode(), answer.key(), answer.clock(), answer.body(), KEY_BYTES_MAX);
    }
  }
}
