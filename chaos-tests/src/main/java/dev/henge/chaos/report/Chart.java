package dev.henge.chaos.report;

import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.RunRecord;
import dev.henge.chaos.run.Second;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The picture of a run over time, from above: faults in lanes, rates, the rates of each host, latencies. All share one
 * axis, and times at which anything was broken are shaded through all of them.
 */
final class Chart {

  private static final int WIDTH = 1120;
  private static final int LEFT = 96;
  private static final int RIGHT = 1056;
  private static final int LANE = 19;
  private static final int GAP = 34;
  private static final int RATES_HEIGHT = 170;
  private static final int HOST_HEIGHT = 26;
  private static final int LATENCY_HEIGHT = 170;
  private static final double LETTER = 5.6;
  private static final double LATENCY_MILLIS_MIN = 0.1;
  private static final int[] TIME_STEPS = {5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600};

  private final RunRecord record;
  private final Columns columns;
  private final double seconds;
  private final Markup out = new Markup();
  private int y;

  Chart(RunRecord record) {
    this.record = record;
    this.columns = Columns.of(record.seconds());
    double last = 1;
    for (Event event : record.events()) {
      last = Math.max(last, event.endNanos() == Long.MAX_VALUE ? seconds(event.startNanos()) : seconds(event.endNanos()));
    }
    this.seconds = Math.max(last, columns.end());
  }

  private double seconds(long nanos) {
    return (nanos - record.startNanos()) / 1e9;
  }

  private double endOf(Event event) {
    return event.endNanos() == Long.MAX_VALUE ? seconds : seconds(event.endNanos());
  }

  private double x(double second) {
    return LEFT + Math.max(0, Math.min(1, second / seconds)) * (RIGHT - LEFT);
  }

  /** Which family of faults a kind is of: it has its colour. */
  static String family(String kind) {
    return switch (kind) {
      case "cut", "flap", "loss", "delay", "bandwidth", "reset" -> "net";
      case "kill", "stop", "pause", "power", "roll", "ended" -> "proc";
      case "cpu", "disk", "full", "wipe" -> "mach";
      case "clock", "drift" -> "clock";
      default -> "other";
    };
  }

  String svg() {
    lanes();
    int lanesEnd = y;
    y += GAP;
    rates();
    y += GAP;
    hosts();
    latencies();
    axis();
    y += 26;
    Markup all = new Markup();
    all.add("<svg class=\"chart\" viewBox=\"0 0 %n %n\" role=\"img\" aria-label=\"Faults, rates and latencies over time\""
        + " xmlns=\"http://www.w3.org/2000/svg\">\n", WIDTH, y);
    shade(all, lanesEnd + 6, y - 24);
    return all.raw(out.toString()).raw("</svg>\n").toString();
  }

  // ---------------------------------------------------------------- time

  private void shade(Markup all, double top, double bottom) {
    double[] open = null;
    List<Event> sorted = record.events().stream().sorted(Comparator.comparingLong(Event::startNanos)).toList();
    List<double[]> spans = new ArrayList<>();
    for (Event event : sorted) {
      double from = seconds(event.startNanos());
      if (open != null && from <= open[1]) {
        open[1] = Math.max(open[1], endOf(event));
      } else {
        open = new double[] {from, endOf(event)};
        spans.add(open);
      }
    }
    for (double[] span : spans) {
      all.add("<rect class=\"broken\" x=\"%n\" y=\"%n\" width=\"%n\" height=\"%n\"/>\n", x(span[0]), top,
          Math.max(1, x(span[1]) - x(span[0])), bottom - top);
    }
  }

  private int timeStep() {
    for (int step : TIME_STEPS) {
      if (seconds / step <= 14) {
        return step;
      }
    }
    return (int) (seconds / 10);
  }

  private void axis() {
    for (int at = 0; at <= seconds; at += timeStep()) {
      out.add("<line class=\"tick\" x1=\"%n\" x2=\"%n\" y1=\"%n\" y2=\"%n\"/>", x(at), x(at), y, y + 4);
      out.add("<text class=\"small mid\" x=\"%n\" y=\"%n\">%s</text>\n", x(at), y + 16, Say.at(at));
    }
  }

