package dev.henge.chaos.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Hosts that are network namespaces of this machine, on a bridge in a namespace of its own, so that no firewall of the
 * machine sees it. Root on Linux; it starts in a second. Programs: ip, tc, ss (iproute2), nft (nftables), and for
 * delay iptables.
 */
public final class NetnsCluster extends LocalCluster {

  private static final int SUBNETS_FROM = 16;

  /** A process that a signal cannot find is about to be gone. */
  private static final int GONE_MILLIS_MAX = 1_000;
  private static final long END_SECONDS_MAX = 60;

  private final String prefix;
  private final List<Server> servers = new ArrayList<>();

  /** The process of a host's server, or of none yet. */
  private static final class Server {
    private final Cpu cpu;
    private final List<String> command;
    private final Map<String, String> environment;
    private Process process;
    private boolean paused;

    Server(Cpu cpu, List<String> command, Map<String, String> environment) {
      this.cpu = cpu;
      this.command = command;
      this.environment = environment;
    }

    boolean isAlive() {
      return process != null && process.isAlive();
    }
  }

  private NetnsCluster(Slot slot, Target target, int size, Path dir) {
    super(slot, target, dir, slot.addresses(SUBNETS_FROM, size),
        new Fence(List.of("ip", "netns", "exec", slot.prefix() + "sw"), "nemesis", slot.addresses(SUBNETS_FROM, size)));
    this.prefix = slot.prefix();
  }

