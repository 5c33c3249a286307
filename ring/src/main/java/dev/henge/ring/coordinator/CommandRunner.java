package dev.henge.ring.coordinator;

import dev.henge.ring.replica.Hold;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.Keyspace;
import java.util.BitSet;
import java.util.List;

/**
 * The frontend's half of a command: runs one that was written down. It knows commands and replies; the ring does not.
 */
public interface CommandRunner {

  /** Runs a command on the keys of one vnode and returns its reply. */
  byte[] run(Keyspace keyspace, byte[] command);

  /** The command will be {@link #run} soon: what it needs can be brought near until then. Changes nothing. */
  default void coming(Keyspace keyspace, byte[] command) {}

  /** Whether the command means the same whatever its keys hold, so that it may be run without knowing what they do. */
  default boolean mayRunBlind(byte[] command) {
    return false;
  }

  /** Runs such a command on a keyspace that is empty, and returns its reply. */
  default byte[] runBlind(Keyspace empty, byte[] command) {
    throw new UnsupportedOperationException("a runner that runs nothing blind");
  }

  /** The reply to a command whose rows cannot be read, and that no other owner can be asked for. */
  byte[] damaged(DamagedRowsException e);

  /** Whether the command changes nothing: then it may be sent again when nobody knows whether it ran. */
  boolean readOnly(byte[] command);

  /**
   * The reply to a command that must not be run now, asked right before it would be; null to run it. May run others.
   */
  byte[] refusal(byte[] command);

  /** The same, asked by the node that serves the vnode: what must not be run there and now, as the policy says. */
  default byte[] refusal(int vnode, byte[] command) {
    return refusal(command);
  }

  /**
   * The keys that a command reads, each as its database, u8, and the key; none if they need not be compared between
   * owners.
   */
  default List<byte[]> keys(byte[] command) {
    return List.of();
  }

  /**
   * Runs a command on several vnodes, all of which this node serves, and returns its reply; holds that must settle
   * first are added.
   */
  byte[] runAll(BitSet vnodes, byte[] command, List<Hold> holds);
}
