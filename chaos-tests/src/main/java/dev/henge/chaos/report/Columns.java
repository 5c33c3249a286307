package dev.henge.chaos.report;

import dev.henge.chaos.run.Second;
import java.util.ArrayList;
import java.util.List;

/**
 * The seconds of a run, so many to a column that a plot has no more columns than it can show. Of rates a column has the
 * mean, of latencies the worst.
 *
 * @param seconds that a column has
 */
record Columns(int seconds, List<Second> of) {

  private static final int COLUMNS_MAX = 600;

  static Columns of(List<Second> all) {
    int last = all.stream().mapToInt(Second::at).max().orElse(-1);
    int width = Math.max(1, (last + COLUMNS_MAX) / COLUMNS_MAX);
    List<List<Second>> columns = new ArrayList<>();
    for (int i = 0; i <= last / width && last >= 0; i++) {
      columns.add(new ArrayList<>());
    }
    all.stream().filter(second -> second.at() >= 0).forEach(second -> columns.get(second.at() / width).add(second));
    List<Second> merged = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      merged.add(merged(i * width, columns.get(i)));
    }
    return new Columns(width, merged);
  }

  private static Second merged(int at, List<Second> some) {
    int count = Math.max(1, some.size());
    int nodes = some.stream().mapToInt(second -> second.okOfNode().size()).max().orElse(0);
    List<Long> ofNode = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      int node = i;
      ofNode.add(some.stream().mapToLong(second -> node < second.okOfNode().size() ? second.okOfNode().get(node) : 0)
          .sum() / count);
    }
    return new Second(at, some.stream().mapToLong(Second::ok).sum() / count,
        some.stream().mapToLong(Second::refused).sum() / count, some.stream().mapToLong(Second::inDoubt).sum() / count,
        some.stream().mapToDouble(Second::p50Millis).max().orElse(0),
        some.stream().mapToDouble(Second::p99Millis).max().orElse(0),
        some.stream().mapToDouble(Second::maxMillis).max().orElse(0), ofNode);
  }

  int nodes() {
    return of.stream().mapToInt(second -> second.okOfNode().size()).max().orElse(0);
  }

  long end() {
    return (long) of.size() * seconds;
  }
}
