package dev.henge.chaos.cluster;

import dev.henge.chaos.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file system of its own for one server's data, in a file: it can be full, and is gone with the file. */
final class Disk {

  private static final String BALLAST = "ballast";
  private static final int BLOCK = 1 << 20;

  private final Path image;
  private final Path mount;
  private final String owner;

  private Disk(Path image, Path mount, String owner) {
    this.image = image;
    this.mount = mount;
    this.owner = owner;
  }

  /**
   * Makes it and mounts it.
   *
   * @param name tells what {@link #removeLeft} is to find
   * @param owner of the data, as chown takes it
   */
  static Disk make(Path dir, String name, long bytes, String owner) throws IOException {
    Disk disk = new Disk(dir.resolve(name + ".img"), dir.resolve(name), owner);
    Files.deleteIfExists(disk.image);
    Command.run("truncate", "-s", Long.toString(bytes), disk.image.toString());
    Command.run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1", "-O", "^metadata_csum",
        disk.image.toString());
    Files.createDirectories(disk.mount);
    Command.run("mount", "-o", "loop,noatime", disk.image.toString(), disk.mount.toString());
    disk.makeData();
    return disk;
  }

  /** Where the server's data is. */
  Path data() {
    return mount.resolve("data");
  }

  void wipe() throws IOException {
    FileTree.delete(data());
    makeData();
  }

  private void makeData() throws IOException {
    Files.createDirectories(data());
    Command.run("chown", owner, data().toString());
  }

  /** Takes every byte that is left; what frees some is filled again only by another call. */
  void fill() throws IOException {
    try (FileChannel ballast = FileChannel.open(mount.resolve(BALLAST), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      long free = Files.getFileStore(mount).getUsableSpace();
      if (free > BLOCK) {
        Command.run("fallocate", "-o", Long.toString(ballast.size()), "-l", Long.toString(free - BLOCK / 2),
            mount.resolve(BALLAST).toString());
      }
      ByteBuffer zeros = ByteBuffer.allocate(4096);
      while (true) {
        zeros.rewind();
        ballast.write(zeros);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(mount.resolve(BALLAST));
  }

  void remove() throws IOException {
    Command.tryRun("umount", "-l", mount.toString());
    Files.deleteIfExists(image);
    Files.deleteIfExists(mount);
  }

  /** Unmounts what a killed run has left under this beginning of a name. */
  static void removeLeft(String prefix) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
      Path at = Path.of(line.split(" ")[1].replace("\\040", " "));
      if (at.getFileName() != null && at.getFileName().toString().startsWith(prefix)) {
        Command.run("umount", "-l", at.toString());
        Files.deleteIfExists(at.resolveSibling(at.getFileName() + ".img"));
      }
    }
  }
}
