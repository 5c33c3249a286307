package dev.henge.chaos;

import dev.henge.node.Main;
import dev.henge.node.Rehearsal;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a node, or another program of Henge's, is started as a process of this machine: as the launcher does it. */
public final class NodeJvm {

  /** Henge as the launcher runs it. */
  public static final List<String> MAIN = List.of(Main.class.getName());

  private static final String JAR = "resp-frontend-";
  private static final long REHEARSAL_SECONDS_MAX = 120;

  private static Optional<Path> archive;

  private NodeJvm() {}

  /**
   * The words that start it, but for its own.
   *
   * @param jvmFlags beside those that every node gets
   * @param main the class of the program, and the words before its own
   */
  public static List<String> command(String heap, List<String> jvmFlags, List<String> main) {
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(libraryFlags());
    command.addAll(List.of("-Xms" + heap, "-Xmx" + heap, "-XX:+UseParallelGC", "-XX:-UseAdaptiveSizePolicy",
        "-XX:+ExitOnOutOfMemoryError"));
    Optional<Path> jar = main.equals(MAIN) ? jar() : Optional.empty();
    jar.flatMap(NodeJvm::archive).ifPresent(path -> command.addAll(
        List.of("-XX:SharedArchiveFile=" + path, "-Xlog:cds=off", "-Xlog:cds+dynamic=off")));
    command.addAll(jvmFlags);
    command.addAll(List.of("-cp", jar.map(Path::toString).orElseGet(NodeJvm::ownClassPath)));
    command.addAll(main);
    return command;
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static List<String> libraryFlags() {
    List<String> flags = new ArrayList<>(List.of("--add-opens", "java.base/java.util.concurrent.atomic=ALL-UNNAMED",
        "--add-opens", "java.base/java.util=ALL-UNNAMED"));
    if (Runtime.version().feature() >= 23) {
      flags.add("--sun-misc-unsafe-memory-access=allow");
    }
    if (Runtime.version().feature() >= 24) {
      flags.add("--enable-native-access=ALL-UNNAMED");
    }
    return flags;
  }

  private static Stream<Path> ownEntries() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath());
  }

  /** Made absolute: the node is started elsewhere. */
  private static String ownClassPath() {
    return ownEntries().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  /** What the launcher runs, with the libraries beside it; empty where this process has the node's classes loose. */
  private static Optional<Path> jar() {
    return ownEntries().filter(entry -> {
      String name = entry.getFileName().toString();
      return name.startsWith(JAR) && name.endsWith(".jar") && !name.contains("-tests")
          && Files.isDirectory(entry.resolveSibling("lib"));
    }).findFirst();
  }

  /** The archive of classes of that jar, made by who asks first; empty if it cannot be made. */
  private static synchronized Optional<Path> archive(Path jar) {
    if (archive == null) {
      try {
        Path there = jar.resolveSibling("henge-java" + Runtime.version().feature() + ".jsa");
        archive = isNewer(there, jar) || rehearse(jar, there) ? Optional.of(there) : Optional.empty();
      } catch (IOException e) {
        archive = Optional.empty(); // as where the build belongs to somebody else
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        archive = Optional.empty();
      }
    }
    return archive;
  }

  private static boolean isNewer(Path file, Path than) throws IOException {
    return Files.exists(file) && Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(than)) > 0;
  }

  private static boolean rehearse(Path jar, Path archive) throws IOException, InterruptedException {
    Path work = Files.createTempDirectory("rehearsal");
    Path made = work.resolve("archive.jsa");
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(libraryFlags());
    command.addAll(List.of("-Xmx256m", "-XX:+UseParallelGC", "-XX:ArchiveClassesAtExit=" + made, "-Xlog:disable",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", jar.toString(), Rehearsal.class.getName(),
        work.resolve("nodes").toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    try {
      boolean done = process.waitFor(REHEARSAL_SECONDS_MAX, TimeUnit.SECONDS) && process.exitValue() == 0
          && Files.exists(made);
      if (done) {
        Files.move(made, archive, StandardCopyOption.REPLACE_EXISTING);
      }
      return done;
    } finally {
      process.destroyForcibly().waitFor();
      try (Stream<Path> files = Files.walk(work)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    }
  }
}
