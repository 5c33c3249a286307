package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Room that is kept is there when it is needed, and only then. */
class BallastTest {

  @TempDir
  Path directory;

  private long free = Ballast.FREE_BYTES_MIN;
  private final List<Long> pauses = new ArrayList<>();
  private Runnable whilePaused = () -> { };
  private int starts;
  private Ballast ballast;

  @BeforeEach
  void ballast() {
    ballast = new Ballast(directory, () -> free, millis -> {
      pauses.add(millis);
      whilePaused.run();
    });
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
    }, millis -> { });
    unseen.take();
    assertFalse(isThere());
  }

  /** A start that meets a full disk so many times. */
  private int start(int failures) throws IOException {
    if (starts++ < failures) {
      throw new UncheckedIOException("cannot open", new IOException("No space left on device"));
    }
    return starts;
  }

  @Test
  void aDiskThatFillsDuringAStartIsGivenItsRoomAtOnce() throws Exception {
    ballast.take();
    free = 0;
    assertEquals(2, ballast.insist(() -> start(1)));
    assertFalse(isThere());
    assertEquals(List.of(), pauses);
  }

  @Test
  void aStartThatEvenThatIsNoRoomForWaitsForSome() throws Exception {
    ballast.take();
    free = 0;
    whilePaused = () -> free += Ballast.BYTES / 2;
    assertEquals(3, ballast.insist(() -> start(2)), "not begun before there is room");
    assertEquals(List.of(1_000L, 1_000L), pauses);
  }

  @Test
  void aDiskThatRefusesThoughItHasRoomIsAskedAgainLessAndLessOften() throws Exception {
    assertEquals(8, ballast.insist(() -> start(7)), "a quota, say");
    assertEquals(List.of(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 16_000L, 16_000L), pauses);
  }

  @Test
  void whatElseEndsAStartEndsIt() {
    IOException e = assertThrows(IOException.class, () -> ballast.insist(() -> {
      starts++;
      throw new IOException("Input/output error");
    }));
    assertEquals("Input/output error", e.getMessage());
    assertEquals(1, starts);
  }
}