  /** Why there can be no such cluster here; null if there can. */
  public static String impossible() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return "network namespaces are Linux's";
    }
    if (!"root".equals(System.getProperty("user.name"))) {
      return "network namespaces need root";
    }
    for (String program : List.of("ip", "tc", "ss", "nft", "mkfs.ext4")) {
      if (!Command.exists(program)) {
        return "there is no " + program + " (Debian: iproute2 nftables iptables e2fsprogs)";
      }
    }
    return null;
  }

  /**
   * Makes the hosts, starts a server on each, and waits until they are one system.
   *
   * @param dir for data, which goes with the cluster, and logs, which stay
   */
  public static NetnsCluster start(Target target, int size, Path dir) throws IOException {
    checkSize(size);
    String reason = impossible();
    if (reason != null) {
      throw new IOException(reason);
    }
    return start(Slot.take(), target, size, dir);
  }

  static NetnsCluster start(Slot slot, Target target, int size, Path dir) throws IOException {
    NetnsCluster cluster = new NetnsCluster(slot, target, size, dir);
    cluster.begin();
    return cluster;
  }

  /** Removes what runs that were killed have left in this slot. */
  static void removeLeft(Slot slot) throws IOException {
    new NetnsCluster(slot, null, 0, Path.of(".")).removeLeft();
  }

  // ---------------------------------------------------------------- making and removing

  private String namespace(int node) {
    return prefix + "-" + node;
  }

  @Override
  void removeNamed() throws IOException {
    for (String line : Command.run("ip", "netns", "list").lines().toList()) {
      String name = line.split(" ")[0];
      if (name.equals(prefix + "sw") || name.startsWith(prefix + "-")) {
        for (String pid : Command.run("ip", "netns", "pids", name).lines().toList()) {
          Command.tryRun("kill", "-9", pid);
        }
        Command.run("ip", "netns", "del", name);
      }
    }
    Command.tryRun("ip", "link", "del", prefix + "ctl");
  }

  @Override
  void make() throws IOException {
    makeNetwork(ips().size());
    makeHosts();
  }

  private void makeNetwork(int size) throws IOException {
    StringBuilder batch = new StringBuilder("netns add " + prefix + "sw\n");
    for (int i = 0; i < size; i++) {
      batch.append("netns add ").append(namespace(i)).append('\n');
    }
    Command.run(List.of("ip", "-batch", "-"), batch.toString());
    Command.run(List.of("ip", "-n", prefix + "sw", "-batch", "-"),
        "link add br0 type bridge forward_delay 0\nlink set br0 up\nlink set lo up\n");
    batch = new StringBuilder("link add " + prefix + "ctl type veth peer name pctl netns " + prefix + "sw\n"
        + "addr add " + slot().harness(SUBNETS_FROM) + "/24 dev " + prefix + "ctl\nlink set " + prefix + "ctl up\n");
    for (int i = 0; i < size; i++) {
      batch.append("link add p").append(i).append(" netns ").append(prefix).append("sw type veth peer name eth0 netns ")
          .append(namespace(i)).append('\n');
    }
    Command.run(List.of("ip", "-batch", "-"), batch.toString());
    batch = new StringBuilder("link set pctl master br0 up\n");
    for (int i = 0; i < size; i++) {
      batch.append("link set p").append(i).append(" master br0 up\n");
    }
    Command.run(List.of("ip", "-n", prefix + "sw", "-batch", "-"), batch.toString());
    for (int i = 0; i < size; i++) {
      Command.run(List.of("ip", "-n", namespace(i), "-batch", "-"),
          "link set lo up\naddr add " + ips().get(i) + "/24 dev eth0\nlink set eth0 up\n");
    }
  }

  private void makeHosts() throws IOException {
    Path library = FaultsFile.compile("faults.c", dir().resolve("faults.so"));
    Path delay = FaultsFile.compile("delay.c", dir().resolve("delay"));
    for (int i = 0; i < ips().size(); i++) {
      List<String> enter = List.of("ip", "netns", "exec", namespace(i));
      Disk disk = makeDisk(i, "0:0");
      add(new HostNetwork(enter, "eth0", slot().harness(SUBNETS_FROM), delay), disk);
      Target.Launch launch = target().launch(i, new Target.Surroundings(ips(), disk.data().toString()));
      // A session of its own: a Ctrl-C at the terminal is meant for the harness alone.
      List<String> command = new ArrayList<>(List.of("setsid"));
      command.addAll(enter);
      command.addAll(launch.program());
      command.addAll(launch.arguments());
      Map<String, String> environment = new HashMap<>(launch.environment());
      environment.put("LD_PRELOAD", library.toString());
      environment.put(FaultsFile.VARIABLE, faultsPath(i).toString());
      servers.add(new Server(new Cpu(namespace(i)), command, environment));
    }
  }

  @Override
  void startAll() throws IOException {
    for (int i = 0; i < servers.size(); i++) {
      start(i);
    }
  }

  @Override
  void endOwn() {
    for (Server server : servers) {
      if (server.isAlive()) {
        server.process.destroyForcibly();
      }
    }
    for (Server server : servers) {
      if (server.process != null) {
        server.process.onExit().join();
      }
      server.cpu.remove();
    }
  }

  // ---------------------------------------------------------------- what a cluster does

  @Override
  public boolean isAlive(int node) {
    return servers.get(node).isAlive();
  }

  @Override
  public void start(int node) throws IOException {
    Server server = servers.get(node);
    if (server.isAlive()) {
      throw new IOException("host " + node + " has a server that runs");
    }
    ProcessBuilder builder = new ProcessBuilder(server.command).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(host(node).log().toFile()));
    builder.environment().putAll(server.environment);
    server.process = builder.start();
    server.paused = false;
    unlessEnded(server.process, () -> server.cpu.take(server.process.pid()));
  }

  /** What is done to a process. */
  private interface Act {
    void on() throws IOException;
  }

  /**
   * A server may end by itself while something is done to it, such as one that cannot read its data: that is no fault
   * of the act.
   */
  private static void unlessEnded(Process process, Act act) throws IOException {
    try {
      act.on();
    } catch (IOException e) {
      try {
        if (!process.waitFor(GONE_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
          throw e;
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw e;
      }
    }
  }

  @Override
  public void kill(int node) throws IOException {
    Server server = servers.get(node);
    if (server.process != null) {
      server.process.destroyForcibly();
      awaitEnd(node);
    }
  }

  @Override
  public void killAll() throws IOException {
    for (Server server : servers) {
      if (server.isAlive()) {
        server.process.destroyForcibly();
      }
    }
    for (int i = 0; i < servers.size(); i++) {
      awaitEnd(i);
    }
  }

  @Override
  public void stop(int node) throws IOException {
    resume(node);
    servers.get(node).process.destroy();
    awaitEnd(node);
  }

  private void awaitEnd(int node) throws IOException {
    try {
      if (!servers.get(node).process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IOException("the server of host " + node + " has not ended within " + END_SECONDS_MAX + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void pause(int node) throws IOException {
    signal(node, "STOP");
    servers.get(node).paused = true;
  }

  @Override
  public void resume(int node) throws IOException {
    if (servers.get(node).paused && isAlive(node)) {
      signal(node, "CONT");
    }
    servers.get(node).paused = false;
  }

  private void signal(int node, String name) throws IOException {
    Process process = servers.get(node).process;
    unlessEnded(process, () -> Command.run("kill", "-" + name, Long.toString(process.pid())));
    for (ProcessHandle other : process.descendants().toList()) {
      Command.tryRun("kill", "-" + name, Long.toString(other.pid()));
    }
  }

  @Override
  public void cpu(int node, double share) throws IOException {
    servers.get(node).cpu.share(share);
  }
}
