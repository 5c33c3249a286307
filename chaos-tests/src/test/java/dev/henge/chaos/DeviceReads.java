package dev.henge.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The reads that a block device has completed for anybody, as Linux counts them. */
final class DeviceReads {

  private static final int MINOR_BITS = 8;

  private final Path stat;

  private DeviceReads(Path stat) {
    this.stat = stat;
  }

  /** Of the device that the file is on; null if that is not one that is counted. */
  static DeviceReads of(Path file) throws IOException {
    long device = ((Number) Files.getAttribute(file, "unix:dev")).longValue();
    long major = device >>> MINOR_BITS & 0xFFF;
    long minor = device & 0xFF | device >>> 12 & ~0xFFL;
    Path stat = Path.of("/sys/dev/block/" + major + ":" + minor + "/stat");
    return Files.isReadable(stat) ? new DeviceReads(stat) : null;
  }

  long count() throws IOException {
    return Long.parseLong(Files.readString(stat).trim().split(" +")[0]);
  }
}
