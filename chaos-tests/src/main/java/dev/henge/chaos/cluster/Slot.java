package dev.henge.chaos.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A number that one cluster of this machine has to itself, and with it a subnet and the names of all that it makes.
 * Whatever bears those names when a slot is taken was left by a run that was killed.
 */
final class Slot implements AutoCloseable {

  static final int SLOTS = 16;

  private static final int HOSTS_FROM = 10;

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
    for (int number = 0; number < SLOTS; number++) {
      Slot slot = take(number);
      if (slot != null) {
        return slot;
      }
    }
    throw new IOException("all " + SLOTS + " slots are taken by clusters that run");
  }

  /** Takes this one; null if a cluster has it. */
  static Slot take(int number) throws IOException {
    Path dir = Path.of(System.getProperty("java.io.tmpdir"), "henge-chaos");
    Files.createDirectories(dir);
    FileChannel channel = FileChannel.open(dir.resolve("slot-" + number), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new Slot(number, channel, lock);
      }
    } catch (OverlappingFileLockException e) {
      // another cluster of this process
    }
    channel.close();
    return null;
  }

  int number() {
    return number;
  }

  /** The beginning of all names. */
  String prefix() {
    return "hgc" + number;
  }

  /** All addresses of a kind of cluster: the base keeps the kinds apart. */
  String subnet(int base) {
    return network(base) + ".0/24";
  }

  /** The address of the harness's own clients. */
  String harness(int base) {
    return network(base) + ".1";
  }

  /** Those of the hosts, in their order. */
  List<String> addresses(int base, int size) {
    return IntStream.range(0, size).mapToObj(i -> network(base) + "." + (HOSTS_FROM + i)).toList();
  }

  private String network(int base) {
    return "10.231." + (base + number);
  }

  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      lock.release();
      channel.close();
    }
  }
}
