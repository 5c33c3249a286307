package dev.henge.chaos.mutants;

import dev.henge.chaos.check.Violation;
import dev.henge.chaos.cluster.Henge;
import dev.henge.chaos.cluster.NetnsCluster;
import dev.henge.node.BrokenNode;
import dev.henge.node.Main;
import dev.henge.storage.version.Mutant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A script of faults and commands under which one broken rule shows to clients, and which a sound node stands.
 *
 * @param mutant the rule that it is after
 * @param hosts how many nodes
 * @param settings of the nodes, beside those of all attacks
 * @param play the script; it ends with a judgement
 */
record Attack(Mutant mutant, int hosts, Map<String, String> settings, Play play) {

  /** What is done to a scene; throws a {@link Violation} where a checker has found one. */
  @FunctionalInterface
  interface Play {
    void on(Scene scene) throws IOException;
  }

  /**
   * Few vnodes, so that a few keys see a lot; no comparison of copies in the background, which mends what some rules
   * break; and no command that waits for long.
   */
  private static final Map<String, String> COMMON = Map.of("vnodes", "64", "anti-entropy-interval-seconds", "0",
      "command-timeout-millis", "2000");

  String title() {
    return mutant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Plays it on processes that break the rule, or on sound ones; returns what was found, or null.
   *
   * @param broken whether they break it
   */
  Violation play(boolean broken) throws IOException {
    Map<String, String> all = new HashMap<>(COMMON);
    all.putAll(settings);
    List<String> main = broken ? List.of(BrokenNode.class.getName(), mutant.name()) : List.of(Main.class.getName());
    Henge henge = new Henge("96m", all, List.of("-XX:TieredStopAtLevel=1"), main);
    Path dir = Path.of("target", "chaos", "mutants", title() + (broken ? "" : "-sound"));
    try (NetnsCluster cluster = NetnsCluster.start(henge, hosts, dir); Scene scene = new Scene(cluster)) {
      play.on(scene);
      return null;
    } catch (Violation violation) {
      return violation;
    }
  }
}
