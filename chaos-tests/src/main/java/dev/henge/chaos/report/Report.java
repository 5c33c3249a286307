package dev.henge.chaos.report;

import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.Finding;
import dev.henge.chaos.run.RunRecord;
import dev.henge.chaos.run.Second;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The page of a run: what was found, what was broken, what clients saw. One file without scripts that needs nothing
 * from elsewhere; light, dark, and on paper.
 */
public final class Report {

  private static final int EVENTS_MAX = 2_000;

  private Report() {}

  /**
   * The page as text.
   *
   * @param again the command that makes the same run once more; may be empty
   * @param files what lies beside the page, by what it is
   */
  public static String page(RunRecord record, String again, Map<String, String> files) {
    Markup out = new Markup();
    out.raw("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        + "<meta name=\"color-scheme\" content=\"light dark\"/>\n");
    out.add("<title>%s</title>\n", record.title()).raw("<style>\n").raw(style()).raw("</style>\n</head>\n<body>\n<main>\n");
    head(out, record);
    out.raw("<section>\n").raw(new Chart(record).svg()).raw("</section>\n");
    findings(out, record.findings());
    out.raw("<div class=\"two\">\n");
    facts(out, record.facts());
    beside(out, again, files);
    out.raw("</div>\n");
    events(out, record);
    return out.raw("</main>\n</body>\n</html>\n").toString();
  }

  /** The page's picture alone, as an SVG file. */
  public static String picture(RunRecord record) {
    String svg = new Chart(record).svg();
    int content = svg.indexOf('>') + 1;
    return svg.substring(0, content) + "\n<style>\n" + style() + "svg { background: var(--paper); font-family: "
        + "system-ui, \"Segoe UI\", Arial, \"DejaVu Sans\", sans-serif; }\n</style>" + svg.substring(content);
  }

  private static String style() {
    try (var in = Report.class.getResourceAsStream("report.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void head(Markup out, RunRecord record) {
    long wrong = record.findings().stream().filter(finding -> !finding.holds()).count();
    int all = record.findings().size();
    String verdict = all == 0 ? "Nothing was judged" : wrong == 0 ? (all == 1 ? "The checker is" : "All " + all
        + " checkers are") + " content" : wrong + " of " + all + " checkers found something";
    out.add("<header>\n<h1>%s</h1>\n<p class=\"verdict %s\">%s</p>\n", record.title(), wrong == 0 && all > 0 ? "good" : "bad",
        verdict);
    long ok = record.seconds().stream().mapToLong(Second::ok).sum();
    long refused = record.seconds().stream().mapToLong(Second::refused).sum();
    long doubt = record.seconds().stream().mapToLong(Second::inDoubt).sum();
    long asked = ok + refused + doubt;
    double worst = record.seconds().stream().mapToDouble(Second::maxMillis).max().orElse(0);
    out.raw("<ul class=\"sums\">\n");
    sum(out, Say.count(asked), "commands in " + Say.lasted(record.seconds().size()));
    sum(out, Say.percent(ok, asked), "answered");
    sum(out, Say.percent(refused, asked), "refused");
    sum(out, Say.percent(doubt, asked), "in doubt");
    sum(out, Say.millis(median(record.seconds())), "p50, median of seconds");
    sum(out, Say.millis(worst), "longest");
    sum(out, Integer.toString(record.events().size()), record.events().size() == 1 ? "fault" : "faults");
    out.raw("</ul>\n</header>\n");
  }

  private static double median(List<Second> seconds) {
    List<Double> sorted = seconds.stream().map(Second::p50Millis).filter(v -> v > 0).sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2);
  }

  private static void sum(Markup out, String number, String what) {
    out.add("<li><b>%s</b> <span>%s</span></li>\n", number, what);
  }

  private static void findings(Markup out, List<Finding> findings) {
    out.raw("<section>\n<h2>Verdicts</h2>\n<table class=\"findings\">\n<thead><tr><th>checker</th><th>verdict</th>"
        + "<th class=\"num\">judged</th><th>what it saw</th></tr></thead>\n<tbody>\n");
    findings.stream().sorted(Comparator.comparing(Finding::holds)).forEach(finding -> {
      String mark = finding.holds() ? "holds" : "broken";
      out.add("<tr><td>%s</td><td class=\"%s\">%s</td>", finding.checker(), mark,
          (finding.holds() ? "\u2713 " : "\u2717 ") + mark);
      out.add("<td class=\"num\">%s</td><td class=\"says\">%s</td></tr>\n", Say.count(finding.judged()), finding.says());
    });
    out.raw("</tbody>\n</table>\n</section>\n");
  }

  private static void facts(Markup out, Map<String, String> facts) {
    out.raw("<section>\n<h2>Facts</h2>\n<table class=\"facts\">\n<tbody>\n");
    facts.forEach((name, value) -> out.add("<tr><th>%s</th><td>%s</td></tr>\n", name, value));
    out.raw("</tbody>\n</table>\n</section>\n");
  }

  private static void beside(Markup out, String again, Map<String, String> files) {
    out.raw("<section>\n<h2>Again, and in detail</h2>\n");
    if (!again.isEmpty()) {
      out.add("<p>The same run once more:</p>\n<pre>%s</pre>\n", again);
    }
    if (!files.isEmpty()) {
      out.raw("<ul class=\"files\">\n");
      files.forEach((what, file) -> out.add("<li><a href=\"%s\">%s</a> <span>%s</span></li>\n", file, file, what));
      out.raw("</ul>\n");
    }
    out.raw("</section>\n");
  }

  private static void events(Markup out, RunRecord record) {
    if (record.events().isEmpty()) {
      return;
    }
    out.raw("<section>\n<h2>Faults, one by one</h2>\n<table class=\"events\">\n<thead><tr><th class=\"num\">at</th>"
        + "<th class=\"num\">lasted</th><th>what</th></tr></thead>\n<tbody>\n");
    record.events().stream().sorted(Comparator.comparingLong(Event::startNanos)).limit(EVENTS_MAX).forEach(event -> {
      double at = (event.startNanos() - record.startNanos()) / 1e9;
      boolean ended = event.endNanos() != Long.MAX_VALUE;
      out.add("<tr><td class=\"num\">%s</td><td class=\"num\">%s</td><td><i class=\"dot %s\"></i>%s</td></tr>\n",
          Say.exactly(at), ended ? Say.lasted((event.endNanos() - event.startNanos()) / 1e9) : "never undone",
          Chart.family(event.kind()), event.what());
    });
    out.raw("</tbody>\n</table>\n");
    if (record.events().size() > EVENTS_MAX) {
      out.add("<p>%s more are in the history.</p>\n", Say.count(record.events().size() - EVENTS_MAX));
    }
    out.raw("</section>\n");
  }
}
