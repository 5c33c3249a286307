package dev.henge.chaos.cluster;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.Network.Ipam;
import com.github.dockerjava.api.model.Network.Ipam.Config;
import dev.henge.chaos.Await;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.utility.DockerImageName;

/**
 * Hosts that are containers, by Testcontainers, on a Docker network with a fixed subnet. A host is two containers: one
 * that only sleeps and has the address, and in its network the one of the server. So the host outlives its server: who
 * connects to a killed one is refused at once, and addresses and rules stay as they are.
 *
 * <p>The engine must be this machine's, and the harness root: it enters the containers' networks, sets rules on the
 * network's bridge, and mounts a disk for each server.
 */
public final class DockerCluster extends LocalCluster {

  private static final int SUBNETS_FROM = 64;
  private static final int PAUSE_TRIES_MAX = 10;
  private static final int END_SECONDS_MAX = 60;
  private static final int EXIT_SECONDS_MAX = 20;
  /** Ryuk removes what a killed run has left. Here the next run does, without an image from elsewhere. */
  private static final String NO_RYUK = "TESTCONTAINERS_RYUK_DISABLED";
  private static final String LABEL = "dev.henge.chaos";
  private static final String DATA = "/var/lib/henge";
  private static final String FAULTS = "/chaos/faults";
  private static final String LIBRARY = "/chaos/faults.so";

  private final DockerClient docker;
  private final List<Server> servers = new ArrayList<>();

  private DockerCluster(Slot slot, Target target, int size, Path dir) {
    super(slot, target, dir, slot.addresses(SUBNETS_FROM, size),
        new Fence(List.of(), slot.prefix(), slot.addresses(SUBNETS_FROM, size)));
    docker = DockerClientFactory.instance().client();
  }

