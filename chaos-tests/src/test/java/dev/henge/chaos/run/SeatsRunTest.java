package dev.henge.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.chaos.nemesis.Schedule;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real nodes whose ring another one joins and one leaves, in the middle of a partition, too, and of which one is
 * replaced and one loses its disk: a key has one executor all the while, and nothing that was acknowledged is lost.
 */
@Timeout(400)
abstract class SeatsRunTest {

  abstract Backend backend();

  /** Namespaces of this machine. */
  static final class NetnsTest extends SeatsRunTest {
    @Override
    Backend backend() {
      return Backend.NETNS;
    }
  }

  /** Containers, of the image that users have. */
  static final class DockerTest extends SeatsRunTest {
    @Override
    Backend backend() {
      return Backend.DOCKER;
    }
  }

  @Test
  void aRingIsOneServerWhileItsHostsComeAndGo() throws Exception {
    Schedule schedule = Schedule.parse("""
        1s  join for 9s
        2s  leave 1 for 5s
        4s  cut 2 for 3s
        11s leave 0 for 1s
        13s replace 3
        14s wipe 2 for 2s
        """, RealRun.NODES);
    RunRecord record = new RealRun("seats-" + backend().name().toLowerCase(Locale.ROOT), backend(), "strict",
        schedule, Duration.ofSeconds(70), 1).assertHolds();
    assertEquals(List.of("join", "leave", "cut", "leave", "replace", "wipe"),
        record.events().stream().map(Event::kind).toList());
  }
}
