package dev.henge.node;

import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.Transport;
import dev.henge.storage.lsm.LsmListener;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.version.Rules;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * All that a {@link NodeCore} meets of the world: disk, wire, time, chance, and the loop that it runs on.
 *
 * <p>A process gives it the machine's; a simulation its own, and so decides of everything that happens.
 */
public interface Surroundings {

  NodeFiles files();

  /** Opens the node's store with these options, or with some of its own. */
  LsmStore store(LsmOptions options, LsmListener listener);

  /**
   * Makes the wire between the nodes.
   *
   * @param id this node's name
   * @param run which of its runs this is
   * @param handler told what arrives, on the loop
   */
  Transport wire(String id, long run, MessageCodec codec, MessageHandler handler);

  /**
   * Has the wire connect with a node, if it is not this one, and stay connected; called again, possibly with another
   * address.
   */
  void dial(String id, String host, int port);

  /** The time of day. */
  LongSupplier wallMillis();

  /** A clock that nobody sets. */
  LongSupplier nanos();

  /** How long the calling thread, the loop, has been on a core; where nobody counts that, it always is. */
  default LongSupplier cpuNanos() {
    return nanos();
  }

  /** A new source of chance. */
  RandomGenerator random();

  /** A source of chance for names that must differ from all that any node ever draws. */
  RandomGenerator identities();

  /** The heap that there may be for objects that live long. */
  long heapBytes();

  /** Runs a task on the loop, behind what the loop does now; called on any thread. */
  void execute(Runnable task);

  /** Runs a task on the loop: at once if that is where it is called, else soon. */
  void executeNow(Runnable task);

  /**
   * Has {@link NodeCore#tick} called on the loop so much later. Of several calls asked for, only the one that was asked
   * for last has to come.
   */
  void tickIn(long millis);

  /** The clockwork met an error of ours, which has been logged; it goes on. */
  default void failed(Throwable error) {
    // the log says it
  }

  /** The rules that are in force: the sound ones, but in simulations. */
  Rules rules();
}
