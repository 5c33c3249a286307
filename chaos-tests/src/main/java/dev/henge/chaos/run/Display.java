package dev.henge.chaos.run;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A run as it is seen while it lasts: on a terminal a block of lines that is written over each second, else a line for
 * each fault and one for the rates every few seconds.
 */
final class Display implements View {

  private static final int LINE_EVERY_SECONDS = 5;
  private static final int COLUMNS = columns();
  private static final int BROKEN_LINES = 4;

  private final PrintStream out;
  private final boolean terminal;
  private final String title;
  private String phase = "";
  private int shownLines;
  private long ok;
  private long refused;
  private long doubt;
  private int lastSecond = -1;
  private boolean begun;

  Display(PrintStream out, boolean terminal, String title) {
    this.out = out;
    this.terminal = terminal;
    this.title = title;
  }

  /** Whether standard output is one; what System.console() says differs between the versions of Java. */
  static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static int columns() {
    try {
      return Math.max(40, Integer.parseInt(System.getenv().getOrDefault("COLUMNS", "100")));
    } catch (NumberFormatException e) {
      return 100;
    }
  }

  /** Whether the cluster is there and clients are at work. */
  synchronized boolean hasBegun() {
    return begun;
  }

  @Override
  public synchronized void phase(String what) {
    phase = what;
    if (what.isEmpty()) {
      return;
    }
    if (terminal) {
      show(List.of(title, what + " ..."));
    } else {
      out.println(what + " ...");
    }
  }

  @Override
  public synchronized void event(double atSeconds, Event event) {
    if (!terminal) {
      boolean ends = event.endNanos() != Long.MAX_VALUE;
      out.println(time(atSeconds) + (ends ? "  mended  " : "  broken  ") + event.what()
          + (ends ? String.format(Locale.ROOT, ", after %.1f s", lasted(event)) : ""));
    }
  }

  private static double lasted(Event event) {
    return (event.endNanos() - event.startNanos()) / 1e9;
  }

  @Override
  public synchronized void wrong(String what) {
    erase();
    out.println("! " + what);
  }

  @Override
  public synchronized void second(double atSeconds, Second last, List<Event> inForce, double forSeconds) {
    begun = true;
    boolean isNew = last != null && last.at() != lastSecond;
    if (isNew) {
      lastSecond = last.at();
      ok += last.ok();
      refused += last.refused();
      doubt += last.inDoubt();
    }
    if (terminal) {
      show(block(atSeconds, last, inForce, forSeconds));
    } else if (isNew && last.at() % LINE_EVERY_SECONDS == LINE_EVERY_SECONDS - 1) {
      out.println(time(atSeconds) + "  " + rates(last));
    }
  }

  private List<String> block(double atSeconds, Second last, List<Event> inForce, double forSeconds) {
    List<String> lines = new ArrayList<>();
    lines.add(title);
    lines.add(time(atSeconds) + " of " + time(forSeconds) + (phase.isEmpty() ? "" : "   " + phase));
    lines.add(last == null ? "" : rates(last));
    lines.add(String.format(Locale.ROOT, "in all     ok %,d   refused %,d   in doubt %,d", ok, refused, doubt));
    for (int i = 0; i < Math.min(BROKEN_LINES, inForce.size()); i++) {
      Event event = inForce.get(i);
      lines.add(String.format(Locale.ROOT, "%s %s (%.0f s)", i == 0 ? "broken    " : "          ", event.what(),
          Math.max(0, (System.nanoTime() - event.startNanos()) / 1e9)));
    }
    if (inForce.isEmpty()) {
      lines.add("broken     nothing");
    } else if (inForce.size() > BROKEN_LINES) {
      lines.add("           and " + (inForce.size() - BROKEN_LINES) + " more");
    }
    return lines;
  }

  private static String rates(Second last) {
    return String.format(Locale.ROOT, "a second   ok %d   refused %d   in doubt %d   p50 %s   p99 %s   max %s", last.ok(),
        last.refused(), last.inDoubt(), millis(last.p50Millis()), millis(last.p99Millis()), millis(last.maxMillis()));
  }

  private static String millis(double millis) {
    return millis <= 0 ? "-" : millis >= 1_000 ? String.format(Locale.ROOT, "%.1f s", millis / 1_000)
        : String.format(Locale.ROOT, millis < 10 ? "%.1f ms" : "%.0f ms", millis);
  }

  private static String time(double seconds) {
    return String.format(Locale.ROOT, "%d:%02d", (long) seconds / 60, (long) seconds % 60);
  }

  private void show(List<String> lines) {
    StringBuilder block = new StringBuilder();
    if (shownLines > 0) {
      block.append("\u001b[").append(shownLines).append("A");
    }
    for (String line : lines) {
      block.append("\r").append(line.length() < COLUMNS ? line : line.substring(0, COLUMNS - 1)).append("\u001b[K\n");
    }
    block.append("\u001b[J");
    out.print(block);
    out.flush();
    shownLines = lines.size();
  }

  private void erase() {
    if (shownLines > 0) {
      out.print("\u001b[" + shownLines + "A\r\u001b[J");
      out.flush();
      shownLines = 0;
    }
  }

  @Override
  public synchronized void end() {
    erase();
  }
}
