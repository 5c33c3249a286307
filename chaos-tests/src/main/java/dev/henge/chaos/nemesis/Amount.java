package dev.henge.chaos.nemesis;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the number of a fault counts, and how a script says it. */
public enum Amount {
  NONE("", 0, 0),
  /** How often something comes, in milliseconds; left out it comes once. */
  EACH_OR_ONCE("each TIME", 50, 600_000),
  EACH("each TIME", 50, 600_000),
  MILLIS("TIME", 1, 60_000),
  /** Forth or back. */
  SHIFT("+TIME|-TIME", -36_500L * 86_400_000, 36_500L * 86_400_000),
  PERCENT("N%", 1, 99),
  BYTES_PER_SECOND("RATE", 1_000, 1_000_000_000),
  /** Millionths of the time that passes. */
  PPM("+Nppm|-Nppm", -900_000, 10_000_000);

  private static final Pattern TIME = Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6}(?:\\.\\d{1,3})?)s)?(?:(\\d{1,9})ms)?");
  private static final Pattern RATE = Pattern.compile("(\\d{1,9})(B|kB|MB)/s");
  private static final Pattern WHOLE = Pattern.compile("[+-]?\\d{1,9}");

  /** How it stands in a script. */
  final String syntax;
  private final long least;
  private final long most;

  Amount(String syntax, long least, long most) {
    this.syntax = syntax;
    this.least = least;
    this.most = most;
  }

  /** Fails with what is wrong, for a person. */
  long parse(String word) {
    long value = switch (this) {
      case NONE -> throw new IllegalStateException("nothing to count");
      case EACH, EACH_OR_ONCE, MILLIS -> millis(word);
      case SHIFT -> shift(word);
      case PERCENT -> whole(word, "%", "a percentage such as 20%");
      case BYTES_PER_SECOND -> rate(word);
      case PPM -> whole(word, "ppm", "a drift such as 500ppm or -500ppm");
    };
    if (value < least || value > most) {
      throw new IllegalArgumentException(word + " is out of range: " + print(least) + " to " + print(most));
    }
    return value;
  }

  String print(long value) {
    return switch (this) {
      case NONE -> "";
      case EACH, EACH_OR_ONCE, MILLIS -> time(value);
      case SHIFT -> (value < 0 ? "-" : "+") + time(Math.abs(value));
      case PERCENT -> value + "%";
      case BYTES_PER_SECOND -> value % 1_000_000 == 0 ? value / 1_000_000 + "MB/s"
          : value % 1_000 == 0 ? value / 1_000 + "kB/s" : value + "B/s";
      case PPM -> (value < 0 ? "" : "+") + value + "ppm";
    };
  }

  /** Milliseconds as {@code 1m30s}, {@code 2.5s} or {@code 40ms}. */
  public static String time(long millis) {
    if (millis < 1_000) {
      return millis + "ms";
    }
    long hours = millis / 3_600_000;
    long minutes = millis / 60_000 % 60;
    long rest = millis % 60_000;
    String seconds = rest % 1_000 == 0 ? Long.toString(rest / 1_000)
        : String.format(Locale.ROOT, "%.3f", rest / 1e3).replaceFirst("0+$", "");
    return (hours > 0 ? hours + "h" : "") + (minutes > 0 ? minutes + "m" : "") + (rest > 0 ? seconds + "s" : "");
  }

  /** The other way round; a bare 0 is a time as well. */
  public static long millis(String word) {
    if (word.equals("0")) {
      return 0;
    }
    Matcher matcher = TIME.matcher(word);
    if (word.isEmpty() || !matcher.matches()) {
      throw new IllegalArgumentException(word + " is no time such as 500ms, 8s, 2.5s or 1m30s");
    }
    double seconds = matcher.group(3) == null ? 0 : Double.parseDouble(matcher.group(3));
    return part(matcher.group(1)) * 3_600_000 + part(matcher.group(2)) * 60_000 + Math.round(seconds * 1_000)
        + part(matcher.group(4));
  }

  private static long part(String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  private static long shift(String word) {
    boolean back = word.startsWith("-");
    long millis = millis(back || word.startsWith("+") ? word.substring(1) : word);
    if (millis == 0) {
      throw new IllegalArgumentException(word + " is no jump");
    }
    return back ? -millis : millis;
  }

  private static long rate(String word) {
    Matcher matcher = RATE.matcher(word);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(word + " is no rate such as 20kB/s or 1MB/s");
    }
    return Long.parseLong(matcher.group(1)) * switch (matcher.group(2)) {
      case "kB" -> 1_000;
      case "MB" -> 1_000_000;
      default -> 1;
    };
  }

  private static long whole(String word, String unit, String meant) {
    String number = word.endsWith(unit) ? word.substring(0, word.length() - unit.length()) : "";
    if (!WHOLE.matcher(number).matches()) {
      throw new IllegalArgumentException(word + " is not " + meant);
    }
    return Long.parseLong(number.startsWith("+") ? number.substring(1) : number);
  }
}