  /** Why there can be no such cluster here; null if there can. */
  public static String impossible() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return "networks and disks of containers are broken from a Linux that they run on";
    }
    if (!"root".equals(System.getProperty("user.name"))) {
      return "networks and disks of containers are broken by root";
    }
    for (String program : List.of("nsenter", "tc", "ss", "nft", "iptables", "mkfs.ext4", "cc")) {
      if (!Command.exists(program)) {
        return "there is no " + program + " (Debian: util-linux iproute2 nftables iptables e2fsprogs gcc libc6-dev)";
      }
    }
    if (!Command.exists("docker")) {
      return "there is no docker; chaos-tests/docker/engine.sh installs one and starts it";
    }
    String host = System.getenv("DOCKER_HOST");
    if (host != null && !host.startsWith("unix:")) {
      return "the Docker engine is not this machine's: DOCKER_HOST is " + host;
    }
    if (!"true".equals(System.getenv(NO_RYUK))) {
      return "Testcontainers would pull an image of its own; " + NO_RYUK + "=true keeps it from that";
    }
    try {
      Command.run("docker", "version", "--format", "{{.Server.Version}}");
      return null;
    } catch (IOException e) {
      return "no Docker engine answers; chaos-tests/docker/engine.sh starts one";
    }
  }

  /**
   * Makes the images, the hosts, starts a server on each, and waits until they are one system.
   *
   * @param dir for data, which goes with the cluster, and logs, which stay
   */
  public static DockerCluster start(Target target, int size, Path dir) throws IOException {
    checkSize(size);
    String reason = impossible();
    if (reason != null) {
      throw new IOException(reason);
    }
    return start(Slot.take(), target, size, dir);
  }

  static DockerCluster start(Slot slot, Target target, int size, Path dir) throws IOException {
    DockerCluster cluster;
    try {
      cluster = new DockerCluster(slot, target, size, dir);
    } catch (RuntimeException e) {
      slot.close();
      throw new IOException("Testcontainers finds no Docker engine: " + e.getMessage(), e);
    }
    cluster.begin();
    return cluster;
  }

  /** Removes what runs that were killed have left in this slot. */
  static void removeLeft(Slot slot) throws IOException {
    new DockerCluster(slot, null, 0, Path.of(".")).removeLeft();
  }

  // ---------------------------------------------------------------- making and removing

  /** A container of ours: never pulled, and ready when it runs. */
  private static class Sandbox extends GenericContainer<Sandbox> {
    Sandbox(String image, String slot) {
      super(DockerImageName.parse(image));
      withImagePullPolicy(name -> false);
      withLabel(LABEL, slot);
      waitingFor(new AbstractWaitStrategy() {
        @Override
        protected void waitUntilReady() {
          // what runs is ready
        }
      });
      // A look at the health would be load on the machine that is measured.
      withCreateContainerCmdModifier(command -> command.withHealthcheck(new HealthCheck().withTest(List.of("NONE"))));
    }
  }

  /** The container of a host's server. Testcontainers makes it; it is ended and started again by its number. */
  private final class Server extends Sandbox {
    private final int node;
    private boolean paused;
    private double share = 1;

    Server(int node, String image, Sandbox sandbox) {
      super(image, slot().prefix());
      this.node = node;
      withNetworkMode("container:" + sandbox.getContainerId());
      withCreateContainerCmdModifier(command -> command.withName(slot().prefix() + "-" + node + "-server"));
      Target.Launch launch = target().launch(node, new Target.Surroundings(ips(), DATA));
      Map<String, String> environment = new HashMap<>(launch.environment());
      environment.put("LD_PRELOAD", LIBRARY);
      environment.put(FaultsFile.VARIABLE, FAULTS);
      withEnv(environment);
      if (!target().programs().isEmpty()) {
        withCreateContainerCmdModifier(command -> command.withEntrypoint(launch.program()));
      }
      withCommand(launch.arguments().toArray(String[]::new));
    }

    /** Binds files of this machine, and the disk's data. */
    Server with(Path faults, Path library, Disk disk) {
      withFileSystemBind(faults.toString(), FAULTS, BindMode.READ_ONLY);
      withFileSystemBind(library.toString(), LIBRARY, BindMode.READ_ONLY);
      return (Server) withFileSystemBind(disk.data().toString(), DATA, BindMode.READ_WRITE);
    }

    @Override
    protected void containerIsCreated(String id) {
      try {
        follow(id, node);
      } catch (IOException e) {
        throw new ContainerLaunchException("its output cannot be had", e);
      }
    }

    boolean isAlive() {
      return getContainerId() != null
          && Boolean.TRUE.equals(docker.inspectContainerCmd(getContainerId()).exec().getState().getRunning());
    }
  }

  /** Writes to the host's log what the container says from now on, until it ends. */
  private void follow(String id, int node) throws IOException {
    OutputStream log = Files.newOutputStream(host(node).log(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    ResultCallback.Adapter<Frame> copy = new ResultCallback.Adapter<>() {
      @Override
      public void onNext(Frame frame) {
        try {
          log.write(frame.getPayload());
        } catch (IOException e) {
          onError(e);
        }
      }

      @Override
      public void close() throws IOException {
        super.close();
        log.close();
      }
    };
    docker.attachContainerCmd(id).withStdOut(true).withStdErr(true).withFollowStream(true).exec(copy);
    try {
      if (!copy.awaitStarted(END_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IOException("nothing is heard of container " + id);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  void removeNamed() throws IOException {
    List<String> labels = List.of(LABEL + "=" + slot().prefix());
    try {
      if (exiting()) {
        awaitTestcontainers(labels);
      }
      containers(labels).parallelStream().forEach(container -> removeContainer(container.getId()));
      for (var network : docker.listNetworksCmd().withFilter("label", labels).exec()) {
        removeNetwork(network.getId());
      }
    } catch (DockerException e) {
      throw new IOException("not all containers could be removed: " + e.getMessage(), e);
    }
    String table = "table bridge " + slot().prefix();
    Command.run(List.of("nft", "-f", "-"), table + "\ndelete " + table);
  }

  private List<Container> containers(List<String> labels) {
    return docker.listContainersCmd().withShowAll(true).withLabelFilter(labels).exec();
  }

  /** When the process ends Testcontainers removes containers as well, and shouts if one of them is gone already. */
  private void awaitTestcontainers(List<String> labels) {
    try {
      Await.until(Duration.ofSeconds(EXIT_SECONDS_MAX), "", () -> containers(labels).isEmpty() ? null : "");
    } catch (AssertionError e) {
      // then they are ours to remove
    }
  }

  private void removeContainer(String id) {
    try {
      docker.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException e) {
      // gone already
    } catch (ConflictException e) {
      Await.until(Duration.ofSeconds(END_SECONDS_MAX), "container " + id + " is gone", () -> {
        try {
          return docker.inspectContainerCmd(id).exec().getState().getStatus();
        } catch (NotFoundException gone) {
          return null;
        }
      });
    }
  }

  private void removeNetwork(String id) {
    try {
      docker.removeNetworkCmd(id).exec();
    } catch (NotFoundException e) {
      // gone already
    }
  }

  @Override
  void make() throws IOException {
    Images images = new Images();
    String image = images.of(target(), slot().prefix());
    String base = images.base();
    Path library = FaultsFile.compile("faults.c", dir().resolve("faults.so"));
    Path delay = FaultsFile.compile("delay.c", dir().resolve("delay"));
    Network network = network();
    List<Sandbox> sandboxes = new ArrayList<>();
    for (int i = 0; i < ips().size(); i++) {
      String ip = ips().get(i);
      String name = slot().prefix() + "-" + i;
      sandboxes.add(new Sandbox(base, slot().prefix()).withNetwork(network).withCreateContainerCmdModifier(
          command -> command.withName(name).withIpv4Address(ip).withEntrypoint("sleep").withCmd("infinity")));
    }
    launch(sandboxes);
    for (int i = 0; i < ips().size(); i++) {
      long pid = sandboxes.get(i).getCurrentContainerInfo().getState().getPidLong();
      if (!Files.exists(Path.of("/proc/" + pid + "/ns/net"))) {
        throw new IOException("the Docker engine is not this machine's: its processes are not here");
      }
      HostNetwork host = new HostNetwork(List.of("nsenter", "-t", Long.toString(pid), "-n"), "eth0",
          slot().harness(SUBNETS_FROM), delay);
      Disk disk = makeDisk(i, Images.OWNER);
      add(host, disk);
      servers.add(new Server(i, image, sandboxes.get(i)).with(faultsPath(i), library, disk));
    }
  }

  /** One that leads nowhere else. */
  private Network network() {
    return Network.builder().createNetworkCmdModifier(command -> {
      Map<String, String> labels = new HashMap<>();
      if (command.getLabels() != null) {
        labels.putAll(command.getLabels());
      }
      labels.put(LABEL, slot().prefix());
      command.withName(slot().prefix()).withLabels(labels).withInternal(true).withIpam(new Ipam().withConfig(
          List.of(new Config().withSubnet(slot().subnet(SUBNETS_FROM)).withGateway(slot().harness(SUBNETS_FROM)))));
    }).build();
  }

  private static void launch(List<? extends GenericContainer<?>> containers) throws IOException {
    try {
      Startables.deepStart(containers).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException("a container does not start: " + e.getCause().getMessage(), e.getCause());
    }
  }

  @Override
  void startAll() throws IOException {
    launch(servers);
  }

  @Override
  void endOwn() {
    // containers are the engine's, and go by their label
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
    follow(server.getContainerId(), node);
    server.paused = false;
    engine(() -> docker.startContainerCmd(server.getContainerId()).exec());
  }

  @Override
  public void kill(int node) throws IOException {
    signal(node, "KILL");
    awaitEnd(node);
  }

  /** All by one program, but for those that the engine holds: it lets them go only as it kills them. */
  @Override
  public void killAll() throws IOException {
    List<String> kill = new ArrayList<>(List.of("kill", "-9"));
    for (Server server : servers) {
      var state = docker.inspectContainerCmd(server.getContainerId()).exec().getState();
      if (!server.paused && Boolean.TRUE.equals(state.getRunning())) {
        kill.add(Long.toString(state.getPidLong()));
      }
    }
    if (kill.size() > 2) {
      Command.tryRun(kill.toArray(String[]::new));
    }
    for (int i = 0; i < servers.size(); i++) {
      if (servers.get(i).paused) {
        signal(i, "KILL");
      }
    }
    for (int i = 0; i < servers.size(); i++) {
      awaitEnd(i);
    }
  }

  private void signal(int node, String name) throws IOException {
    if (isAlive(node)) {
      engine(() -> docker.killContainerCmd(servers.get(node).getContainerId()).withSignal(name).exec());
    }
  }

  @Override
  public void stop(int node) throws IOException {
    resume(node);
    signal(node, "TERM");
    awaitEnd(node);
  }

  private void awaitEnd(int node) throws IOException {
    try {
      docker.waitContainerCmd(servers.get(node).getContainerId()).start().awaitStatusCode(END_SECONDS_MAX,
          TimeUnit.SECONDS);
      servers.get(node).paused = false;
    } catch (RuntimeException e) {
      throw new IOException("the server of host " + node + " has not ended within " + END_SECONDS_MAX + " s", e);
    }
  }

  /**
   * The engine stops all processes of the container at once. It gives up, and lets all of them go on, if some of them
   * do not come to a halt at once, as where they wait for a disk or for their share of a core: then it is asked again.
   */
  @Override
  public void pause(int node) throws IOException {
    Server server = servers.get(node);
    for (int tried = 1; !server.paused; tried++) {
      try {
        docker.pauseContainerCmd(server.getContainerId()).exec();
        server.paused = true;
      } catch (DockerException e) {
        if (!isAlive(node)) {
          return; // it has ended by itself meanwhile
        }
        if (tried == PAUSE_TRIES_MAX) {
          throw new IOException("the Docker engine: " + e.getMessage(), e);
        }
      }
    }
  }

  @Override
  public void resume(int node) throws IOException {
    if (servers.get(node).paused && isAlive(node)) {
      engine(() -> docker.unpauseContainerCmd(servers.get(node).getContainerId()).exec());
    }
    servers.get(node).paused = false;
  }

  @Override
  public void cpu(int node, double share) throws IOException {
    Server server = servers.get(node);
    if (share != server.share) {
      engine(() -> docker.updateContainerCmd(server.getContainerId()).withCpuPeriod(Cpu.periodMicros(share))
          .withCpuQuota(Cpu.quotaMicros(share)).exec());
      server.share = share;
    }
  }

  /** What the engine refuses is an expected failure here. */
  private static void engine(Runnable request) throws IOException {
    try {
      request.run();
    } catch (DockerException e) {
      throw new IOException("the Docker engine: " + e.getMessage(), e);
    }
  }
}
