package dev.henge.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedules by chance: the same seed is the same one, every fault comes, and each can be written down and read again. */
class DrawnTest {

  private static final long MILLIS = 180_000;
  private static final List<String> KEYS = List.of("r0", "c0");

  private static Schedule drawn(long seed, int hosts) {
    return Drawn.schedule(seed, hosts, MILLIS, Kind.faults(), KEYS);
  }

  @Test
  void theSameSeedIsTheSameScheduleAndAnotherIsAnother() {
    for (long seed = 1; seed <= 50; seed++) {
      assertEquals(drawn(seed, 5), drawn(seed, 5), "seed " + seed);
      assertNotEquals(drawn(seed, 5), drawn(seed + 1, 5), "seed " + seed);
    }
  }

  /** As it stands in the file of a run, so that a run of years ago can be played again. */
  @Test
  void aSeedKeepsItsSchedule() {
    Set<Kind> kinds = Kind.usual();
    kinds.add(Kind.WIPE);
    assertEquals(GOLDEN, Drawn.schedule(7, 5, 40_000, kinds, KEYS).toString());
  }

  private static final String GOLDEN = """
      4s power for 6.6s
      4.4s disk 0 120ms for 5.9s
      14.2s bandwidth 0,4 230kB/s for 5.4s
      14.5s full 4 for 7.3s
      17.1s cut ring 0,2,3,4,1 for 2.3s
      23.9s drift 1 +102000ppm for 8.5s
      25s stop 0 for 4s
      25.8s clock 0,1 -7m4s for 7.6s
      35.9s kill 0 for 4.1s
      38.4s loss all 18% for 1.6s
      """;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 9})
  void whatIsPrintedIsReadAgain(int hosts) throws ScriptException {
    for (long seed = 1; seed <= 200; seed++) {
      Schedule schedule = drawn(seed, hosts);
      if (hosts == 1) { // links of none
        continue;
      }
      assertEquals(schedule, Schedule.parse(schedule.toString(), hosts), "seed " + seed);
    }
  }

  @Test
  void everyFaultComesWithinAFewMinutesAndEveryKindOfPlace() {
    Set<Class<?>> places = new HashSet<>();
    for (long seed = 1; seed <= 30; seed++) {
      Set<Kind> ever = new HashSet<>(drawn(seed, 5).kinds());
      ever.addAll(Drawn.schedule(seed, 5, 360_000, Kind.faults(), KEYS).kinds());
      assertEquals(Kind.faults(), ever, "seed " + seed);
      drawn(seed, 5).steps().stream().filter(step -> step.fault().place() != null)
          .forEach(step -> places.add(step.fault().place().getClass()));
    }
    assertEquals(Set.of(Place.Hosts.class, Place.PrimaryOf.class, Place.Around.class, Place.Between.class,
        Place.Ring.class, Place.Bridge.class), places);
  }

  @Test
  void onlyWhatIsAskedForComes() {
    assertEquals(Set.of(Kind.CUT, Kind.KILL), Drawn.schedule(3, 5, MILLIS, Set.of(Kind.CUT, Kind.KILL), List.of()).kinds());
    assertEquals(Schedule.EMPTY, Drawn.schedule(3, 5, MILLIS, Set.of(), KEYS));
  }

  @Test
  void thereIsTroubleAllTheTimeAndRestNowAndThenAndNothingOutlastsTheRun() {
    for (long seed = 1; seed <= 100; seed++) {
      List<Step> steps = drawn(seed, 5).steps();
      assertTrue(steps.size() >= 15, "seed " + seed + ": " + steps.size() + " faults in three minutes");
      long last = 0;
      int rests = 0;
      for (Step step : steps) {
        rests += step.atMillis() > last + 1_000 ? 1 : 0;
        last = Math.max(last, step.atMillis() + step.forMillis());
        assertTrue(step.forMillis() >= 0, step.toString());
        if (step.fault().kind() != Kind.ROLL) {
          assertTrue(step.atMillis() + step.forMillis() <= MILLIS, step.toString());
        }
      }
      assertTrue(rests >= 5, "seed " + seed + ": it rests " + rests + " times");
    }
  }
}
