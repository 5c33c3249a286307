package dev.henge.chaos.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Hosts that are network namespaces of this machine, on a bridge in a namespace of its own, so that no firewall of the
 * machine sees it. Root on Linux; it starts in a second. Programs: ip, tc, ss (iproute2), nft (nftables), and for
 * delay iptables.
 */
public final class NetnsCluster implements Cluster {

  private static final int SUBNETS_FROM = 16;
  private static final int HOSTS_MAX = 32;
  private static final long DISK_BYTES = 4L << 30;
  private static final long END_SECONDS_MAX = 60;

  private final Slot slot;
  private final Target target;
  private final Path dir;
  private final String prefix;
  private final List<Host> hosts = new ArrayList<>();
  private final Fence fence;
  private final Thread atExit = new Thread(this::closeQuietly, "remove-hosts");
  private Harm harm = Harm.NONE;

  /** One host: its part of the network, its disk, its clock, and the process of its server. */
  private static final class Host {
    private final HostNetwork network;
    private final Disk disk;
    private final FaultsFile faults;
    private final Cpu cpu;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path log;
    private Process process;
    private boolean paused;

    Host(HostNetwork network, Disk disk, FaultsFile faults, Cpu cpu, List<String> command,
        Map<String, String> environment, Path log) {
      this.network = network;
      this.disk = disk;
      this.faults = faults;
      this.cpu = cpu;
      this.command = command;
      this.environment = environment;
      this.log = log;
    }

    boolean isAlive() {
      return process != null && process.isAlive();
    }
  }

