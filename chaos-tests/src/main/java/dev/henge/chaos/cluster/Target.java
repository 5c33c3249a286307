package dev.henge.chaos.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A kind of server that speaks RESP: how one is started on a host, and how those of all hosts become one system. */
public interface Target {

  /** Where clients reach a server, on every host. */
  int CLIENT_PORT = 6379;

  String name();

  /**
   * How the server of a host is started.
   *
   * @param program the words before the arguments where the server is a process of this machine
   * @param arguments the words after the program, or after a container's entry point
   */
  record Launch(List<String> program, List<String> arguments, Map<String, String> environment) {}

  /**
   * What a server is told of its surroundings.
   *
   * @param addresses of all hosts
   * @param dir where the server has its data, as the server sees it
   */
  record Surroundings(List<String> addresses, String dir) {

    public String address(int node) {
      return addresses.get(node);
    }
  }

  Launch launch(int node, Surroundings surroundings);

  /**
   * The programs of this machine that an image for containers is made of, beside a shell and what it usually has.
   * Empty if the image is the project's own, by its Dockerfile.
   */
  default List<String> programs() {
    return List.of();
  }

  /**
   * What the data of a host has beside that of its server: name → text.
   *
   * @param wiped whether the host has lost a disk before
   */
  default Map<String, String> files(int node, int hosts, boolean wiped) {
    return Map.of();
  }

  /** Makes one system of servers that have just been started for the first time, and waits until it serves. */
  void form(Cluster cluster) throws IOException;

  /**
   * Which host takes writes of a key, as a client learns that finds its way through a host: of any node of Henge the
   * node itself, of Redis the master of which the Sentinel there tells, of a cluster the master of the key's slot as
   * the server there has it. A client keeps to it until it is refused or cut off, and then asks again.
   *
   * @param through where the client asks
   * @return -1 if nobody can be told
   */
  int writer(Cluster cluster, int through, String key);

  /**
   * Has the system be made of the hosts that it began with, with or without those beside it, but for some. It returns
   * when that is under way; a host that is out goes on running.
   *
   * @param spares whether hosts that were beside the system are part of it
   * @param out hosts that are to be no part of it
   * @param patienceMillis for how long it is tried where hosts cannot be asked
   */
  default void seat(Cluster cluster, boolean spares, Set<Integer> out, long patienceMillis) throws IOException {
    throw new IOException("hosts of " + name() + " join and leave by nothing that is known here");
  }

  /** Has a server that began anew with nothing take the place of the one whose disk was lost on the same host. */
  default void replaced(Cluster cluster, int node) throws IOException {
    // whoever was there comes back by itself
  }

  /** Which host decides about a key at this moment, as most hosts have it; -1 if none does. */
  int primary(Cluster cluster, String key);

  /** Of how many replicas a client is to ask by WAIT after each write, before it takes the write for kept; 0 for none. */
  default int waitsFor() {
    return 0;
  }

  /** What is worth telling in a report: versions, and settings that matter. In the order in which to show it. */
  Map<String, String> facts(Cluster cluster);

  /** What is not as it should be once everything is mended; null if the system has settled. */
  String unsettled(Cluster cluster) throws IOException;

  /** The same while clients write all the time: what is on its way to others is not lacking. */
  default String unsettledAtWork(Cluster cluster) throws IOException {
    return unsettled(cluster);
  }
}