  private void grid(double top, double bottom) {
    for (int at = timeStep(); at <= seconds; at += timeStep()) {
      out.add("<line class=\"grid\" x1=\"%n\" x2=\"%n\" y1=\"%n\" y2=\"%n\"/>", x(at), x(at), top, bottom);
    }
    out.raw("\n");
  }

  private void heading(String what, String unit) {
    out.add("<text class=\"head\" x=\"%n\" y=\"%n\">%s<tspan class=\"unit\">  %s</tspan></text>\n", LEFT, y - 9, what,
        unit);
  }

  // ---------------------------------------------------------------- faults

  private void lanes() {
    y = 22;
    heading("Faults", record.events().isEmpty() ? "none" : "hosts are numbered from 0");
    Map<String, List<List<Event>>> lanes = new LinkedHashMap<>();
    for (String family : List.of("net", "proc", "mach", "clock", "other")) {
      record.events().stream().filter(event -> family(event.kind()).equals(family))
          .sorted(Comparator.comparing(Event::kind).thenComparing(Event::startNanos))
          .forEach(event -> place(lanes.computeIfAbsent(event.kind(), kind -> new ArrayList<>()), event));
    }
    lanes.forEach((kind, rows) -> {
      out.add("<text class=\"label end\" x=\"%n\" y=\"%n\">%s</text>\n", LEFT - 10, y + 13, kind);
      out.add("<line class=\"grid\" x1=\"%n\" x2=\"%n\" y1=\"%n\" y2=\"%n\"/>\n", LEFT, RIGHT, y, y);
      for (List<Event> row : rows) {
        for (int i = 0; i < row.size(); i++) {
          bar(row.get(i), i + 1 < row.size() ? x(seconds(row.get(i + 1).startNanos())) : WIDTH);
        }
        y += LANE;
      }
    });
    out.add("<line class=\"grid\" x1=\"%n\" x2=\"%n\" y1=\"%n\" y2=\"%n\"/>\n", LEFT, RIGHT, y, y);
  }

  /** On the first row where it meets none. */
  private void place(List<List<Event>> rows, Event event) {
    for (List<Event> row : rows) {
      if (endOf(row.get(row.size() - 1)) <= seconds(event.startNanos())) {
        row.add(event);
        return;
      }
    }
    rows.add(new ArrayList<>(List.of(event)));
  }

  private void bar(Event event, double nextX) {
    double from = x(seconds(event.startNanos()));
    double to = Math.max(from + 3, x(endOf(event)));
    String words = event.what().startsWith(event.kind() + " ") ? event.what().substring(event.kind().length() + 1)
        : event.what().equals(event.kind()) ? "" : event.what();
    out.add("<g><title>%s</title>", Say.exactly(seconds(event.startNanos())) + " to " + Say.exactly(endOf(event)) + "  "
        + event.what());
    out.add("<rect class=\"bar %s\" x=\"%n\" y=\"%n\" width=\"%n\" height=\"%n\" rx=\"2\"/>", family(event.kind()), from,
        y + 2.5, to - from, LANE - 5);
    double wide = words.length() * LETTER;
    if (wide < to - from - 6) {
      out.add("<text class=\"in\" x=\"%n\" y=\"%n\">%s</text>", from + 4, y + 13, words);
    } else if (to + wide + 8 < nextX) {
      out.add("<text class=\"small\" x=\"%n\" y=\"%n\">%s</text>", to + 4, y + 13, words);
    } else {
      int host = words.indexOf(", host ");
      String less = host < 0 ? words.split(" ")[0] : words.substring(host + 7);
      if (less.length() * LETTER < to - from - 6) {
        out.add("<text class=\"in\" x=\"%n\" y=\"%n\">%s</text>", from + 4, y + 13, less);
      }
    }
    out.raw("</g>\n");
  }

  // ---------------------------------------------------------------- rates

