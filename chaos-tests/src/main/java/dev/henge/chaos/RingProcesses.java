package dev.henge.chaos;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A ring of real node processes on this machine, to be broken: nodes are killed, stopped, frozen and started again by
 * their index. All processes are gone when it is closed, and when this process ends.
 */
public final class RingProcesses implements AutoCloseable {

  public static final String HOST = "127.0.0.1";

  private static final Duration READY_MAX = Duration.ofSeconds(60);
  private static final int CLIENT_TIMEOUT_MILLIS = 15_000;

  private final Path dir;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final Thread atExit = new Thread(this::killAll, "kill-nodes");

  private RingProcesses(Path dir) {
    this.dir = dir;
  }

  /**
   * What the ring is made of.
   *
   * @param spares nodes that are not started with the ring, and join it when they are; their numbers come after those
   *     of the ring
   */
  public record Plan(int nodes, int spares, String heap, List<String> jvmFlags, Map<String, String> settings) {

    public static Plan of(int nodes) {
      return new Plan(nodes, 0, "256m", List.of(), Map.of());
    }

    public Plan spares(int count) {
      return new Plan(nodes, count, heap, jvmFlags, settings);
    }

    public Plan heap(String words) {
      return new Plan(nodes, spares, words, jvmFlags, settings);
    }

    /** For nodes that are started often: they compile quickly rather than well. */
    public Plan quickStart() {
      return new Plan(nodes, spares, heap, List.of("-XX:TieredStopAtLevel=1"), settings);
    }

    public Plan with(String setting, String value) {
      Map<String, String> more = new LinkedHashMap<>(settings);
      more.put(setting, value);
      return new Plan(nodes, spares, heap, jvmFlags, more);
    }
  }

  /** Starts a new ring in {@code target/rings/NAME} and waits until it is ready; deletes what an earlier run left. */
  public static RingProcesses start(String name, Plan plan) {
    RingProcesses ring = new RingProcesses(Path.of("target", "rings", name).toAbsolutePath());
    try {
      FileTree.delete(ring.dir);
      Files.createDirectories(ring.dir);
      ring.plan(plan);
      Runtime.getRuntime().addShutdownHook(ring.atExit);
      for (NodeProcess node : ring.nodes.subList(0, plan.nodes())) {
        node.start();
      }
      ring.awaitCaughtUp();
      return ring;
    } catch (IOException e) {
      ring.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      ring.close();
      throw e;
    }
  }

  private void plan(Plan plan) throws IOException {
    int n = plan.nodes() + plan.spares();
    List<Integer> ports = FreePorts.take(3 * n, new SplittableRandom());
    String seeds = String.join(",", IntStream.range(0, plan.nodes())
        .mapToObj(i -> HOST + ":" + ports.get(i) + "@" + ports.get(2 * n + i)).toList());
    for (int i = 0; i < n; i++) {
      Map<String, String> settings = new LinkedHashMap<>();
      settings.put("port", Integer.toString(ports.get(i)));
      settings.put("internal-port", Integer.toString(ports.get(n + i)));
      settings.put("gossip-port", Integer.toString(ports.get(2 * n + i)));
      settings.put("bootstrap-nodes", Integer.toString(plan.nodes()));
      if (n > 1) {
        settings.put("seeds", seeds);
      }
      if (i >= plan.nodes()) {
        settings.put("join", "yes");
      }
      settings.put("cluster-name", dir.getFileName() + "-" + ports.get(0));
      settings.putAll(plan.settings());
      nodes.add(new NodeProcess(dir.resolve("node-" + i), dir.resolve("node-" + i + ".log"), plan.heap(),
          plan.jvmFlags(), ports.get(i), settings));
    }
  }

  public int size() {
    return nodes.size();
  }

  public int port(int node) {
    return nodes.get(node).port();
  }

  /** The port on which a node listens for other nodes. */
  public int internalPort(int node) {
    return Integer.parseInt(nodes.get(node).setting("internal-port"));
  }

  public Path dir(int node) {
    return nodes.get(node).dir();
  }

  public long pid(int node) {
    return nodes.get(node).pid();
  }

  public boolean isAlive(int node) {
    return nodes.get(node).isAlive();
  }

  /** All that a node has said since its first start. */
  public String log(int node) {
    return nodes.get(node).log();
  }

