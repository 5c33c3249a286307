package dev.henge.chaos.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A number that one cluster of this machine has to itself, and with it a subnet and the names of all that it makes.
 * Whatever bears those names when a slot is taken was left by a run that was killed.
 */
final class Slot implements AutoCloseable {

  private static final int SLOTS = 16;

  private final int number;
  private final FileChannel channel;
  private final FileLock lock;

  private Slot(int number, FileChannel channel, FileLock lock) {
    this.number = number;
    this.channel = channel;
    this.lock = lock;
  }

  /** Takes the first that is free. */
  static Slot take() throws IOException {
    Path dir = Path.of(System.getProperty("java.io.tmpdir"), "henge-chaos");
    Files.createDirectories(dir);
    for (int number = 0; number < SLOTS; number++) {
      FileChannel channel = FileChannel.open(dir.resolve("slot-" + number), StandardOpenOption.CREATE,
          StandardOpenOption.WRITE);
      FileLock lock = null;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        // another cluster of this process
      }
      if (lock != null) {
        return new Slot(number, channel, lock);
      }
      channel.close();
    }
    throw new IOException("all " + SLOTS + " slots are taken by clusters that run");
  }

  int number() {
    return number;
  }

  /** The beginning of all names. */
  String prefix() {
    return "hgc" + number;
  }

  /** The first three parts of all addresses. */
  String subnet(int base) {
    return "10.231." + (base + number);
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