  private void rates() {
    double most = columns.of().stream().mapToDouble(s -> s.ok() + s.refused() + s.inDoubt()).max().orElse(1);
    double top = nice(most);
    heading("Commands", "a second, stacked by what came of them"
        + (columns.seconds() > 1 ? ", mean of " + columns.seconds() + " s" : ""));
    double base = y + RATES_HEIGHT;
    grid(y, base);
    for (int i = 0; i <= 4; i++) {
      double at = base - RATES_HEIGHT * i / 4.0;
      out.add("<line class=\"grid\" x1=\"%n\" x2=\"%n\" y1=\"%n\" y2=\"%n\"/>", LEFT, RIGHT, at, at);
      out.add("<text class=\"small end\" x=\"%n\" y=\"%n\">%s</text>\n", LEFT - 8, at + 4, brief(top * i / 4));
    }
    double scale = RATES_HEIGHT / top;
    area("ok", base, scale, s -> 0, Second::ok);
    area("refused", base, scale, Second::ok, s -> s.ok() + s.refused());
    area("doubt", base, scale, s -> s.ok() + s.refused(), s -> s.ok() + s.refused() + s.inDoubt());
    int legend = RIGHT - 236;
    for (String[] one : new String[][] {{"ok", "answered", "0"}, {"refused", "refused", "86"}, {"doubt", "in doubt", "166"}}) {
      int at = legend + Integer.parseInt(one[2]);
      out.add("<rect class=\"%s\" x=\"%n\" y=\"%n\" width=\"10\" height=\"10\"/>", one[0], at, y - 18);
      out.add("<text class=\"small\" x=\"%n\" y=\"%n\">%s</text>\n", at + 15, y - 9, one[1]);
    }
    y += RATES_HEIGHT;
  }

  /** Between two heights, in steps. */
  private void area(String kind, double base, double scale, ToDoubleFunction<Second> low, ToDoubleFunction<Second> high) {
    StringBuilder path = new StringBuilder();
    StringBuilder back = new StringBuilder();
    boolean any = false;
    for (Second second : columns.of()) {
      double from = x(second.at());
      double to = x(second.at() + columns.seconds());
      String upper = Markup.number(base - scale * high.applyAsDouble(second));
      String lower = Markup.number(base - scale * low.applyAsDouble(second));
      any |= !upper.equals(lower) || high.applyAsDouble(second) > low.applyAsDouble(second);
      path.append(path.length() == 0 ? 'M' : 'L').append(Markup.number(from)).append(' ').append(upper).append('L')
          .append(Markup.number(to)).append(' ').append(upper);
      back.insert(0, "L" + Markup.number(to) + " " + lower + "L" + Markup.number(from) + " " + lower);
    }
    if (any) {
      out.add("<path class=\"%s\" d=\"%s\"/>\n", kind, path.append(back).append('Z'));
    }
  }

