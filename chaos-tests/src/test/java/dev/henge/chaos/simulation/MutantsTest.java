package dev.henge.chaos.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.henge.storage.version.Mutant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Puts wrong rules in the place of right ones and asks whether the simulator notices, within so many seeds, always
 * from the first on. What is not caught is a hole in the checkers.
 */
class MutantsTest {

  static {
    System.setProperty("org.slf4j.simpleLogger.log.dev.henge", "off");
  }

  private static final long SEEDS_MAX = 2_000;

  /**
   * Those that the workloads of whole nodes show soon; the simulation of shards, which is faster, is asked about the
   * others.
   */
  private static final Set<Mutant> NOTICED = EnumSet.of(Mutant.FLOOR_FORGOTTEN, Mutant.GAP_IGNORED,
      Mutant.LEASE_OVERSTAYED, Mutant.CLOCK_BEFORE_CAUSALITY, Mutant.CLEAR_TAKES_ALL);

  /** Those that only a ring shows which operators change. */
  private static final Set<Mutant> OF_CHANGES = EnumSet.of(Mutant.VIEW_WITHOUT_MAJORITY, Mutant.LETS_GO_EARLY,
      Mutant.LEASE_IN_OLD_EPOCH, Mutant.LEARNER_COUNTS, Mutant.TWO_STEPS_AT_ONCE);

  /** The mutants whose wrong rule has its place in the code. */
  private static Set<Mutant> inPlace() {
    Set<Mutant> found = EnumSet.noneOf(Mutant.class);
    for (JavaClass type : new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.contains("-tests.jar"))
        .importPackages("dev.henge.storage", "dev.henge.ring", "dev.henge.resp", "dev.henge.node")) {
      if (!type.isEquivalentTo(Mutant.class)) {
        for (JavaFieldAccess access : type.getFieldAccessesFromSelf()) {
          if (access.getTargetOwner().isEquivalentTo(Mutant.class)) {
            found.add(Mutant.valueOf(access.getTarget().getName()));
          }
        }
      }
    }
    return found;
  }

  @Test
  void everyWrongRuleIsNoticed() throws InterruptedException {
    Set<Mutant> places = inPlace();
    assertTrue(places.containsAll(NOTICED), "not in place: " + NOTICED + " are asked for, there are " + places);
    Set<Mutant> others = EnumSet.copyOf(places);
    others.removeAll(NOTICED);
    others.removeAll(OF_CHANGES);
    System.out.println("in place, and not asked for here: " + others);
    List<String> unnoticed = new ArrayList<>();
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    Set<Mutant> asked = EnumSet.copyOf(NOTICED);
    asked.addAll(OF_CHANGES);
    for (Mutant mutant : asked) {
      Simulate.Result result =
          Simulate.run(new Simulate.Order(1, SEEDS_MAX, threads, mutant, false, OF_CHANGES.contains(mutant)), null);
      if (result.failures().isEmpty()) {
        unnoticed.add(mutant.name());
        System.out.println(mutant + " was not noticed in " + SEEDS_MAX + " seeds");
      } else {
        System.out.println(mutant + " was noticed by seed " + result.failures().firstKey() + ": "
            + result.failures().firstEntry().getValue().violation().getMessage().lines().findFirst().orElse(""));
      }
    }
    assertTrue(unnoticed.isEmpty(), "not noticed: " + unnoticed);
  }
}