  /** One who changes the ring through a node. */
  public RingOperator operator(int node) {
    return new RingOperator(new InetSocketAddress(HOST, port(node)));
  }

  public RespClient client(int node) throws IOException {
    return new RespClient(HOST, port(node), CLIENT_TIMEOUT_MILLIS);
  }

  // ---------------------------------------------------------------- breaking and mending

  /** kill -9; returns when the process is gone. */
  public void kill(int node) throws InterruptedException {
    nodes.get(node).kill();
  }

  /** kill -9 of all, as close to each other as can be. */
  public void killAll() {
    nodes.forEach(NodeProcess::signalKill);
    nodes.forEach(NodeProcess::killIfAlive);
  }

  /** SIGTERM; returns the exit status. */
  public int stop(int node) throws InterruptedException {
    return nodes.get(node).stop();
  }

  public void pause(int node) throws IOException, InterruptedException {
    nodes.get(node).signal("STOP");
  }

  public void resume(int node) throws IOException, InterruptedException {
    nodes.get(node).signal("CONT");
  }

  /** Removes all data of a node that does not run. */
  public void wipe(int node) throws IOException {
    if (isAlive(node)) {
      throw new IllegalStateException("node " + node + " runs");
    }
    FileTree.delete(dir(node));
  }

  /** Starts a spare that finds the ring by these nodes of it. */
  public void join(int spare, Collection<Integer> seeds) throws IOException {
    nodes.get(spare).set("seeds", String.join(",", seeds.stream()
        .map(i -> HOST + ":" + port(i) + "@" + nodes.get(i).setting("gossip-port")).toList()));
    nodes.get(spare).start();
  }

  /** Starts a node that has ended on its directory and ports. */
  public void restart(int node) throws IOException {
    nodes.get(node).start();
  }

  // ---------------------------------------------------------------- waiting

  /** Waits until all nodes that run agree on the ring and see every vnode served. */
  public void awaitReady() {
    await("the ring is ready", node -> {
      try (RespClient client = client(node)) {
        Map<String, String> info = client.fields("CLUSTER", "INFO");
        return "ok".equals(info.get("cluster_state")) ? info.get("henge_ring_fingerprint") : null;
      }
    });
  }

  /** Waits until moreover every node that runs holds what the others hold, for all vnodes that it owns. */
  public void awaitCaughtUp() {
    awaitReady();
    await("all vnodes are caught up", node -> {
      try (RespClient client = client(node)) {
        Map<String, String> info = client.fields("INFO", "everything");
        String owned = info.get("henge_vnodes_owned");
        return owned != null && owned.equals(info.get("henge_vnodes_ready")) ? "caught up" : null;
      }
    });
  }

  /** Nothing to wait for any more. */
  private static final class DiedByItself extends AssertionError {
    private static final long serialVersionUID = 1;

    DiedByItself(String message) {
      super(message);
    }
  }

  /** What a node shows; null while it does not yet show what is waited for. */
  private interface View {
    String of(int node) throws IOException;
  }

  private void await(String what, View view) {
    try {
      Await.until(READY_MAX, what, () -> {
        String common = null;
        for (int i = 0; i < nodes.size(); i++) {
          if (nodes.get(i).diedByItself()) {
            throw new DiedByItself("node " + i + " has ended by itself");
          }
          if (!nodes.get(i).isAlive()) {
            continue;
          }
          String shown = view.of(i);
          if (shown == null || common != null && !common.equals(shown)) {
            return "node " + i + " shows " + shown + ", others " + common;
          }
          common = shown;
        }
        return common == null ? "no node runs" : null;
      });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + tails(), e);
    }
  }

  /** The last lines of all nodes' logs, to be shown with a failure. */
  public String tails() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < nodes.size(); i++) {
      text.append("\n--- node ").append(i).append(nodes.get(i).isAlive() ? " (runs)" : " (has ended)").append('\n')
          .append(nodes.get(i).tail());
    }
    return text.toString();
  }

  // ---------------------------------------------------------------- the end

  /** Kills all and deletes their data; the logs stay. */
  @Override
  public void close() {
    killAll();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
      for (NodeProcess node : nodes) {
        FileTree.delete(node.dir());
      }
    } catch (IllegalStateException e) {
      // the process is ending: the hook runs already
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
