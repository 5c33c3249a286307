package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Room that is kept is there when it is needed, and only then. */
class BallastTest {

  @TempDir
  Path directory;

  private long free = Ballast.FREE_BYTES_MIN;
  private Ballast ballast;

  @BeforeEach
  void ballast() {
    ballast = new Ballast(directory, () -> free);
  }

  private boolean isThere() {
    return Files.exists(directory.resolve("ballast"));
  }

  @Test
  void itTakesRoomAndGivesItUpWhenTheDiskIsFull() throws IOException {
    ballast.take();
    assertEquals(Ballast.BYTES, Files.size(directory.resolve("ballast")));
    free = Ballast.BYTES;
    ballast.makeRoom();
    assertTrue(isThere(), "there is still room");
    free = Ballast.BYTES - 1;
    ballast.makeRoom();
    assertFalse(isThere());
    ballast.makeRoom(); // with nothing to give up
    ballast.take();
    assertFalse(isThere(), "the disk is still full");
    free = Ballast.FREE_BYTES_MIN;
    ballast.take();
    assertTrue(isThere());
  }

  @Test
  void aTornOneIsMadeWhole() throws IOException {
    Files.write(directory.resolve("ballast"), new byte[100]);
    ballast.take();
    assertEquals(Ballast.BYTES, Files.size(directory.resolve("ballast")));
  }

  @Test
  void notToHaveItIsNoFailure() {
    Ballast unseen = new Ballast(directory, () -> {
      throw new IOException("the disk does not tell");
    });
    unseen.take();
    assertFalse(isThere());
  }
}
