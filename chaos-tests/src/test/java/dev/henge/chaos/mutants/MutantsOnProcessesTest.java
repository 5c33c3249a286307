package dev.henge.chaos.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.chaos.check.Violation;
import dev.henge.chaos.cluster.Backends;
import dev.henge.chaos.cluster.NetnsCluster;
import dev.henge.storage.version.Mutant;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Starts real processes that break one rule each, breaks their hosts by a script, and asks whether what clients see
 * tells. By default the quickest; {@code -Dhenge.mutants=all}, or names with commas between them, asks for others, and
 * {@code -Dhenge.mutants.sound=true} plays the same scripts on sound nodes, where nothing must be found.
 */
class MutantsOnProcessesTest {

  private static final Set<Mutant> QUICK = EnumSet.of(Mutant.READ_QUORUM_OF_ONE, Mutant.SESSION_FORGOTTEN,
      Mutant.CLEAR_TAKES_ALL, Mutant.FLOOR_FORGOTTEN);

  private static List<Attack> asked() {
    String names = System.getProperty("henge.mutants", "");
    List<Attack> asked = new ArrayList<>();
    for (Attack attack : Attacks.ALL_OF_THEM) {
      boolean named = List.of(names.toUpperCase(Locale.ROOT).replace('-', '_').split(",")).contains(attack.mutant().name());
      if (names.isEmpty() ? QUICK.contains(attack.mutant()) : names.equals("all") || named) {
        asked.add(attack);
      }
    }
    return asked;
  }

  @BeforeAll
  static void namespaces() {
    Backends.require(NetnsCluster.impossible());
  }

  @Test
  void everyBrokenRuleIsNoticed() throws IOException {
    boolean broken = !Boolean.getBoolean("henge.mutants.sound");
    List<String> wrong = new ArrayList<>();
    for (Attack attack : asked()) {
      long start = System.nanoTime();
      String found;
      try {
        Violation violation = attack.play(broken);
        found = violation == null ? null : violation.getMessage();
        if (broken == (violation == null)) {
          wrong.add(attack.title());
        }
      } catch (AssertionError | RuntimeException e) {
        found = "could not be played: " + e;
        wrong.add(attack.title());
      }
      System.out.printf(Locale.ROOT, "%s%s, %.0f s: %s%n", attack.title(), broken ? "" : " (sound)",
          (System.nanoTime() - start) / 1e9, found);
    }
    assertEquals(List.of(), wrong, broken ? "not noticed" : "found though all rules hold");
  }
}
