package dev.henge.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One node of a ring as a process of its own: started, killed, frozen and started again on the same directory. */
final class NodeProcess {

  private static final long END_SECONDS_MAX = 30;

  private final Path dir;
  private final Path log;
  private final String heap;
  private final List<String> jvmFlags;
  private final Map<String, String> settings;
  private final int port;
  private Process process;
  private boolean endWanted;

  NodeProcess(Path dir, Path log, String heap, List<String> jvmFlags, int port, Map<String, String> settings) {
    this.jvmFlags = jvmFlags;
    this.dir = dir;
    this.log = log;
    this.heap = heap;
    this.port = port;
    this.settings = settings;
  }

  Path dir() {
    return dir;
  }

  int port() {
    return port;
  }

  String setting(String name) {
    return settings.get(name);
  }

  /** What it is started with from now on. */
  void set(String name, String value) {
    settings.put(name, value);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Whether it ended though nobody killed or stopped it. */
  boolean diedByItself() {
    return process != null && !process.isAlive() && !endWanted;
  }

  void start() throws IOException {
    if (isAlive()) {
      throw new IllegalStateException("the node in " + dir + " runs already");
    }
    endWanted = false;
    process = new ProcessBuilder(command()).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
  }

  private List<String> command() {
    List<String> command = NodeJvm.command(heap, jvmFlags, NodeJvm.MAIN);
    command.addAll(List.of("node", "--dir", dir.toString()));
    settings.forEach((name, value) -> command.addAll(List.of("--set", name + "=" + value)));
    return command;
  }

  /** SIGKILL, and waits until the process is gone. */
  void kill() throws InterruptedException {
    endWanted = true;
    process.destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM, and waits; returns the exit status. */
  int stop() throws InterruptedException {
    endWanted = true;
    process.destroy();
    return awaitEnd();
  }

  private int awaitEnd() throws InterruptedException {
    if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new AssertionError("process " + process.pid() + " still runs after " + END_SECONDS_MAX + " s:\n" + tail());
    }
    return process.exitValue();
  }

  /** SIGKILL, without waiting. */
  void signalKill() {
    endWanted = true;
    if (isAlive()) {
      process.destroyForcibly();
    }
  }

  /** SIGKILL if it runs, and waits. */
  void killIfAlive() {
    if (isAlive()) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }

  void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " " + process.pid() + " failed");
    }
  }

  String log() {
    try {
      return Files.exists(log) ? Files.readString(log, StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      return "(" + log + " cannot be read: " + e + ")";
    }
  }

  /** The log's last lines. */
  String tail() {
    List<String> lines = log().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }
}
