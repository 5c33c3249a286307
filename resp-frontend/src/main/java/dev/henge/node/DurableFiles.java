package dev.henge.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Small files that are replaced whole: after a crash there is the old one or the new one; and directories that last.
 */
public final class DurableFiles {

  private DurableFiles() {}

  /** Puts a written file in another's place, synced, its directory entry too. */
  static void replace(Path written, Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncDirectory(file.toAbsolutePath().getParent());
  }

  /** Makes what was created, renamed or deleted in a directory last. */
  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Makes a directory, and the parents that it lacks; all of them outlast a power loss. */
  public static void createDirectories(Path directory) throws IOException {
    List<Path> made = new ArrayList<>();
    for (Path at = directory.toAbsolutePath().normalize(); at != null && !Files.exists(at); at = at.getParent()) {
      made.add(at);
    }
    Files.createDirectories(directory);
    for (Path each : made) {
      syncDirectory(each.getParent());
    }
  }

  static void write(Path file, byte[] bytes) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.write(next, bytes);
    replace(next, file);
  }
}
