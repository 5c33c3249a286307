package dev.henge.chaos.cluster;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A short program of this machine that is run to its end: ip, nft, tc, ss, docker. */
final class Command {

  private static final long SECONDS_MAX = 60;

  private Command() {}

  /** Runs it and returns what it printed; fails with that if it ends with a status other than 0. */
  static String run(List<String> words) throws IOException {
    return run(words, null);
  }

  static String run(String... words) throws IOException {
    return run(List.of(words), null);
  }

  /** Runs it with a text as its standard input, or with none. */
  static String run(List<String> words, String input) throws IOException {
    return run(words, input, Map.of(), SECONDS_MAX);
  }

  /** Runs what may take longer, with more in its environment. */
  static String run(List<String> words, String input, Map<String, String> environment, long secondsMax)
      throws IOException {
    Path out = Files.createTempFile("henge-chaos", ".out");
    try {
      ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(out.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try (var in = process.getOutputStream()) {
        if (input != null) {
          in.write(input.getBytes(StandardCharsets.UTF_8));
        }
      }
      if (!process.waitFor(secondsMax, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", words) + ": still runs after " + secondsMax + " s");
      }
      String said = Files.readString(out);
      if (process.exitValue() != 0) {
        throw new IOException(String.join(" ", words) + ": status " + process.exitValue() + ": " + said.strip());
      }
      return said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException(String.join(" ", words)).initCause(e);
    } finally {
      Files.deleteIfExists(out);
    }
  }

  /** Runs it and does not mind if it fails: for what may be gone already. */
  static void tryRun(String... words) {
    try {
      run(List.of(words), null);
    } catch (IOException e) {
      // nothing to undo
    }
  }

  /** Whether there is such a program. */
  static boolean exists(String program) {
    for (String entry : System.getenv("PATH").split(":")) {
      if (Files.isExecutable(Path.of(entry, program))) {
        return true;
      }
    }
    return false;
  }

  static List<String> words(List<String> first, String... more) {
    List<String> all = new ArrayList<>(first);
    all.addAll(List.of(more));
    return all;
  }
}
