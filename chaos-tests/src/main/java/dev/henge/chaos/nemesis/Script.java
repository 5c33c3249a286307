package dev.henge.chaos.nemesis;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The text of a schedule: a step a line, and what follows a {@code #} is not read.
 *
 * <pre>
 * script = { [ step ] [ "#" comment ] newline }
 * step   = TIME fault [ "for" TIME ]            without "for": to the end, or to the next mend
 * fault  = KIND [ place ] [ [ "each" ] NUMBER ]  see {@link Kind}
 * place  = hosts | "halves" | "ring" [ numbers ] | "bridge" NUMBER | hosts "from" hosts | hosts "to" hosts
 * hosts  = numbers | "all" | "primary of" KEY
 * numbers = NUMBER { "," NUMBER }               hosts are counted from 0
 * TIME   = 500ms | 8s | 2.5s | 1m30s | 1h
 * </pre>
 *
 * Steps stand in the order of their times. Hosts alone, where links are meant, are all links of these hosts with the
 * others; {@code A from B} is both ways between A and B; {@code A to B} is what A sends to B.
 */
final class Script {

  private static final Pattern WORD = Pattern.compile("\\S+");
  private static final Pattern NUMBERS = Pattern.compile("\\d{1,3}(,\\d{1,3})*");
  private static final int STEPS_MAX = 100_000;

  private final int hosts;
  private final int line;
  private final String text;
  private final List<String> words = new ArrayList<>();
  private final List<Integer> columns = new ArrayList<>();
  private int at;

  private Script(int hosts, int line, String text) {
    this.hosts = hosts;
    this.line = line;
    this.text = text;
    Matcher matcher = WORD.matcher(text.replaceFirst("#.*", ""));
    while (matcher.find()) {
      words.add(matcher.group());
      columns.add(matcher.start() + 1);
    }
  }

  /** Reads a script for a cluster of so many hosts. */
  static List<Step> parse(String script, int hosts) throws ScriptException {
    List<Step> steps = new ArrayList<>();
    int number = 0;
    for (String text : script.lines().toList()) {
      Script line = new Script(hosts, ++number, text);
      if (line.words.isEmpty()) {
        continue;
      }
      Step step = line.step();
      if (!steps.isEmpty() && step.atMillis() < steps.get(steps.size() - 1).atMillis()) {
        throw line.wrong(0, "steps stand in the order of their times, and the one before is at "
            + Amount.time(steps.get(steps.size() - 1).atMillis()));
      }
      if (steps.size() == STEPS_MAX) {
        throw line.wrong(0, "more than " + STEPS_MAX + " steps");
      }
      steps.add(step);
    }
    return steps;
  }

  // ---------------------------------------------------------------- words

  private ScriptException wrong(int word, String what) {
    int column = word < columns.size() ? columns.get(word)
        : columns.get(columns.size() - 1) + words.get(words.size() - 1).length() + 1;
    return new ScriptException(line, column, what, text);
  }

  private boolean more() {
    return at < words.size();
  }

  private String next(String expected) throws ScriptException {
    if (!more()) {
      throw wrong(at, "the line ends here; expected: " + expected);
    }
    return words.get(at++);
  }

  private boolean skip(String word) {
    boolean here = more() && words.get(at).equals(word);
    at += here ? 1 : 0;
    return here;
  }

  /** The next word as something; what is wrong with it is told with its place. */
  private <T> T next(String expected, Function<String, T> reader) throws ScriptException {
    String word = next(expected);
    try {
      return reader.apply(word);
    } catch (IllegalArgumentException e) {
      throw wrong(at - 1, e.getMessage());
    }
  }

  // ---------------------------------------------------------------- grammar

  private Step step() throws ScriptException {
    long atMillis = next("a time", Amount::millis);
    Kind kind = kind();
    Place place = switch (kind.where) {
      case WAYS -> ways(kind);
      case HOSTS -> who();
      case HOST -> new Place.Hosts(List.of(host()));
      case EVERYWHERE, NOWHERE -> null;
    };
    long amount = amount(kind);
    long lasts = kind.lastsMillis(amount, hosts);
    if (skip("for")) {
      if (lasts >= 0) {
        throw wrong(at - 1, kind == Kind.RESET ? "a reset without each TIME is over at once"
            : kind.word() + " lasts as long as it does");
      }
      lasts = next("how long", Amount::millis);
      if (lasts == 0) {
        throw wrong(at - 1, "for no time at all");
      }
    }
    if (more()) {
      throw wrong(at, "unexpected " + words.get(at) + "; the form is: TIME " + kind.syntax()
          + (kind.lastsMillis(amount, hosts) < 0 ? " [for TIME]" : ""));
    }
    return new Step(atMillis, new Fault(kind, place, amount), lasts < 0 ? Step.TO_THE_END : lasts);
  }

  private Kind kind() throws ScriptException {
    String word = next("a fault");
    for (Kind kind : Kind.values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw wrong(at - 1, "there is no fault " + word + "; there are "
        + Stream.of(Kind.values()).map(Kind::word).collect(Collectors.joining(", ")));
  }

  private long amount(Kind kind) throws ScriptException {
    switch (kind.amount) {
      case NONE:
        return 0;
      case EACH_OR_ONCE:
        return skip("each") ? next("a time", kind.amount::parse) : 0;
      case EACH:
        if (!skip("each")) {
          throw wrong(at, "each TIME is expected" + (more() ? ", not " + words.get(at) : ""));
        }
        return next("a time", kind.amount::parse);
      default:
        return next(kind.amount.syntax.toLowerCase(Locale.ROOT).contains("time") ? "a time" : kind.amount.syntax,
            kind.amount::parse);
    }
  }

  private Place.Ways ways(Kind kind) throws ScriptException {
    if (kind == Kind.CUT || kind == Kind.FLAP) {
      if (skip("halves")) {
        return new Place.Halves();
      }
      if (skip("bridge")) {
        return new Place.Bridge(host());
      }
      if (skip("ring")) {
        return ring();
      }
    }
    Place.Who first = who();
    if (skip("from")) {
      return new Place.Between(first, who(), true);
    }
    if (skip("to")) {
      return new Place.Between(first, who(), false);
    }
    return new Place.Around(first);
  }

  private Place.Ways ring() throws ScriptException {
    if (hosts < 3) {
      throw wrong(at - 1, "a ring needs 3 hosts, and there are " + hosts);
    }
    if (!more() || !NUMBERS.matcher(words.get(at)).matches()) {
      return new Place.Ring(List.of());
    }
    List<Integer> order = numbers();
    if (order.size() != hosts) {
      throw wrong(at - 1, "a ring names each of the " + hosts + " hosts once, or none");
    }
    return new Place.Ring(order);
  }

  private Place.Who who() throws ScriptException {
    if (skip("all")) {
      return new Place.All();
    }
    if (skip("primary")) {
      if (!skip("of")) {
        throw wrong(at, "primary of KEY is expected");
      }
      return new Place.PrimaryOf(next("a key"));
    }
    return new Place.Hosts(numbers());
  }

  private int host() throws ScriptException {
    List<Integer> one = numbers();
    if (one.size() != 1) {
      throw wrong(at - 1, "one host is meant");
    }
    return one.get(0);
  }

  private List<Integer> numbers() throws ScriptException {
    String word = next("hosts");
    if (!NUMBERS.matcher(word).matches()) {
      throw wrong(at - 1, word + " names no hosts: 2, or 0,3 (no blanks), or all, or primary of KEY");
    }
    List<Integer> numbers = new ArrayList<>();
    for (String part : word.split(",")) {
      int number = Integer.parseInt(part);
      if (number >= hosts) {
        throw wrong(at - 1, "there is no host " + number + "; there are 0 to " + (hosts - 1));
      }
      if (numbers.contains(number)) {
        throw wrong(at - 1, "host " + number + " is named twice");
      }
      numbers.add(number);
    }
    return numbers;
  }
}
