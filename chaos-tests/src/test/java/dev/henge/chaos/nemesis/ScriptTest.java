package dev.henge.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.cluster.Link;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of a schedule is read as it is meant, printed as it is read, and what is wrong with it is told. */
class ScriptTest {

  private static final int HOSTS = 5;

  private static final Place.Scene SCENE = new Place.Scene() {
    @Override
    public int size() {
      return HOSTS;
    }

    @Override
    public int primaryOf(String key) {
      return 3;
    }
  };

  private static Step step(String line) throws ScriptException {
    List<Step> steps = Schedule.parse(line, HOSTS).steps();
    assertEquals(1, steps.size());
    return steps.get(0);
  }

  private static Set<Link> links(String words) throws ScriptException {
    return step("1s cut " + words).fault().strike(SCENE).links();
  }

  private static Set<Link> bothWays(int... pairs) {
    Set<Link> links = new HashSet<>();
    for (int i = 0; i < pairs.length; i += 2) {
      links.add(new Link(pairs[i], pairs[i + 1]));
      links.add(new Link(pairs[i + 1], pairs[i]));
    }
    return links;
  }

  // ---------------------------------------------------------------- what is good

  @ParameterizedTest
  @ValueSource(strings = {"10s cut halves for 8s", "20s kill 2 for 5s", "30s clock 1 -1m30s for 10s",
      "0ms cut ring for 1s", "1s cut ring 4,2,0,1,3 for 1s", "1s cut bridge 3 for 500ms", "1s cut 0,1 from 2,3 for 1s",
      "1s cut 0 to all for 1s", "1s cut primary of r1 for 1s", "1s flap halves each 200ms for 3s",
      "1s loss all 20% for 3s", "1s loss 1 to 2,3 99% for 3s", "1s delay 1 from 2 40ms for 3s",
      "1s bandwidth 0,1 20kB/s for 3s", "1s bandwidth all 1MB/s for 3s", "1s bandwidth 4 1001B/s for 3s", "1s reset 0",
      "1s reset all each 500ms for 5s", "1s stop 1", "1s pause primary of c0 for 1.5s", "1m power for 2.125s",
      "1s cpu 0,3 5% for 2s", "1s disk all 100ms for 2s", "1s full 1 for 2s", "1s clock 1 +1h2m3s for 2s",
      "1s drift 1 -500ppm for 2s", "1s drift 1 +500ppm", "1s wipe 4 for 2s", "1s replace 4",
      "1s join for 2s", "1s leave 0", "1h2m3.5s roll each 6s", "9s mend"})
  void whatIsReadIsPrintedAgain(String line) throws ScriptException {
    assertEquals(line, step(line).toString());
  }

  @Test
  void theExamplesOfTheDocsMeanWhatTheySay() throws ScriptException {
    Schedule schedule = Schedule.parse("""
        # split, then kill
        10s   cut halves for 8s

        20s kill 2 for 5s  # a comment
        30s clock 1 -90s for 10s
        """, HOSTS);
    assertEquals(List.of(
        new Step(10_000, new Fault(Kind.CUT, new Place.Halves(), 0), 8_000),
        new Step(20_000, new Fault(Kind.KILL, Place.Hosts.of(2), 0), 5_000),
        new Step(30_000, new Fault(Kind.CLOCK, Place.Hosts.of(1), -90_000), 10_000)), schedule.steps());
    assertEquals(Set.of(Kind.CUT, Kind.KILL, Kind.CLOCK), schedule.kinds());
    assertEquals(Schedule.EMPTY, Schedule.parse("\n # nothing\n\t\n", HOSTS));
  }

