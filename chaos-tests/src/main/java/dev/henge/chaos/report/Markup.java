package dev.henge.chaos.report;

import java.util.Locale;

/** Text of a page under construction: well-formed, with numbers as short as they can be. */
final class Markup {

  private final StringBuilder text = new StringBuilder();

  /** As it is. */
  Markup raw(String markup) {
    text.append(markup);
    return this;
  }

  /** With {@code %s} for text that is escaped, and {@code %n} for a number. */
  Markup add(String markup, Object... values) {
    int value = 0;
    for (int i = 0; i < markup.length(); i++) {
      char c = markup.charAt(i);
      if (c != '%' || i + 1 == markup.length() || markup.charAt(i + 1) != 's' && markup.charAt(i + 1) != 'n') {
        text.append(c);
        continue;
      }
      i++;
      text.append(markup.charAt(i) == 'n' ? number(((Number) values[value++]).doubleValue())
          : escaped(String.valueOf(values[value++])));
    }
    return this;
  }

  static String escaped(String plain) {
    StringBuilder safe = new StringBuilder();
    for (char c : plain.toCharArray()) {
      switch (c) {
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '&' -> safe.append("&amp;");
        case '"' -> safe.append("&quot;");
        default -> safe.append(c == '\n' || c == '\t' || c >= ' ' && c < 0xD800 || c >= 0xE000 && c < 0xFFFE ? c : '\uFFFD');
      }
    }
    return safe.toString();
  }

  /** To a tenth. */
  static String number(double value) {
    String shown = String.format(Locale.ROOT, "%.1f", value);
    return shown.endsWith(".0") ? shown.substring(0, shown.length() - 2) : shown;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
