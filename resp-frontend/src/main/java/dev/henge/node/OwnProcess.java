package dev.henge.node;

import dev.henge.resp.session.ProcessFigures;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/** The process that runs this, by what Linux tells of it in /proc. */
public final class OwnProcess {

  private static final double TICKS_PER_SECOND = 100; // USER_HZ, which Linux has fixed for what /proc tells
  private static final int STAT_UTIME = 11; // counted from the field after the process's name
  private static final int STAT_STIME = 12;

  private OwnProcess() {}

  /** One look at it. */
  public static ProcessFigures.Now read() {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    ProcessHandle process = ProcessHandle.current();
    String arch = System.getProperty("os.arch").replace("amd64", "x86_64");
    String[] stat = afterName(text("/proc/self/stat"));
    return new ProcessFigures.Now(process.pid(), process.info().command().orElse(""),
        System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + arch,
        heap.getUsed(), heap.getMax(), kilobytes(text("/proc/self/status"), "VmRSS:"),
        kilobytes(text("/proc/meminfo"), "MemTotal:"), ticks(stat, STAT_STIME), ticks(stat, STAT_UTIME));
  }

  private static String text(String path) {
    try {
      return Files.readString(Path.of(path));
    } catch (IOException e) {
      return ""; // not a Linux
    }
  }

  private static String[] afterName(String stat) {
    return stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ");
  }

  private static double ticks(String[] stat, int field) {
    return field < stat.length ? Long.parseLong(stat[field]) / TICKS_PER_SECOND : 0;
  }

  private static long kilobytes(String text, String name) {
    for (String line : text.split("\n")) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1_024;
      }
    }
    return 0;
  }
}
