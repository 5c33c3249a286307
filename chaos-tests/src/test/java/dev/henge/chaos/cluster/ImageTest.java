package dev.henge.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Volume;
import dev.henge.node.NodeConfig;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.containers.wait.strategy.WaitStrategy;
import org.testcontainers.utility.DockerImageName;

/** The image that users have: who its process is, its memory, its health, its data. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class ImageTest {

  private static final Duration HEALTHY_MAX = Duration.ofSeconds(120);
  private static final String HEAP = "-Xmx";

  private Slot slot;
  private String image;

  @BeforeAll
  void build() throws IOException {
    Backends.require(DockerCluster.impossible());
    slot = Slot.take();
    image = new Images().of(new Henge("128m", Map.of(), List.of()), slot.prefix());
  }

  @AfterAll
  void end() throws IOException {
    if (slot != null) {
      slot.close();
    }
  }

  /** A node alone, as {@code docker run} starts it. */
  private static final class Node extends GenericContainer<Node> {
    Node(String image, long memoryMega, String volume, WaitStrategy ready) {
      super(DockerImageName.parse(image));
      withImagePullPolicy(name -> false);
      withCreateContainerCmdModifier(command -> command.getHostConfig().withMemory(memoryMega << 20)
          .withBinds(new Bind(volume, new Volume("/var/lib/henge"))));
      waitingFor(ready);
    }

    String says(String command) throws IOException, InterruptedException {
      return execInContainer("sh", "-c", command).getStdout().strip();
    }

    /** What the first process was told of its heap. */
    String heap() throws IOException, InterruptedException {
      String words = says("tr '\\0' ' ' </proc/1/cmdline");
      Matcher matcher = Pattern.compile(HEAP + "(\\w+)").matcher(words);
      assertTrue(matcher.find(), words);
      return matcher.group(1);
    }

    RespClient client() throws IOException {
      return new RespClient(getCurrentContainerInfo().getNetworkSettings().getNetworks().get("bridge").getIpAddress(),
          Target.CLIENT_PORT, 10_000);
    }

    Long stopped() {
      getDockerClient().stopContainerCmd(getContainerId()).withTimeout(60).exec();
      getDockerClient().waitContainerCmd(getContainerId()).start().awaitStatusCode(60, TimeUnit.SECONDS);
      return getDockerClient().inspectContainerCmd(getContainerId()).exec().getState().getExitCodeLong();
    }
  }

  @Test
  void aNodeIsHealthyIsNobodyAndKeepsItsDataInTheVolume() throws Exception {
    String volume = "henge-test-" + UUID.randomUUID();
    try {
      try (Node node = new Node(image, 1024, volume, Wait.forHealthcheck().withStartupTimeout(HEALTHY_MAX))) {
        node.start();
        assertEquals("10001:10001", node.getContainerInfo().getConfig().getUser());
        assertEquals("10001 10001", node.says("stat -c '%u %g' /proc/1"));
        assertEquals("256m", node.heap());
        try (RespClient client = node.client()) {
          assertEquals("OK", client.call("SET", "kept", "1"));
        }
        assertEquals(0L, node.stopped(), "SIGTERM is a clean stop");
      }
      try (Node node = new Node(image, 1024, volume, Wait.forHealthcheck().withStartupTimeout(HEALTHY_MAX))) {
        node.start();
        try (RespClient client = node.client()) {
          assertEquals("1", client.call("GET", "kept"));
        }
      }
    } finally {
      Command.tryRun("docker", "volume", "rm", volume);
    }
  }

  @Test
  void theHeapFollowsTheMemoryOfTheContainer() throws Exception {
    // A quarter of little; 512 MiB of what is usual; an eighth of much.
    Map<Long, String> heaps = new LinkedHashMap<>(Map.of(1_536L, "384m", 3_072L, "512m", 6_144L, "768m"));
    long machineMega = DockerClientFactory.instance().getInfo().getMemTotal() >> 20;
    heaps.keySet().removeIf(mega -> mega > machineMega);
    for (Map.Entry<Long, String> entry : heaps.entrySet()) {
      String volume = "henge-test-" + UUID.randomUUID();
      try (Node node = new Node(image, entry.getKey(), volume, Wait.forLogMessage(".*listens on.*", 1)
          .withStartupTimeout(HEALTHY_MAX))) {
        node.start();
        assertEquals(entry.getValue(), node.heap(), entry.getKey() + " MiB");
      } finally {
        Command.tryRun("docker", "volume", "rm", volume);
      }
    }
  }

  @Test
  void theComposeFileNamesSettingsThatThereAre() throws IOException {
    Path file = Path.of("..", "docs", "docker", "compose.yaml");
    Map<String, String> environment = new LinkedHashMap<>();
    Matcher matcher = Pattern.compile("(?m)^ *(HENGE_\\w+): \"?([^\"\\n]+)").matcher(Files.readString(file));
    while (matcher.find()) {
      environment.put(matcher.group(1), matcher.group(2));
    }
    assertTrue(environment.size() >= 3, environment.toString());
    NodeConfig config = NodeConfig.load(null, environment, Map.of("host", "0.0.0.0"));
    assertNotNull(config.announceHost());
    assertEquals("172.28.63.13", config.announceHost());
  }
}
