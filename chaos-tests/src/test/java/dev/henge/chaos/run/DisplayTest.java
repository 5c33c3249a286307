package dev.henge.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is shown of a run while it lasts, on a terminal and in a file. */
class DisplayTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private Display display(boolean terminal) {
    return new Display(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, "henge, 5 nodes");
  }

  private String said() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static Second second(int at) {
    return new Second(at, 200 + at, 3, 1, 0.84, 12.3, 1_500, List.of());
  }

  private static Event event(long endNanos) {
    return new Event(1_000_000_000L, endNanos, "cut", "cut 0,1 from 2,3,4", Set.of(0, 1, 2, 3, 4));
  }

  @Test
  void aFileGetsALineForEachFaultAndTheRatesNowAndThen() {
    Display display = display(false);
    display.phase("starting 5 hosts");
    display.event(1, event(Long.MAX_VALUE));
    for (int tick = 0; tick < 40; tick++) { // four in a second
      display.second(tick / 4.0, second(tick / 4), List.of(event(Long.MAX_VALUE)), 60);
    }
    display.event(9.5, event(9_500_000_000L));
    display.wrong("the server of host 2 has ended by itself");
    display.end();
    assertEquals("""
        starting 5 hosts ...
        0:01  broken  cut 0,1 from 2,3,4
        0:04  a second   ok 204   refused 3   in doubt 1   p50 0.8 ms   p99 12 ms   max 1.5 s
        0:09  a second   ok 209   refused 3   in doubt 1   p50 0.8 ms   p99 12 ms   max 1.5 s
        0:09  mended  cut 0,1 from 2,3,4, after 8.5 s
        ! the server of host 2 has ended by itself
        """, said().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void aTerminalGetsABlockThatIsWrittenOver() {
    Display display = display(true);
    display.second(61, second(61), List.of(event(Long.MAX_VALUE)), 180);
    assertTrue(said().contains("1:01 of 3:00"), said());
    assertTrue(said().contains("broken     cut 0,1 from 2,3,4"), said());
    assertTrue(said().contains("ok 261   refused 3   in doubt 1"), said());
    long lines = said().chars().filter(c -> c == '\n').count();
    bytes.reset();
    display.second(62, second(62), List.of(), 180);
    assertTrue(said().startsWith("\u001b[" + lines + "A"), said());
    assertTrue(said().contains("in all     ok 523"), said());
    assertTrue(said().contains("broken     nothing"), said());
    bytes.reset();
    display.end();
    assertTrue(said().endsWith("\u001b[J"), said());
    assertFalse(said().contains("\n"), said());
  }
}
