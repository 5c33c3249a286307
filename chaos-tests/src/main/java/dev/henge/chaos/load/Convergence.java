package dev.henge.chaos.load;

import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Judges whether all nodes say the same once everything is mended: of each read at the end the last answer through each
 * node. Keys with a time to live are left out, since they may end between two reads.
 */
final class Convergence {

  private static final int TOLD_MAX = 3;

  private Convergence() {}

  static Finding of(History history) {
    Map<List<String>, TreeMap<String, Op>> last = new LinkedHashMap<>();
    TreeSet<String> nodes = new TreeSet<>();
    for (Op op : history.all()) {
      Workload workload = Workload.ofKey(op.key());
      if (op.client == Load.READER && workload != Workload.TTL && workload != Workload.LOCK) {
        last.computeIfAbsent(op.args, args -> new TreeMap<>()).put(op.node, op);
        nodes.add(op.node);
      }
    }
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<List<String>, TreeMap<String, Op>> read : last.entrySet()) {
      String difference = difference(nodes, read.getValue());
      if (difference != null) {
        wrong.add(String.join(" ", read.getKey()) + ": " + difference);
      }
    }
    if (last.isEmpty()) {
      return new Finding("convergence", false, 0, "nothing was read at the end");
    }
    return new Finding("convergence", wrong.isEmpty(), last.size(), wrong.isEmpty()
        ? last.size() + " reads gave the same through " + nodes.size() + " nodes"
        : wrong.size() + " of " + last.size() + " reads differ: "
            + String.join("; ", wrong.subList(0, Math.min(TOLD_MAX, wrong.size()))));
  }

  private static String difference(TreeSet<String> nodes, TreeMap<String, Op> answers) {
    Map<String, List<String>> byAnswer = new TreeMap<>();
    for (String node : nodes) {
      Op op = answers.get(node);
      String shown = op == null ? null : ReadBack.shown(op);
      byAnswer.computeIfAbsent(shown == null ? "no answer" : shown, s -> new ArrayList<>()).add(node);
    }
    return byAnswer.size() > 1 || byAnswer.containsKey("no answer") ? byAnswer.toString() : null;
  }
}