  private NetnsCluster(Slot slot, Target target, int size, Path dir) {
    this.slot = slot;
    this.target = target;
    this.dir = dir;
    this.prefix = slot.prefix();
    this.fence = new Fence(List.of("ip", "netns", "exec", prefix + "sw"), "nemesis",
        IntStream.range(0, size).mapToObj(this::ip).toList());
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
      if (!onPath(program)) {
        return "there is no " + program + " (Debian: iproute2 nftables iptables e2fsprogs)";
      }
    }
    return null;
  }

  private static boolean onPath(String program) {
    for (String entry : System.getenv("PATH").split(":")) {
      if (Files.isExecutable(Path.of(entry, program))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Makes the hosts, starts a server on each, and waits until they are one system.
   *
   * @param dir for data, which goes with the cluster, and logs, which stay
   */
  public static NetnsCluster start(Target target, int size, Path dir) throws IOException {
    if (size < 1 || size > HOSTS_MAX) {
      throw new IllegalArgumentException("1 to " + HOSTS_MAX + " hosts, not " + size);
    }
    String reason = impossible();
    if (reason != null) {
      throw new IOException(reason);
    }
    NetnsCluster cluster = new NetnsCluster(Slot.take(), target, size, dir.toAbsolutePath());
    try {
      Runtime.getRuntime().addShutdownHook(cluster.atExit);
      cluster.removeLeft();
      cluster.makeNetwork(size);
      cluster.makeHosts(size);
      for (int i = 0; i < size; i++) {
        cluster.start(i);
      }
      target.form(cluster);
      return cluster;
    } catch (IOException | RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  // ---------------------------------------------------------------- making and removing

  private String ip(int node) {
    return slot.subnet(SUBNETS_FROM) + "." + (10 + node);
  }

  private String harnessIp() {
    return slot.subnet(SUBNETS_FROM) + ".1";
  }

  private String namespace(int node) {
    return prefix + "-" + node;
  }

  private void removeLeft() throws IOException {
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
    Disk.removeLeft(prefix + "-disk-");
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
        + "addr add " + harnessIp() + "/24 dev " + prefix + "ctl\nlink set " + prefix + "ctl up\n");
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
          "link set lo up\naddr add " + ip(i) + "/24 dev eth0\nlink set eth0 up\n");
    }
  }

  private void makeHosts(int size) throws IOException {
    Files.createDirectories(dir);
    Path library = FaultsFile.compile("faults.c", dir.resolve("faults.so"));
    Path delay = FaultsFile.compile("delay.c", dir.resolve("delay"));
    List<String> addresses = IntStream.range(0, size).mapToObj(this::ip).toList();
    for (int i = 0; i < size; i++) {
      List<String> enter = List.of("ip", "netns", "exec", namespace(i));
      Disk disk = Disk.make(dir, prefix + "-disk-" + i, DISK_BYTES);
      Path faults = dir.resolve("faults-" + i);
      Files.deleteIfExists(faults);
      Target.Launch launch = target.launch(i, new Target.Surroundings(addresses, disk.data().toString()));
      List<String> command = new ArrayList<>(enter);
      command.addAll(launch.program());
      command.addAll(launch.arguments());
      Map<String, String> environment = new HashMap<>(launch.environment());
      environment.put("LD_PRELOAD", library.toString());
      environment.put(FaultsFile.VARIABLE, faults.toString());
      Path log = dir.resolve("node-" + i + ".log");
      Files.deleteIfExists(log);
      hosts.add(new Host(new HostNetwork(enter, "eth0", harnessIp(), delay), disk, new FaultsFile(faults),
          new Cpu(namespace(i)), command, environment, log));
    }
  }

  private void closeQuietly() {
    try {
      remove();
    } catch (IOException e) {
      System.err.println("not all of the cluster could be removed: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      return; // the process is ending, and the hook does it
    }
    remove();
  }

  private void remove() throws IOException {
    for (Host host : hosts) {
      if (host.isAlive()) {
        host.process.destroyForcibly();
      }
    }
    for (Host host : hosts) {
      if (host.process != null) {
        host.process.onExit().join();
      }
      host.network.close();
      host.cpu.remove();
    }
    removeLeft();
    for (Host host : hosts) {
      host.disk.remove();
    }
    slot.close();
  }

  // ---------------------------------------------------------------- what a cluster does

  @Override
  public int size() {
    return hosts.size();
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public InetSocketAddress address(int node) {
    return new InetSocketAddress(ip(node), Target.CLIENT_PORT);
  }

  @Override
  public boolean isAlive(int node) {
    return hosts.get(node).isAlive();
  }

  @Override
  public void start(int node) throws IOException {
    Host host = hosts.get(node);
    if (host.isAlive()) {
      throw new IOException("host " + node + " has a server that runs");
    }
    ProcessBuilder builder = new ProcessBuilder(host.command).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(host.log.toFile()));
    builder.environment().putAll(host.environment);
    host.process = builder.start();
    host.paused = false;
    host.cpu.take(host.process.pid());
  }

  @Override
  public void kill(int node) throws IOException {
    Host host = hosts.get(node);
    if (host.process != null) {
      host.process.destroyForcibly();
      awaitEnd(node);
    }
  }

  @Override
  public void killAll() throws IOException {
    for (Host host : hosts) {
      if (host.isAlive()) {
        host.process.destroyForcibly();
      }
    }
    for (int i = 0; i < hosts.size(); i++) {
      awaitEnd(i);
    }
  }

  @Override
  public void stop(int node) throws IOException {
    resume(node);
    hosts.get(node).process.destroy();
    awaitEnd(node);
  }

  private void awaitEnd(int node) throws IOException {
    try {
      if (!hosts.get(node).process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
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
    hosts.get(node).paused = true;
  }

  @Override
  public void resume(int node) throws IOException {
    if (hosts.get(node).paused && isAlive(node)) {
      signal(node, "CONT");
    }
    hosts.get(node).paused = false;
  }

  private void signal(int node, String name) throws IOException {
    Process process = hosts.get(node).process;
    Command.run("kill", "-" + name, Long.toString(process.pid()));
    for (ProcessHandle other : process.descendants().toList()) {
      Command.tryRun("kill", "-" + name, Long.toString(other.pid()));
    }
  }

  @Override
  public void wipe(int node) throws IOException {
    if (isAlive(node)) {
      throw new IOException("host " + node + " has a server that runs");
    }
    hosts.get(node).disk.wipe();
  }

  @Override
  public void harm(Harm next) throws IOException {
    fence.raise(next);
    for (int i = 0; i < hosts.size(); i++) {
      hosts.get(i).network.rate(next.bytesPerSecond().getOrDefault(i, 0L));
      Map<String, Integer> delays = new HashMap<>();
      for (Map.Entry<Link, Integer> entry : next.delayMillis().entrySet()) {
        if (entry.getKey().to() == i) {
          delays.put(ip(entry.getKey().from()), entry.getValue());
        }
      }
      hosts.get(i).network.delay(delays);
    }
    harm = next;
  }

  @Override
  public void reset(int node) throws IOException {
    hosts.get(node).network.reset();
  }

  @Override
  public Set<String> connections(int node) throws IOException {
    return hosts.get(node).network.connections();
  }

  @Override
  public long pingMillis(Link link) {
    return hosts.get(link.from()).network.pingMillis(ip(link.to()));
  }

  @Override
  public void cpu(int node, double share) throws IOException {
    hosts.get(node).cpu.share(share);
  }

  @Override
  public void diskDelay(int node, int millis) {
    hosts.get(node).faults.disk(millis);
  }

  @Override
  public void fillDisk(int node) throws IOException {
    hosts.get(node).disk.fill();
  }

  @Override
  public void freeDisk(int node) throws IOException {
    hosts.get(node).disk.free();
  }

  @Override
  public void clock(int node, long offsetMillis, long driftPpm) {
    hosts.get(node).faults.clock(offsetMillis, driftPpm);
  }

  @Override
  public void mend() throws IOException {
    if (!harm.equals(Harm.NONE)) {
      harm(Harm.NONE);
    }
    for (int i = 0; i < hosts.size(); i++) {
      cpu(i, 1);
      diskDelay(i, 0);
      freeDisk(i);
      clock(i, 0, 0);
      resume(i);
      if (!isAlive(i)) {
        start(i);
      }
    }
  }

  @Override
  public Path log(int node) {
    return hosts.get(node).log;
  }
}
