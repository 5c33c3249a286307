package dev.henge.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.run.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is done to a cluster is undone: at its time, with others in force, when it fails, and when it is interrupted. */
class UndoneTest {

  private static final int HOSTS = 5;

  private final RecordingCluster cluster = new RecordingCluster(HOSTS);
  private final List<Event> begun = new ArrayList<>();
  private final List<Event> ended = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private long nowMillis;
  private Runnable atEachTick = () -> {};

  private final Nemesis nemesis = new Nemesis(cluster, new Nemesis.Time() {
    @Override
    public long nanos() {
      return nowMillis * 1_000_000;
    }

    @Override
    public void sleep(long millis) throws InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      nowMillis += millis;
      atEachTick.run();
    }
  }, new Nemesis.Listener() {
    @Override
    public void began(Event event) {
      begun.add(event);
    }

    @Override
    public void ended(Event event) {
      ended.add(event);
    }

    @Override
    public void wrong(String what) {
      wrong.add(what);
    }
  });

  {
    cluster.primary = 3;
  }

  private void play(String script) throws Exception {
    nemesis.play(Schedule.parse(script, HOSTS), 600_000);
  }

  /** The last thing that was done before all hosts were told once more who is to be in the ring. */
  private static String lastBut(List<String> done) {
    int last = done.size() - 1;
    return done.get(last).equals("seat false []") ? done.get(last - 1) : done.get(last);
  }

  private void assertMended() {
    assertEquals(Map.of(), cluster.wrong);
    assertEquals("mend", lastBut(cluster.done));
    assertEquals(begun.size(), ended.size());
    for (Event event : ended) {
      assertTrue(event.endNanos() >= event.startNanos() && event.endNanos() < Long.MAX_VALUE, event.toString());
    }
  }

  /** What was done between two moments, in order, with the mending at the end. */
  private List<String> done() {
    return cluster.done.stream().filter(what -> !what.equals("unsettled?")).toList();
  }

  // ---------------------------------------------------------------- each by itself

  static Stream<String> faults() {
    return Stream.of("cut halves", "cut ring", "cut bridge 2", "cut 0 to 1", "flap 0 each 200ms", "loss all 20%",
        "delay 0 to 1 100ms", "bandwidth 1 20kB/s", "reset 1 each 300ms", "kill 1,2", "stop 3", "pause 0", "power",
        "cpu 1 5%", "disk 1 50ms", "full 4", "clock 1 -90s", "drift 2 +500ppm", "wipe 1", "kill primary of x",
        "join", "leave 2");
  }

  @ParameterizedTest
  @MethodSource("faults")
  void isDoneAndUndoneAtItsTime(String fault) throws Exception {
    List<String> wrongAt = new ArrayList<>();
    atEachTick = () -> wrongAt.add(nowMillis + " " + cluster.wrong);
    Schedule schedule = Schedule.parse("1s " + fault + " for 2s\n5s reset 0", HOSTS);
    nemesis.play(schedule, 600_000);
    assertTrue(wrongAt.contains("1000 {}"), wrongAt.toString());
    if (!fault.startsWith("reset")) {
      assertTrue(wrongAt.stream().anyMatch(at -> at.matches("1\\d\\d\\d .*\\{.+\\}")), wrongAt.toString());
    }
    assertTrue(wrongAt.contains("4000 {}"), "is still broken a second later: " + cluster.wrong);
    Event event = ended.get(0);
    assertEquals(1_000_000_000L, event.startNanos(), 50_000_000);
    assertEquals(3_000_000_000L, event.endNanos(), 50_000_000);
    assertEquals(fault.split(" ")[0], event.kind());
    assertFalse(event.nodes().isEmpty());
    assertMended();
    assertEquals(List.of(), wrong);
  }

  @Test
  void aNameIsToldWithWhatItWas() throws Exception {
    play("1s kill primary of x for 1s\n1s cut primary of x for 1s\n1s cut 0 to 1,2 for 1s");
    assertEquals("kill primary of x, host 3", begun.get(0).what());
    assertEquals(Set.of(3), begun.get(0).nodes());
    assertEquals("cut primary of x, host 3", begun.get(1).what());
    assertEquals("cut 0 to 1,2", begun.get(2).what());
    assertEquals(Set.of(0, 1, 2), begun.get(2).nodes());
  }

  @Test
  void aPrimaryThatThereIsNotIsSpared() throws Exception {
    cluster.primary = -1;
    play("1s kill primary of x for 1s\n1s cut primary of x for 1s");
    assertEquals("kill primary of x, nobody", begun.get(0).what());
    assertEquals(List.of("mend"), done());
    assertEquals(2, ended.size());
  }

  @Test
  void allAreKilledAtOnceWhenThePowerFails() throws Exception {
    play("1s power for 1s");
    assertEquals(List.of("killAll", "start 0", "start 1", "start 2", "start 3", "start 4", "mend"), done());
  }

  @Test
  void hostsAreRolledOneByOne() throws Exception {
    play("1s roll each 4s");
    assertEquals(List.of("stop 0", "start 0", "stop 1", "start 1", "stop 2", "start 2", "stop 3", "start 3", "stop 4",
        "start 4", "mend"), done());
    assertEquals(20_000, (ended.get(0).endNanos() - ended.get(0).startNanos()) / 1_000_000, 50);
  }

  @Test
  void aFlappingCutComesAndGoes() throws Exception {
    play("1s flap 0 to 1 each 500ms for 3s");
    assertEquals(3, done().stream().filter(what -> what.startsWith("harm H")).count(), done().toString());
    assertEquals(3, done().stream().filter(what -> what.equals("harm none")).count(), done().toString());
  }

  @Test
  void resetsComeAsOftenAsTheyAreAskedFor() throws Exception {
    play("1s reset 0,1\n2s reset 2 each 500ms for 2s");
    assertEquals(List.of("reset 0", "reset 1", "reset 2", "reset 2", "reset 2", "reset 2", "mend"), done());
  }

  @Test
  void aFullDiskIsFilledAgainWhileItLasts() throws Exception {
    play("1s full 0 for 3s");
    assertEquals(List.of("fill 0", "fill 0", "fill 0", "free 0", "mend"), done());
  }

  // ---------------------------------------------------------------- together

  @Test
  void aFaultThatEndsTakesNothingFromAnother() throws Exception {
    List<String> at = new ArrayList<>();
    atEachTick = () -> {
      if (nowMillis == 3_500 || nowMillis == 5_500) {
        at.add(cluster.wrong.toString());
      }
    };
    play("""
        1s kill 0,1 for 2s
        1s clock 2 +10s for 2s
        1s pause 4 for 2s
        2s kill 1 for 3s
        2s drift 2 +100ppm for 3s
        2s pause 4 for 3s
        6s reset 0
        """);
    assertEquals(List.of("{clock 2=[0, 100], down 1=true, paused 4=true}", "{}"), at);
    assertMended();
  }

  @Test
  void cutsAddUpAndAreOneHarm() throws Exception {
    play("1s cut 0 to 1 for 3s\n2s cut 1 to 2 for 3s\n2s loss 0 to 2 10% for 1s");
    assertEquals(5, done().stream().filter(what -> what.startsWith("harm")).count(), done().toString());
    assertMended();
  }

  @Test
  void whatIsPausedAndKilledIsPausedAgainWhenItIsBack() throws Exception {
    play("1s pause 0 for 5s\n2s kill 0 for 1s");
    assertEquals(List.of("pause 0", "kill 0", "start 0", "pause 0", "resume 0", "mend"), done());
  }

  @Test
  void mendEndsAllThatIsInForce() throws Exception {
    List<String> at = new ArrayList<>();
    atEachTick = () -> {
      if (nowMillis == 2_100) {
        at.add(cluster.wrong.toString());
      }
    };
    play("1s cut halves\n1s kill 2\n1s full 1\n2s mend\n3s reset 1");
    assertEquals(List.of("{}"), at);
    assertEquals(4, ended.size());
  }

  @Test
  void whatLastsToTheEndIsUndoneAtTheEnd() throws Exception {
    Schedule schedule = Schedule.parse("1s cut halves\n1s pause 2\n2s kill 1 for 1h", HOSTS);
    nemesis.play(schedule, 10_000);
    assertEquals(10_000, nowMillis, 50);
    assertEquals(3, ended.size());
    assertMended();
  }

  // ---------------------------------------------------------------- alone

  @Test
  void aWipeWaitsUntilAllHasSettledAndWhatFollowsWaitsForIt() throws Exception {
    atEachTick = () -> {
      boolean settles = nowMillis >= 3_000 && nowMillis < 10_000 || nowMillis > 30_000;
      cluster.unsettled = settles ? null : "it works on it";
    };
    play("1s kill 0 for 1500ms\n2s wipe 1 for 2s\n5s pause 2 for 1s");
    List<String> order = new ArrayList<>();
    done().forEach(order::add);
    assertEquals(List.of("kill 0", "start 0", "kill 1", "wipe 1", "start 1", "replaced 1", "pause 2", "resume 2", "mend"), order);
    Event wipe = ended.get(1);
    assertTrue(wipe.startNanos() >= 8_500_000_000L && wipe.endNanos() <= 10_700_000_000L, wipe.toString());
    assertEquals(List.of(), wrong);
    assertMended();
  }

  @Test
  void nothingIsWipedWhereNothingSettles() throws Exception {
    cluster.unsettled = "never";
    play("1s wipe 1 for 2s\n2s kill 2 for 1s");
    assertEquals(List.of("kill 2", "start 2", "mend"), done());
    assertEquals(1, wrong.size());
    assertTrue(wrong.get(0).contains("before wipe 1 the system has not settled within 2m: never"), wrong.toString());
  }

  @Test
  void whatNeverEndsByItselfEndsBeforeAWipe() throws Exception {
    play("1s cut halves\n2s wipe 1 for 1s");
    assertEquals("harm none", done().get(1));
    assertEquals("kill 1", done().get(2));
    assertMended();
  }

  // ---------------------------------------------------------------- when something goes wrong

  static Stream<String> actions() {
    return Stream.of("harm H", "harm none", "kill", "start", "stop", "pause", "resume", "cpu 1 0.05", "cpu 1 1.0",
        "disk 1 50", "disk 1 0", "fill", "free", "clock 1 -", "clock 1 0", "reset", "wipe");
  }

  @ParameterizedTest
  @MethodSource("actions")
  void allIsMendedWhenSomethingCannotBeDone(String action) throws Exception {
    cluster.fails = action;
    IOException failure = assertThrows(IOException.class, () -> play("""
        1s cut 0 to 1 for 8s
        1s kill 0 for 4s
        1s cpu 1 5% for 4s
        1s disk 1 50ms for 4s
        1s full 1 for 4s
        1s clock 1 -9s for 4s
        1s pause 2 for 4s
        2s reset 1
        3s stop 4 for 1s
        10s wipe 3 for 1s
        """));
    assertTrue(failure.getMessage().startsWith(action) && failure.getMessage().endsWith("failed"), failure.toString());
    assertMended();
  }

  @Test
  void allIsMendedWhenItIsInterrupted() throws Exception {
    Thread tested = Thread.currentThread();
    atEachTick = () -> {
      if (nowMillis == 2_500) {
        tested.interrupt();
      }
    };
    assertThrows(InterruptedException.class, () -> play("1s cut halves\n1s kill 2\n1s full 1\n1s pause 3"));
    assertFalse(Thread.interrupted());
    assertMended();
    assertEquals(2_500, nowMillis, 50);
  }

  @Test
  void anInterruptInTheMiddleOfAnActionIsMendedToo() throws Exception {
    cluster.before = () -> {
      if (cluster.done.size() == 2) {
        cluster.before = () -> {};
        Thread.currentThread().interrupt();
      }
    };
    assertThrows(IOException.class, () -> play("1s cut halves\n1s kill 2\n1s full 1\n1s pause 3"));
    assertTrue(Thread.interrupted(), "who interrupts wants to see it");
    assertMended();
  }

  @Test
  void aServerThatEndsByItselfIsToldAndStartedAgain() throws Exception {
    atEachTick = () -> {
      if (nowMillis == 2_000) {
        cluster.endByItself(3);
      }
    };
    play("1s kill 1 for 1s\n5s reset 0");
    assertEquals(List.of("the server of host 3 has ended by itself: see node-3.log"), wrong);
    assertTrue(done().contains("start 3"));
    assertTrue(ended.stream().anyMatch(event -> event.kind().equals("ended") && event.nodes().equals(Set.of(3))));
    assertMended();
  }

  @Test
  void aWholeScheduleByChanceLeavesNothing() throws Exception {
    for (long seed = 1; seed <= 30; seed++) {
      nowMillis = 0;
      RecordingCluster other = new RecordingCluster(HOSTS);
      List<Event> over = new ArrayList<>();
      List<Event> all = new ArrayList<>();
      new Nemesis(other, new Nemesis.Time() {
        @Override
        public long nanos() {
          return nowMillis * 1_000_000;
        }

        @Override
        public void sleep(long millis) {
          nowMillis += millis;
        }
      }, new Nemesis.Listener() {
        @Override
        public void began(Event event) {
          all.add(event);
        }

        @Override
        public void ended(Event event) {
          over.add(event);
        }

        @Override
        public void wrong(String what) {
          throw new AssertionError(what);
        }
      }).play(Drawn.schedule(seed, HOSTS, 180_000, Kind.faults(), List.of("r0")), 180_000);
      assertEquals(Map.of(), other.wrong, "seed " + seed);
      assertEquals(all.size(), over.size(), "seed " + seed);
      assertTrue(all.size() >= 15, "seed " + seed);
      // Nothing was left for the mending at the end.
      assertEquals("mend", lastBut(other.done));
    }
  }
}
