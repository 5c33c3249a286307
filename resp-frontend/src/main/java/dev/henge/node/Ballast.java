package dev.henge.node;

import dev.henge.storage.lsm.DiskFull;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that only takes room, and is thrown out at a start that meets a full disk: what a start writes (its number,
 * the process id, a segment of the log) then has a place, and the node serves reads and says why it takes no writes,
 * instead of staying down. It is taken in again when there is room. A start for which that is not enough waits.
 *
 * <p>What a node itself keeps in reserve does not help against what others write to its disk.
 */
public final class Ballast {

  static final int BYTES = 4 << 20;

  /** With less than so much free there is none. */
  static final long FREE_BYTES_MIN = 8L * BYTES;

  private static final String NAME = "ballast";
  private static final long SEED = 4;
  private static final long PAUSE_MILLIS_MIN = 1_000;
  private static final long PAUSE_MILLIS_MAX = 16_000;
  private static final Logger LOG = LoggerFactory.getLogger(Ballast.class);

  private final Path file;
  private final Room room;
  private final Pause pause;

  /** How many bytes may still be written where a directory lies. */
  @FunctionalInterface
  interface Room {
    long bytes() throws IOException;
  }

  /** Something that writes to the disk, and can be begun again. */
  @FunctionalInterface
  public interface Start<T, E extends Exception> {
    T run() throws E;
  }

  /** Lets so much time pass. */
  @FunctionalInterface
  interface Pause {
    void millis(long millis) throws InterruptedException;
  }

  Ballast(Path directory, Room room, Pause pause) {
    this.file = directory.resolve(NAME);
    this.room = room;
    this.pause = pause;
  }

  /** That of a node's directory. */
  public static Ballast of(Path directory) {
    return new Ballast(directory, () -> Files.getFileStore(directory).getUsableSpace(), TimeUnit.MILLISECONDS::sleep);
  }

  /** Throws it out if the disk is full; whether it did. */
  public boolean makeRoom() throws IOException {
    if (room.bytes() >= BYTES || !Files.deleteIfExists(file)) {
      return false;
    }
    // a file system with a journal gives the blocks to others only when that says that they are free
    DurableFiles.syncDirectory(file.toAbsolutePath().getParent());
    LOG.warn("the disk is full: {} has been given up to make room for this start", file);
    return true;
  }

  /**
   * Begins again what a full disk has ended: at once with the room of this, and if that is not there any more as soon
   * as there is room, however long it takes.
   *
   * @throws E what ended it otherwise
   */
  public <T, E extends Exception> T insist(Start<T, E> start) throws E, IOException, InterruptedException {
    long millis = PAUSE_MILLIS_MIN;
    while (true) {
      try {
        return start.run();
      } catch (Exception e) {
        if (!DiskFull.is(e)) {
          throw e;
        }
        if (!makeRoom()) {
          LOG.error("the disk is full, so the node cannot start; tried again when there are {} bytes", BYTES, e);
          do {
            pause.millis(millis);
          } while (room.bytes() < BYTES);
          millis = Math.min(2 * millis, PAUSE_MILLIS_MAX);
        }
      }
    }
  }

  /** Takes it in, if it is not there and room is; not to have it is no failure. */
  public void take() {
    try {
      boolean there = Files.exists(file) && Files.size(file) == BYTES;
      if (!there && room.bytes() >= FREE_BYTES_MIN) {
        byte[] bytes = new byte[BYTES];
        new SplittableRandom(SEED).nextBytes(bytes); // a file system that compresses would not keep room for zeros
        DurableFiles.write(file, bytes);
      }
    } catch (IOException e) {
      LOG.warn("there is no {}, so this node may not start on a full disk", file, e);
    }
  }
}
