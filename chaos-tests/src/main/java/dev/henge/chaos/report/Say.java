package dev.henge.chaos.report;

import java.util.Locale;

/** Numbers as people write them. */
final class Say {

  private Say() {}

  /** 1234567 as 1,234,567. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  static String percent(long part, long whole) {
    if (whole == 0) {
      return "-";
    }
    double percent = 100.0 * part / whole;
    // What is not all is not shown as if it were.
    return part == whole ? "100 %" : part == 0 ? "0 %" : percent >= 99.995 ? "99.99 %" : percent < 0.01 ? "< 0.01 %"
        : String.format(Locale.ROOT, "%.2f %%", percent);
  }

  static String millis(double millis) {
    return millis >= 10_000 ? String.format(Locale.ROOT, "%.0f s", millis / 1_000)
        : millis >= 1_000 ? String.format(Locale.ROOT, "%.1f s", millis / 1_000)
        : millis >= 10 ? String.format(Locale.ROOT, "%.0f ms", millis) : String.format(Locale.ROOT, "%.1f ms", millis);
  }

  /** From the beginning: 1:05. */
  static String at(double seconds) {
    long whole = (long) seconds;
    return String.format(Locale.ROOT, whole >= 3_600 ? "%d:%02d:%02d" : "%2$d:%3$02d", whole / 3_600,
        whole >= 3_600 ? whole / 60 % 60 : whole / 60, whole % 60);
  }

  /** The same with a tenth. */
  static String exactly(double seconds) {
    long tenths = Math.round(seconds * 10);
    return at(tenths / 10) + "." + tenths % 10;
  }

  static String lasted(double seconds) {
    return seconds < 0.1 ? "at once" : seconds < 60 ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(Locale.ROOT, "%d min %02.0f s", (long) (seconds / 60), seconds % 60);
  }
}
