package dev.henge.chaos.cluster;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The file that a server looks into, by the library that is loaded into it, for how wrong its wall clock is and how
 * slow its disk: {@code faults.c}.
 */
final class FaultsFile {

  static final String VARIABLE = "CHAOS_FAULTS";

  private static final int BYTES = 4096;
  private static final int OFFSET_NANOS = 0;
  private static final int DRIFT_PPM = 8;
  private static final int DRIFT_SINCE_NANOS = 16;
  private static final int DISK_NANOS = 24;

  private final MappedByteBuffer faults;

  FaultsFile(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ,
        StandardOpenOption.WRITE)) {
      faults = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES);
      faults.order(ByteOrder.nativeOrder());
    }
  }

  /** The clock is off by so much from now on, and by so many millionths of the time that passes more. */
  void clock(long offsetMillis, long driftPpm) {
    faults.putLong(DRIFT_PPM, 0);
    // Both sides read CLOCK_MONOTONIC: it is what System.nanoTime is on Linux.
    faults.putLong(DRIFT_SINCE_NANOS, System.nanoTime());
    faults.putLong(OFFSET_NANOS, offsetMillis * 1_000_000);
    faults.putLong(DRIFT_PPM, driftPpm);
  }

  void disk(int millis) {
    faults.putLong(DISK_NANOS, millis * 1_000_000L);
  }

  /** Compiles a program or, by a name that ends with .so, a library from its source among the resources. */
  static Path compile(String source, Path to) throws IOException {
    Path code = to.resolveSibling(source);
    try (var in = FaultsFile.class.getResourceAsStream(source)) {
      if (in == null) {
        throw new IOException("there is no " + source + " beside the classes");
      }
      Files.copy(in, code, StandardCopyOption.REPLACE_EXISTING);
    }
    boolean library = to.toString().endsWith(".so");
    try {
      Command.run(library ? List.of("cc", "-O2", "-shared", "-fPIC", "-o", to.toString(), code.toString(), "-ldl")
          : List.of("cc", "-O2", "-o", to.toString(), code.toString()));
    } catch (IOException e) {
      throw new IOException("a C compiler is needed for faults of clocks, disks and delay (Debian: gcc libc6-dev): "
          + e.getMessage(), e);
    }
    return to;
  }
}
