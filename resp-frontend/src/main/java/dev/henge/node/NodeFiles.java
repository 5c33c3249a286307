package dev.henge.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A node's small files, each read and replaced whole: after a crash there is the old one or the new one. */
public interface NodeFiles {

  /** What a file has, or null if there is none. */
  byte[] read(String name) throws IOException;

  /** Puts a file in place, or in the place of an older one; it lasts when this returns. */
  void replace(String name, byte[] bytes) throws IOException;

  /** A file's full name, for messages. */
  String path(String name);

  /** Those of a directory. */
  static NodeFiles in(Path dir) {
    return new NodeFiles() {
      @Override
      public byte[] read(String name) throws IOException {
        Path file = dir.resolve(name);
        return Files.exists(file) ? Files.readAllBytes(file) : null;
      }

      @Override
      public void replace(String name, byte[] bytes) throws IOException {
        DurableFiles.write(dir.resolve(name), bytes);
      }

      @Override
      public String path(String name) {
        return dir.resolve(name).toString();
      }
    };
  }
}