  @Test
  void linksAreThoseThatAreMeant() throws ScriptException {
    assertEquals(bothWays(0, 2, 0, 3, 0, 4, 1, 2, 1, 3, 1, 4), links("halves"));
    assertEquals(bothWays(0, 1, 0, 2, 0, 3, 0, 4), links("0"));
    assertEquals(bothWays(0, 2, 1, 2, 0, 3, 1, 3, 0, 4, 1, 4), links("0,1"));
    assertEquals(bothWays(0, 2, 1, 2), links("0,1 from 2"));
    assertEquals(Set.of(new Link(0, 2), new Link(1, 2)), links("0,1 to 2"));
    assertEquals(bothWays(3, 0, 3, 1, 3, 2, 3, 4), links("primary of x"));
    assertEquals(bothWays(0, 3, 0, 4, 1, 3, 1, 4), links("bridge 2"));
    assertEquals(20, links("all").size());
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 7, 8, 9})
  void inARingEachSeesAMajorityAndNoTwoTheSame(int size) {
    Place.Scene scene = new Place.Scene() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public int primaryOf(String key) {
        return 0;
      }
    };
    Set<Link> cut = new Place.Ring(List.of()).links(scene);
    Set<Set<Integer>> views = new HashSet<>();
    for (int a = 0; a < size; a++) {
      Set<Integer> seen = new HashSet<>();
      for (int b = 0; b < size; b++) {
        if (a == b || !cut.contains(new Link(a, b))) {
          seen.add(b);
        }
        assertTrue(a == b || cut.contains(new Link(a, b)) == cut.contains(new Link(b, a)));
      }
      assertTrue(seen.size() > size / 2, a + " sees " + seen);
      views.add(seen);
    }
    assertEquals(size, views.size());
  }

  // ---------------------------------------------------------------- what is not

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
      "soon kill 2 | 1 | soon is no time such as 500ms",
      "10 kill 2 | 1 | 10 is no time",
      "10s | 5 | the line ends here; expected: a fault",
      "10s kil 2 | 5 | there is no fault kil; there are cut, flap,",
      "10s kill | 10 | the line ends here; expected: hosts",
      "10s kill 7 for 5s | 10 | there is no host 7; there are 0 to 4",
      "10s kill 1,1 | 10 | host 1 is named twice",
      "10s kill 1, 2 | 10 | 1, names no hosts",
      "10s kill 2 for | 16 | the line ends here; expected: how long",
      "10s kill 2 for ever | 16 | ever is no time",
      "10s kill 2 for 0 | 16 | for no time at all",
      "10s kill 2 5s | 12 | unexpected 5s; the form is: TIME kill HOSTS [for TIME]",
      "10s wipe 1,2 | 10 | one host is meant",
      "10s cut | 9 | the line ends here; expected: hosts",
      "10s cut ring 0,1 | 14 | a ring names each of the 5 hosts once, or none",
      "10s cut primary r0 | 17 | primary of KEY is expected",
      "10s loss all 0% | 14 | 0% is out of range: 1% to 99%",
      "10s loss all 20 | 14 | 20 is not a percentage such as 20%",
      "10s loss halves 20% | 10 | halves names no hosts",
      "10s bandwidth 1 20 | 17 | 20 is no rate such as 20kB/s",
      "10s bandwidth 1 20B/s | 17 | 20B/s is out of range: 1kB/s to 1000MB/s",
      "10s drift 1 5 | 13 | 5 is not a drift such as 500ppm",
      "10s clock 1 +0s | 13 | +0s is no jump",
      "10s flap halves for 5s | 17 | each TIME is expected, not for",
      "10s reset 1 for 5s | 13 | a reset without each TIME is over at once",
      "10s roll each 5s for 9s | 18 | roll lasts as long as it does",
      "10s power 1 | 11 | unexpected 1; the form is: TIME power [for TIME]"})
  void whatIsWrongIsToldWithItsPlace(String line, int column, String what) {
    ScriptException wrong = assertThrows(ScriptException.class, () -> Schedule.parse("# one\n" + line, HOSTS));
    assertEquals(2, wrong.line(), wrong.getMessage());
    assertEquals(column, wrong.column(), wrong.getMessage());
    assertTrue(wrong.getMessage().startsWith("line 2, column " + column + ": " + what), wrong.getMessage());
    String[] told = wrong.getMessage().split("\n");
    assertEquals("  " + line, told[1]);
    assertEquals(1 + column, told[2].indexOf('^'), wrong.getMessage());
  }

  @Test
  void stepsStandInTheOrderOfTheirTimes() {
    ScriptException wrong = assertThrows(ScriptException.class, () -> Schedule.parse("10s kill 1\n  9s kill 2", HOSTS));
    assertEquals(2, wrong.line());
    assertEquals(3, wrong.column());
    assertTrue(wrong.getMessage().contains("the one before is at 10s"), wrong.getMessage());
  }

  @Test
  void everyKindSaysItsFormAndWhatItIs() {
    for (Kind kind : Kind.values()) {
      assertTrue(kind.syntax().startsWith(kind.word()), kind.syntax());
      assertTrue(kind.means().length() > 10 && !kind.means().contains("\n"));
    }
    assertEquals("cut halves | ring [HOSTS] | bridge HOST | HOSTS | HOSTS from HOSTS | HOSTS to HOSTS",
        Kind.CUT.syntax());
    assertEquals("reset HOSTS [each TIME]", Kind.RESET.syntax());
  }

  @Test
  void theScriptsThatComeWithTheHarnessAreGood() throws IOException, ScriptException {
    List<Path> scripts;
    try (var files = Files.list(Path.of("scripts"))) {
      scripts = files.filter(file -> file.toString().endsWith(".chaos")).collect(Collectors.toList());
    }
    assertTrue(scripts.size() >= 4, scripts.toString());
    Set<Kind> seen = new HashSet<>();
    for (Path script : scripts) {
      try {
        seen.addAll(Schedule.parse(Files.readString(script), HOSTS).kinds());
      } catch (ScriptException e) {
        throw new AssertionError(script + ": " + e.getMessage(), e);
      }
    }
    assertTrue(seen.containsAll(Kind.faults()), "no script shows all of " + Kind.faults() + ", only " + seen);
  }
}
