package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Second;
import dev.henge.resp.codec.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * The account of a load, second by second. A command counts in the second of its end; its latency from when it was
 * due to its reply, whatever that says. A command in doubt has none: it is counted as such.
 */
final class Rates {

  private static final long LATENCY_NANOS_MAX = 3_600_000_000_000L;
  private static final int ERRORS_MAX = 100;

  /** Where those are counted that were never sent, after the ends that commands have. */
  private static final int SHED = 3;

  private final int nodes;
  private final List<Second> seconds = new ArrayList<>();
  private final Histogram latency = new Histogram(LATENCY_NANOS_MAX, 3);
  private final Map<String, Long> errors = new TreeMap<>();
  private final Histogram spanLatency = new Histogram(LATENCY_NANOS_MAX, 3);
  private final long[] span = new long[4];
  private Map<String, Long> spanErrors = new TreeMap<>();
  private long[] okOfNode;
  private long[] now = new long[3];
  private final long[] all = new long[3];
  private long shed;

  Rates(int nodes) {
    this.nodes = nodes;
    this.okOfNode = new long[nodes];
  }

  /** @param node that was asked; below 0 where nobody knows */
  synchronized void ended(Op op, int node, long dueNanos, long endNanos) {
    now[op.end.ordinal()]++;
    all[op.end.ordinal()]++;
    span[op.end.ordinal()]++;
    if (op.end != Op.End.IN_DOUBT) {
      long nanos = Math.max(0, Math.min(endNanos - dueNanos, LATENCY_NANOS_MAX));
      latency.recordValue(nanos);
      spanLatency.recordValue(nanos);
    }
    if (op.done() && node >= 0) {
      okOfNode[node]++;
    }
    if (op.reply instanceof Reply.Error error) {
      count(errors, error.text());
      count(spanErrors, (node < 0 ? "" : "n" + node + ": ") + error.text());
    }
  }

  private static void count(Map<String, Long> errors, String text) {
    if (errors.size() < ERRORS_MAX || errors.containsKey(text)) {
      errors.merge(text, 1L, Long::sum);
    }
  }

  synchronized void shed() {
    shed++;
    span[SHED]++;
  }

  /** What there was since the last call. */
  synchronized Load.Span span() {
    Load.Span one = new Load.Span(span[Op.End.DONE.ordinal()], span[Op.End.REFUSED.ordinal()],
        span[Op.End.IN_DOUBT.ordinal()], span[SHED], millis(spanLatency.getValueAtPercentile(50)),
        millis(spanLatency.getValueAtPercentile(99)), millis(spanLatency.getMaxValue()), spanErrors);
    spanLatency.reset();
    Arrays.fill(span, 0);
    spanErrors = new TreeMap<>();
    return one;
  }

  /** The second is over. */
  synchronized Second close() {
    List<Long> ofNode = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      ofNode.add(okOfNode[i]);
    }
    Second second = new Second(seconds.size(), now[Op.End.DONE.ordinal()], now[Op.End.REFUSED.ordinal()],
        now[Op.End.IN_DOUBT.ordinal()], millis(latency.getValueAtPercentile(50)),
        millis(latency.getValueAtPercentile(99)), millis(latency.getMaxValue()), ofNode);
    seconds.add(second);
    latency.reset();
    now = new long[3];
    okOfNode = new long[nodes];
    return second;
  }

  private static double millis(long nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }

  synchronized List<Second> seconds() {
    return List.copyOf(seconds);
  }

  synchronized Load.Totals totals() {
    return new Load.Totals(all[Op.End.DONE.ordinal()], all[Op.End.REFUSED.ordinal()], all[Op.End.IN_DOUBT.ordinal()],
        shed, new TreeMap<>(errors));
  }
}
