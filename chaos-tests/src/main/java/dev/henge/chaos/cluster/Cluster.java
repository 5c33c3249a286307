package dev.henge.chaos.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Hosts on a network of their own, each with one server, that are broken one by one and as a whole. Every fault has
 * its undo, and {@link #mend} is the undo of all. What the harness's own clients send and get is never harmed.
 *
 * <p>Everything that a cluster has made of the machine (processes, namespaces, containers, rules, mounts) is gone when
 * it is closed; what a killed run has left is removed by the next cluster that takes its slot.
 */
public interface Cluster extends AutoCloseable {

  /** How many hosts there are; they are numbered from 0. */
  int size();

  Target target();

  /** Where clients reach a host. */
  InetSocketAddress address(int node);

  default List<InetSocketAddress> addresses() {
    return IntStream.range(0, size()).mapToObj(this::address).toList();
  }

  // ---------------------------------------------------------------- processes

  boolean isAlive(int node);

  /** Starts the server of a host that has none, on the data that it left. */
  void start(int node) throws IOException;

  /** SIGKILL; returns when the process is gone. Its host stays, so clients are refused at once. */
  void kill(int node) throws IOException;

  /** SIGKILL of all, as close to each other as can be. */
  void killAll() throws IOException;

  /** SIGTERM; returns when the process is gone. */
  void stop(int node) throws IOException;

  /** SIGSTOP: connections stay, and nobody answers. */
  void pause(int node) throws IOException;

  void resume(int node) throws IOException;

  /** Removes all data of a server that does not run. */
  void wipe(int node) throws IOException;

  // ---------------------------------------------------------------- the network

  /** Puts the harm in force, in place of what was before. */
  void harm(Harm harm) throws IOException;

  /** Resets all TCP connections that a host has with other hosts. */
  void reset(int node) throws IOException;

  /** The established TCP connections of a host with other hosts, as ends of both sides. */
  Set<String> connections(int node) throws IOException;

  /**
   * How long a host takes to connect to another's server and to have an answer to PING, in milliseconds; -1 if there
   * is none within two seconds. Takes a few milliseconds more than the network does.
   */
  long pingMillis(Link link) throws IOException;

  // ---------------------------------------------------------------- machines

  /** Gives the server at most so much of one core, 0.01 to 1; 1 gives all back. */
  void cpu(int node, double share) throws IOException;

  /** Makes each write and sync of a file take so much longer; 0 mends it. */
  void diskDelay(int node, int millis) throws IOException;

  /** Leaves no byte on the disk of the server's data. */
  void fillDisk(int node) throws IOException;

  void freeDisk(int node) throws IOException;

  /** Sets the server's wall clock off by so much from now on, and lets it drift by so many millionths. */
  void clock(int node, long offsetMillis, long driftPpm) throws IOException;

  // ---------------------------------------------------------------- all

  /** Undoes every fault, and starts what does not run. */
  void mend() throws IOException;

  /** What the server has said since its first start. */
  Path log(int node);

  /** Ends all servers and removes all that was made of the machine; logs stay. */
  @Override
  void close() throws IOException;
}
