package dev.henge.chaos.nemesis;

import dev.henge.chaos.cluster.Cluster;
import dev.henge.chaos.cluster.Harm;
import dev.henge.chaos.cluster.Link;
import dev.henge.chaos.cluster.Target;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A cluster of no machines: it knows what is wrong with it, and writes down what is done to it. */
final class RecordingCluster implements Cluster {

  /** What is wrong, host by host; empty when all is well. */
  final Map<String, Object> wrong = new TreeMap<>();
  final List<String> done = new ArrayList<>();
  private final Set<Integer> dead = new TreeSet<>();
  private final int size;

  /** The words with which an action begins that fails; null for none. It fails before anything is done. */
  String fails;
  /** Runs before each action. */
  Runnable before = () -> {};
  String unsettled;
  int primary = -1;

  RecordingCluster(int size) {
    this.size = size;
  }

  private void act(String what) throws IOException {
    before.run();
    if (Thread.currentThread().isInterrupted()) {
      throw new java.io.InterruptedIOException(what);
    }
    if (fails != null && what.startsWith(fails)) {
      throw new IOException(what + " failed");
    }
    done.add(what);
  }

  private void is(String what, Object value) {
    if (value == null) {
      wrong.remove(what);
    } else {
      wrong.put(what, value);
    }
  }

  void endByItself(int node) {
    dead.add(node);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Target target() {
    return new Target() {
      @Override
      public String name() {
        return "none";
      }

      @Override
      public Launch launch(int node, Surroundings surroundings) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void form(Cluster cluster) {}

      @Override
      public int writer(Cluster cluster, int through, String key) {
        return through;
      }

      @Override
      public int primary(Cluster cluster, String key) {
        return primary;
      }

      @Override
      public Map<String, String> facts(Cluster cluster) {
        return Map.of();
      }

      @Override
      public void seat(Cluster cluster, boolean spares, Set<Integer> out, long patienceMillis) throws IOException {
        act("seat " + spares + " " + out);
        is("seats", spares || !out.isEmpty() ? List.of(spares, out) : null);
      }

      @Override
      public void replaced(Cluster cluster, int node) throws IOException {
        act("replaced " + node);
      }

      @Override
      public String unsettled(Cluster cluster) {
        done.add("unsettled?");
        return unsettled;
      }
    };
  }

  @Override
  public InetSocketAddress address(int node) {
    return InetSocketAddress.createUnresolved("host" + node, 6379);
  }

  @Override
  public boolean isAlive(int node) {
    return !dead.contains(node);
  }

  @Override
  public void start(int node) throws IOException {
    act("start " + node);
    if (!dead.remove(node)) {
      throw new IOException("host " + node + " has a server that runs");
    }
    is("down " + node, null);
  }

  private void down(int node) {
    dead.add(node);
    is("down " + node, true);
    is("paused " + node, null);
  }

  @Override
  public void kill(int node) throws IOException {
    act("kill " + node);
    down(node);
  }

  @Override
  public void killAll() throws IOException {
    act("killAll");
    for (int i = 0; i < size; i++) {
      down(i);
    }
  }

  @Override
  public void stop(int node) throws IOException {
    act("stop " + node);
    down(node);
  }

  @Override
  public void pause(int node) throws IOException {
    act("pause " + node);
    is("paused " + node, true);
  }

  @Override
  public void resume(int node) throws IOException {
    act("resume " + node);
    is("paused " + node, null);
  }

  @Override
  public void wipe(int node) throws IOException {
    act("wipe " + node);
    if (isAlive(node)) {
      throw new IOException("host " + node + " has a server that runs");
    }
  }

  @Override
  public void harm(Harm harm) throws IOException {
    act("harm " + (harm.equals(Harm.NONE) ? "none" : harm));
    is("harm", harm.equals(Harm.NONE) ? null : harm);
  }

  @Override
  public void reset(int node) throws IOException {
    act("reset " + node);
  }

  @Override
  public Set<String> connections(int node) {
    return Set.of();
  }

  @Override
  public long pingMillis(Link link) {
    return 0;
  }

  @Override
  public void cpu(int node, double share) throws IOException {
    act("cpu " + node + " " + share);
    is("cpu " + node, share == 1 ? null : share);
  }

  @Override
  public void diskDelay(int node, int millis) throws IOException {
    act("disk " + node + " " + millis);
    is("disk " + node, millis == 0 ? null : millis);
  }

  @Override
  public void fillDisk(int node) throws IOException {
    act("fill " + node);
    is("full " + node, true);
  }

  @Override
  public void freeDisk(int node) throws IOException {
    act("free " + node);
    is("full " + node, null);
  }

  @Override
  public void clock(int node, long offsetMillis, long driftPpm) throws IOException {
    act("clock " + node + " " + offsetMillis + " " + driftPpm);
    is("clock " + node, offsetMillis == 0 && driftPpm == 0 ? null : List.of(offsetMillis, driftPpm));
  }

  @Override
  public void mend() throws IOException {
    act("mend");
    fails = null;
    wrong.clear();
    dead.clear();
  }

  @Override
  public Path log(int node) {
    return Path.of("node-" + node + ".log");
  }

  @Override
  public void close() {}
}