  private static double nice(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(Math.max(1, value))));
    for (double step : new double[] {1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8}) {
      if (step * power >= value) {
        return step * power;
      }
    }
    return 10 * power;
  }

  private static String brief(double value) {
    return value >= 10_000 ? Markup.number(value / 1_000) + "k" : Markup.number(value);
  }

  // ---------------------------------------------------------------- hosts

  private void hosts() {
    int nodes = columns.nodes();
    if (nodes == 0) {
      return;
    }
    double most = 1;
    for (Second second : columns.of()) {
      most = Math.max(most, second.okOfNode().stream().mapToLong(Long::longValue).max().orElse(0));
    }
    heading("Answered by each host", "a second, up to " + brief(most)
        + "; tinted while a fault of its process, machine or clock was in force");
    double top = y;
    for (int node = 0; node < nodes; node++) {
      double base = y + HOST_HEIGHT - 3;
      for (Event event : record.events()) {
        if (event.nodes().contains(node) && !family(event.kind()).equals("net")
            && !(event.kind().equals("roll"))) {
          out.add("<rect class=\"tint %s\" x=\"%n\" y=\"%n\" width=\"%n\" height=\"%n\"/>", family(event.kind()),
              x(seconds(event.startNanos())), y, Math.max(2, x(endOf(event)) - x(seconds(event.startNanos()))),
              HOST_HEIGHT);
        }
      }
      out.add("<text class=\"label end\" x=\"%n\" y=\"%n\">host %n</text>", LEFT - 10, base - 4, node);
      StringBuilder path = new StringBuilder();
      for (Second second : columns.of()) {
        double value = node < second.okOfNode().size() ? second.okOfNode().get(node) : 0;
        String at = Markup.number(base - (HOST_HEIGHT - 7) * value / most);
        path.append(path.length() == 0 ? 'M' : 'L').append(Markup.number(x(second.at()))).append(' ').append(at)
            .append('L').append(Markup.number(x(second.at() + columns.seconds()))).append(' ').append(at);
      }
      out.add("<path class=\"line host\" d=\"%s\"/>", path);
      y += HOST_HEIGHT;
      out.add("<line class=\"grid\" x1=\"%n\" x2=\"%n\" y1=\"%n\" y2=\"%n\"/>\n", LEFT, RIGHT, y, y);
    }
    grid(top, y);
    y += GAP;
  }

  // ---------------------------------------------------------------- latencies

  private void latencies() {
    double most = columns.of().stream().mapToDouble(Second::maxMillis).max().orElse(1);
    double least = columns.of().stream().mapToDouble(Second::p50Millis).filter(v -> v > 0).min().orElse(1);
    double low = Math.floor(Math.log10(Math.max(LATENCY_MILLIS_MIN, least)));
    double high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1, most))));
    heading("Latency", "from when a command was due to its reply; logarithmic"
        + (columns.seconds() > 1 ? ", the worst of " + columns.seconds() + " s" : ""));
    double base = y + LATENCY_HEIGHT;
    grid(y, base);
    for (double power = low; power <= high; power++) {
      double at = base - (power - low) / (high - low) * LATENCY_HEIGHT;
      out.add("<line class=\"grid\" x1=\"%n\" x2=\"%n\" y1=\"%n\" y2=\"%n\"/>", LEFT, RIGHT, at, at);
      double millis = Math.pow(10, power);
      out.add("<text class=\"small end\" x=\"%n\" y=\"%n\">%s</text>\n", LEFT - 8, at + 4,
          millis >= 1_000 ? Markup.number(millis / 1_000) + " s" : Markup.number(millis) + " ms");
    }
    List<double[]> ends = new ArrayList<>();
    ends.add(line("max", base, low, high, Second::maxMillis));
    ends.add(line("p99", base, low, high, Second::p99Millis));
    ends.add(line("p50", base, low, high, Second::p50Millis));
    double before = Double.NEGATIVE_INFINITY;
    List<String> names = List.of("max", "p99", "p50");
    for (int i = 0; i < names.size(); i++) {
      if (ends.get(i) != null) {
        double at = Math.max(ends.get(i)[1], before + 13);
        out.add("<text class=\"line-label %s\" x=\"%n\" y=\"%n\">%s</text>\n", names.get(i), ends.get(i)[0] + 5, at + 4,
            names.get(i));
        before = at;
      }
    }
    y += LATENCY_HEIGHT;
  }

  /** Where its end is; null if there is nothing to show. A second without an answer is a gap. */
  private double[] line(String name, double base, double low, double high, ToDoubleFunction<Second> value) {
    StringBuilder path = new StringBuilder();
    double[] end = null;
    boolean pen = false;
    for (Second second : columns.of()) {
      double millis = value.applyAsDouble(second);
      if (millis <= 0) {
        pen = false;
        continue;
      }
      double share = (Math.log10(Math.max(Math.pow(10, low), millis)) - low) / (high - low);
      end = new double[] {x(second.at() + columns.seconds()), base - Math.min(1, share) * LATENCY_HEIGHT};
      path.append(pen ? 'L' : 'M').append(Markup.number(x(second.at()))).append(' ').append(Markup.number(end[1]))
          .append('L').append(Markup.number(end[0])).append(' ').append(Markup.number(end[1]));
      pen = true;
    }
    if (end != null) {
      out.add("<path class=\"line %s\" d=\"%s\"/>\n", name, path);
    }
    return end;
  }
}
