package dev.henge.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.chaos.nemesis.Schedule;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Half a minute of real nodes under the strictest promise: whatever is done to them, a key has one executor. */
@Timeout(300)
class ShortRunTest {

  @Test
  void aStrictRingIsOneServerUnderAScriptOfFaults() throws Exception {
    Schedule schedule = Schedule.parse("""
        2s  cut primary of r0.0 for 6s
        4s  clock 1 -90s for 6s
        10s kill primary of c0.0 for 2s
        14s pause 3 for 5s
        14s loss all 10% for 5s
        21s cut ring for 4s
        21s disk 2 50ms for 4s
        """, RealRun.NODES);
    RunRecord record = new RealRun("short", Backend.NETNS, "strict", schedule, Duration.ofSeconds(27), 1).assertHolds();
    assertEquals(Set.of("cut", "clock", "kill", "pause", "loss", "disk"),
        record.events().stream().map(Event::kind).collect(Collectors.toSet()));
    assertEquals(7, record.events().size());
  }
}
