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

/**
 * A cluster whose hosts this machine plays. How networks, disks and clocks are broken is the same whatever the hosts
 * are made of; how they are made, and how a server in one is started and ended, is not.
 */
abstract class LocalCluster implements Cluster {

  static final int HOSTS_MAX = 32;

  private static final long DISK_BYTES = 4L << 30;
  private static final String DISK = "-disk-";

  private final Slot slot;
  private final Target target;
  private final Path dir;
  private final List<String> addresses;
  private final Fence fence;
  private final List<Host> hosts = new ArrayList<>();
  private final Thread atExit = new Thread(this::removeAtExit, "remove-hosts");
  private Harm harm = Harm.NONE;
  private volatile boolean exiting;

  /** What a host has beside its server. */
  record Host(HostNetwork network, Disk disk, FaultsFile faults, Path log) {}

  LocalCluster(Slot slot, Target target, Path dir, List<String> addresses, Fence fence) {
    this.slot = slot;
    this.target = target;
    this.dir = dir.toAbsolutePath();
    this.addresses = addresses;
    this.fence = fence;
  }

  // ---------------------------------------------------------------- making and removing

  /** Removes what bears the slot's names but for disks; there may be nothing. */
  abstract void removeNamed() throws IOException;

  /** Makes the network and, by {@link #add}, the hosts. */
  abstract void make() throws IOException;

  /** Starts the servers of all hosts for the first time. */
  abstract void startAll() throws IOException;

  /** Ends what this process itself has running for the hosts. */
  abstract void endOwn();

  /** Makes all, starts all, and waits until the servers are one system; else leaves nothing. */
  final void begin() throws IOException {
    try {
      Runtime.getRuntime().addShutdownHook(atExit);
      removeLeft();
      Files.createDirectories(dir);
      make();
      for (int i = 0; i < hosts.size(); i++) {
        putFiles(i, false);
      }
      startAll();
      target.form(this);
    } catch (IOException | RuntimeException | Error e) {
      try {
        close();
      } catch (IOException | RuntimeException notRemoved) {
        e.addSuppressed(notRemoved);
      }
      throw e;
    }
  }

  final void removeLeft() throws IOException {
    removeNamed();
    Disk.removeLeft(slot.prefix() + DISK);
  }

  static void checkSize(int size) {
    if (size < 1 || size > HOSTS_MAX) {
      throw new IllegalArgumentException("1 to " + HOSTS_MAX + " hosts, not " + size);
    }
  }

  /** Whether the process is ending, and others clean up at the same time. */
  final boolean exiting() {
    return exiting;
  }

  final Slot slot() {
    return slot;
  }

  final Path dir() {
    return dir;
  }

  final List<String> ips() {
    return addresses;
  }

  final Host host(int node) {
    return hosts.get(node);
  }

  /** A disk whose data belongs to the user of the server, as chown takes it. */
  final Disk makeDisk(int node, String owner) throws IOException {
    return Disk.make(dir, slot.prefix() + DISK + node, DISK_BYTES, owner);
  }

  final Path faultsPath(int node) {
    return dir.resolve("faults-" + node);
  }

  /** The next host, whose log begins anew. */
  final void add(HostNetwork network, Disk disk) throws IOException {
    int node = hosts.size();
    Files.deleteIfExists(faultsPath(node));
    Path log = dir.resolve("node-" + node + ".log");
    Files.deleteIfExists(log);
    hosts.add(new Host(network, disk, new FaultsFile(faultsPath(node)), log));
  }

  private void removeAtExit() {
    exiting = true;
    try {
      remove();
    } catch (IOException | RuntimeException | AssertionError e) {
      System.err.println("not all of the cluster could be removed: " + e.getMessage());
    }
  }

  @Override
  public final void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      return; // the process is ending, and the hook does it
    }
    remove();
  }

  private void remove() throws IOException {
    endOwn();
    for (Host host : hosts) {
      host.network().close();
    }
    removeLeft();
    for (Host host : hosts) {
      host.disk().remove();
    }
    slot.close();
  }

  // ---------------------------------------------------------------- what a cluster does

  @Override
  public final int size() {
    return hosts.size();
  }

  @Override
  public final Target target() {
    return target;
  }

  @Override
  public final InetSocketAddress address(int node) {
    return new InetSocketAddress(addresses.get(node), Target.CLIENT_PORT);
  }

  @Override
  public void wipe(int node) throws IOException {
    if (isAlive(node)) {
      throw new IOException("host " + node + " has a server that runs");
    }
    hosts.get(node).disk().wipe();
    putFiles(node, true);
  }

  private void putFiles(int node, boolean wiped) throws IOException {
    for (Map.Entry<String, String> file : target.files(node, hosts.size(), wiped).entrySet()) {
      Files.writeString(hosts.get(node).disk().data().resolve(file.getKey()), file.getValue());
    }
  }

  @Override
  public final void harm(Harm next) throws IOException {
    fence.raise(next);
    for (int i = 0; i < hosts.size(); i++) {
      HostNetwork network = hosts.get(i).network();
      network.rate(next.bytesPerSecond().getOrDefault(i, 0L));
      Map<String, Integer> delays = new HashMap<>();
      for (Map.Entry<Link, Integer> entry : next.delayMillis().entrySet()) {
        if (entry.getKey().to() == i) {
          delays.put(addresses.get(entry.getKey().from()), entry.getValue());
        }
      }
      network.delay(delays);
    }
    harm = next;
  }

  @Override
  public final void reset(int node) throws IOException {
    hosts.get(node).network().reset();
  }

  @Override
  public final Set<String> connections(int node) throws IOException {
    return hosts.get(node).network().connections();
  }

  @Override
  public final long pingMillis(Link link) {
    return hosts.get(link.from()).network().pingMillis(addresses.get(link.to()));
  }

  @Override
  public final void diskDelay(int node, int millis) {
    hosts.get(node).faults().disk(millis);
  }

  @Override
  public final void fillDisk(int node) throws IOException {
    hosts.get(node).disk().fill();
  }

  @Override
  public final void freeDisk(int node) throws IOException {
    hosts.get(node).disk().free();
  }

  @Override
  public final void clock(int node, long offsetMillis, long driftPpm) {
    hosts.get(node).faults().clock(offsetMillis, driftPpm);
  }

  @Override
  public final void mend() throws IOException {
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
  public final Path log(int node) {
    return hosts.get(node).log();
  }
}
