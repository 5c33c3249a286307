package dev.henge.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.Await;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A harness that is killed with SIGKILL leaves what it made, and the next one that takes its slot removes it. */
@Timeout(240)
class LeftoversTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String READY = "the cluster is there, and broken";

  /** The harness that is killed. */
  static final class Harness {
    private Harness() {}

    public static void main(String[] words) throws IOException {
      Slot slot = Slot.take(Integer.parseInt(words[1]));
      Cluster cluster = start(words[0], slot, 2, Path.of(words[2]));
      cluster.harm(Harm.cutting(Set.of(new Link(0, 1))).with(Harm.delaying(Map.of(new Link(1, 0), 50))));
      System.out.println(READY);
      // Until it is killed, or the test that waits for it has ended.
      while (System.in.read() >= 0) {
        Thread.onSpinWait();
      }
      Runtime.getRuntime().halt(1);
    }
  }

  private static Cluster start(String backend, Slot slot, int nodes, Path dir) throws IOException {
    Henge henge = new Henge("64m", Map.of(), List.of("-XX:TieredStopAtLevel=1"));
    return backend.equals("docker") ? DockerCluster.start(slot, henge, nodes, dir)
        : NetnsCluster.start(slot, henge, nodes, dir);
  }

  @Test
  void namespacesOfAKilledRunAreRemovedByTheNext() throws Exception {
    Backends.require(NetnsCluster.impossible());
    killAndTakeOver("netns", Set.of("namespace", "mount", "process"));
  }

  @Test
  void containersOfAKilledRunAreRemovedByTheNext() throws Exception {
    Backends.require(DockerCluster.impossible());
    killAndTakeOver("docker", Set.of("container", "network", "rules", "mount"));
  }

  @Test
  void namespacesOfAStoppedRunAreRemovedByItself() throws Exception {
    Backends.require(NetnsCluster.impossible());
    stop("netns");
  }

  @Test
  void containersOfAStoppedRunAreRemovedByItself() throws Exception {
    Backends.require(DockerCluster.impossible());
    stop("docker");
  }

  /** From the end: others take the first that is free, and would do this test's work before it is looked at. */
  private static int lastFree() throws IOException {
    for (int number = Slot.SLOTS - 1; number >= 0; number--) {
      Slot slot = Slot.take(number);
      if (slot != null) {
        slot.close();
        return number;
      }
    }
    throw new AssertionError("no slot is free");
  }

  private static String prefix(int number) throws IOException {
    try (Slot slot = Slot.take(number)) {
      return slot.prefix();
    }
  }

  private static void stop(String backend) throws Exception {
    int number = lastFree();
    String prefix = prefix(number);
    Path dir = Path.of("target", "chaos", "stopped-" + backend).toAbsolutePath();
    Leftovers.remove();
    Process harness = harness(backend, number, dir);
    String said = untilReady(harness.inputReader());
    Set<String> before = left(prefix, dir);
    // SIGTERM, which leaves its output open for reading; Ctrl-C runs the same hooks.
    harness.toHandle().destroy();
    String last = untilReady(harness.inputReader());
    harness.waitFor();
    assertTrue(said.endsWith(READY), said);
    assertTrue(before.size() >= 3, before.toString());
    assertEquals(Set.of(), left(prefix, dir), last);
    assertEquals("", last);
  }

  private static void killAndTakeOver(String backend, Set<String> kinds) throws Exception {
    int number = lastFree();
    String prefix = prefix(number);
    Path dir = Path.of("target", "chaos", "left-" + backend).toAbsolutePath();
    Leftovers.remove();
    Process harness = harness(backend, number, dir);
    String said = untilReady(harness.inputReader());
    Set<String> before = left(prefix, dir);
    harness.destroyForcibly().waitFor();
    assertTrue(said.endsWith(READY), said);

    Set<String> after = left(prefix, dir);
    assertEquals(kinds, after.stream().map(line -> line.split(" ")[0]).filter(kinds::contains)
        .collect(Collectors.toCollection(TreeSet::new)), "left by the killed run: " + after);
    assertTrue(before.containsAll(after), "nothing is new: " + after);
    Await.until(SOON, "what delays packets ends with its harness",
        () -> left(prefix, dir).contains("process " + dir + "/delay") ? "it runs" : null);

    Slot slot = Slot.take(number);
    assertNotNull(slot, "the slot of a killed run is free");
    Cluster next = start(backend, slot, 1, dir.resolveSibling("left-" + backend + "-next"));
    try (next) {
      assertEquals(Set.of(), left(prefix, dir).stream().filter(line -> line.contains("-1") || line.contains(dir + "/"))
          .collect(Collectors.toSet()), "of the second host, and of the first run's directory");
      assertTrue(next.isAlive(0));
    }
    assertEquals(Set.of(), left(prefix, dir));
  }

  private static Process harness(String backend, int number, Path dir) throws IOException {
    List<String> words = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx128m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp",
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator)).map(entry -> Path.of(entry)
            .toAbsolutePath().toString()).collect(Collectors.joining(File.pathSeparator)),
        Harness.class.getName(), backend, Integer.toString(number), dir.toString()));
    return new ProcessBuilder(words).redirectErrorStream(true).start();
  }

  private static String untilReady(BufferedReader output) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      said.append(line);
      if (line.equals(READY)) {
        break;
      }
      said.append('\n');
    }
    return said.toString();
  }

  /** What bears the names of a slot, and the programs of its directory that run; a line each, its kind first. */
  private static Set<String> left(String prefix, Path dir) throws IOException {
    Set<String> left = new TreeSet<>();
    add(left, "namespace", Command.run("ip", "netns", "list").lines().map(line -> line.split(" ")[0])
        .filter(name -> name.startsWith(prefix + "-") || name.equals(prefix + "sw")));
    add(left, "mount", Files.readAllLines(Path.of("/proc/self/mounts")).stream().map(line -> line.split(" ")[1])
        .filter(path -> path.contains("/" + prefix + "-disk-")));
    add(left, "rules", Command.run("nft", "list", "tables", "bridge").lines()
        .filter(line -> line.endsWith(" " + prefix)));
    add(left, "process", ProcessHandle.allProcesses().flatMap(process -> process.info().command().stream())
        .filter(command -> command.startsWith(dir + "/")));
    for (String namespace : left.stream().filter(line -> line.startsWith("namespace")).toList()) {
      String name = namespace.split(" ")[1];
      add(left, "process", Command.run("ip", "netns", "pids", name).lines().map(pid -> "in " + name));
    }
    if (DockerCluster.impossible() == null) {
      add(left, "container", Command.run("docker", "ps", "-a", "--format", "{{.Names}}").lines()
          .filter(name -> name.startsWith(prefix + "-")));
      add(left, "network", Command.run("docker", "network", "ls", "--format", "{{.Name}}").lines()
          .filter(prefix::equals));
    }
    return left;
  }

  private static void add(Set<String> all, String kind, Stream<String> lines) {
    lines.forEach(line -> all.add(kind + " " + line));
  }
}
