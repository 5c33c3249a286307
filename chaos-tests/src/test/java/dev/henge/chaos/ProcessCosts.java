package dev.henge.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What a process has cost the machine so far, as Linux counts it in {@code /proc}. */
record ProcessCosts(double cpuSeconds, long majorFaults, long readBytes) {

  private static final double TICKS_A_SECOND = 100;
  /** Fields of {@code stat} after the command's name, which may have blanks. */
  private static final int MAJOR_FAULTS = 9;
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  static boolean canBeRead() {
    return Files.isReadable(Path.of("/proc/self/stat")) && Files.isReadable(Path.of("/proc/self/io"));
  }

  static ProcessCosts of(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    double ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
    long read = Files.readAllLines(Path.of("/proc/" + pid + "/io")).stream()
        .filter(line -> line.startsWith("read_bytes:")).mapToLong(line -> Long.parseLong(line.split(" ")[1])).sum();
    return new ProcessCosts(ticks / TICKS_A_SECOND, Long.parseLong(fields[MAJOR_FAULTS]), read);
  }

  ProcessCosts since(ProcessCosts before) {
    return new ProcessCosts(cpuSeconds - before.cpuSeconds, majorFaults - before.majorFaults,
        readBytes - before.readBytes);
  }

  /** Makes the system forget the pages of all files below; only those that no process has mapped go. */
  static void forgetPages(Path dir) throws IOException, InterruptedException {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        Process dd = new ProcessBuilder(List.of("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync",
            "count=0", "status=none")).inheritIO().start();
        if (!dd.waitFor(Duration.ofMinutes(1).toMillis(), TimeUnit.MILLISECONDS) || dd.exitValue() != 0) {
          throw new IOException("dd cannot drop " + file + " from the page cache");
        }
      }
    }
  }
}
