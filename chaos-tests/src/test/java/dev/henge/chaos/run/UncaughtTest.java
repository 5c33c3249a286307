package dev.henge.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that goes on without one of its threads is noticed by what it said. */
class UncaughtTest {

  @Test
  void theFirstThreadThatAnErrorEndedIsFound(@TempDir Path directory) throws IOException {
    Path log = directory.resolve("node-0.log");
    Files.write(log, new byte[] {(byte) 0xff, '\n'});
    assertNull(ChaosRun.uncaught(log));
    Files.writeString(log, "INFO Node - Stopping\nException in thread \"a\" java.lang.IllegalStateException: no\n"
        + "\tat dev.henge.Some.where(Some.java:1)\nException in thread \"b\" java.lang.Error\n");
    assertEquals("Exception in thread \"a\" java.lang.IllegalStateException: no", ChaosRun.uncaught(log));
  }
}
