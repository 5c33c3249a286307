package dev.henge.chaos.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A control group of one server, which says how much of a core it has: version 1 and 2 of the kernel's interface. */
final class Cpu {

  private static final long PERIOD_MICROS_MIN = 20_000;
  private static final long QUOTA_MICROS_MIN = 1_000;

  private final Path group;
  private final boolean second;

  Cpu(String name) throws IOException {
    Path root = Path.of("/sys/fs/cgroup");
    second = Files.exists(root.resolve("cgroup.controllers"));
    Path parent = second ? root : root.resolve("cpu");
    if (!Files.isDirectory(parent)) {
      throw new IOException("there is no control group for CPU in " + root);
    }
    if (second) {
      Files.writeString(root.resolve("cgroup.subtree_control"), "+cpu");
    }
    group = parent.resolve(name);
    if (!Files.isDirectory(group)) {
      Files.createDirectory(group);
    }
  }

  /** Puts a process under the group, with all its threads. */
  void take(long pid) throws IOException {
    Files.writeString(group.resolve("cgroup.procs"), Long.toString(pid));
  }

  /** In which a share is given. The kernel gives no less than a millisecond at a time: small shares take longer ones. */
  static long periodMicros(double share) {
    if (!(share >= 0.01 && share <= 1)) {
      throw new IllegalArgumentException("a share of " + share + " of a core");
    }
    return Math.max(PERIOD_MICROS_MIN, (long) Math.ceil(QUOTA_MICROS_MIN / share));
  }

  /** How much of each period is given; -1 for a share of 1, which lifts every limit. */
  static long quotaMicros(double share) {
    return share >= 1 ? -1 : Math.max(QUOTA_MICROS_MIN, (long) (share * periodMicros(share)));
  }

  /** Share of one core; 1 lifts every limit. */
  void share(double share) throws IOException {
    long period = periodMicros(share);
    long quota = quotaMicros(share);
    if (second) {
      Files.writeString(group.resolve("cpu.max"), (quota < 0 ? "max" : quota) + " " + period);
    } else {
      Files.writeString(group.resolve("cpu.cfs_period_us"), Long.toString(period));
      Files.writeString(group.resolve("cpu.cfs_quota_us"), Long.toString(quota));
    }
  }

  /** Once no process is in it any more. */
  void remove() {
    try {
      Files.deleteIfExists(group);
    } catch (IOException e) {
      // a process is not quite gone: the next run takes the group over
    }
  }
}
