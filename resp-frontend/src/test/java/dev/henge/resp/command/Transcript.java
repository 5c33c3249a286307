package dev.henge.resp.command;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespDecoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of commands and the replies they must get, to be played against anything that speaks Redis.
 *
 * <pre>
 * # comment
 * &gt; SET k "a b\x00" EX 10     a command, its arguments quoted as for redis-cli
 * &lt; +OK                         its reply: +simple -error :integer $"bulk" (nil) (nil-array) ,double #t =txt:"verbatim" (big)
 * &lt; *2                          *array %map ~set &gt;push: a header with the count, then the elements,
 * &lt;   $"a"                      each two blanks deeper; a map's keys and values alternate
 * &lt;   (nil)
 *
 * ! resp 3      the protocol from here on; files start with 2
 * ! select 1    the database from here on; files start with 0
 * ! advance 50  lets so many milliseconds pass
 *                 and for the next command only:
 * ! sorted      the elements may come in any order; "! sorted deep": those of inner replies too
 * ! pairs       the same, two and two: of a map that RESP2 shows as an array
 * ! shape       only types and counts must agree, of random replies; leaves are written as their type and …
 * ! ignore      the reply may be anything
 * </pre>
 *
 * <p>A file starts from an empty server. It is UTF-8; commands and replies keep to ASCII by quoting.
 */
public final class Transcript {

  /** So many differences of a file are shown. */
  private static final int DIFFERENCES_MAX = 20;

  private static final String PROMPT = "> ";
  private static final String REPLY = "< ";
  private static final String DIRECTIVE = "! ";

  private Transcript() {}

  /** What a transcript is played against. */
  public interface Connection {

    Reply call(Request request);

    /** Empties all databases, goes back to RESP2 and to database 0. */
    void restart();

    void select(int db);

    void protocol(int version);

    /** Lets time pass. */
    void advance(long millis);
  }

  /** How a reply is compared; all to be taken back before the next command. */
  private record Comparison(int group, boolean deep, boolean shape, boolean ignore) {

    static final Comparison EXACT = new Comparison(0, false, false, false);

    static Comparison named(String directive) {
      boolean deep = directive.endsWith(" deep");
      return switch (deep ? directive.substring(0, directive.length() - 5) : directive) {
        case "sorted" -> new Comparison(1, deep, false, false);
        case "pairs" -> new Comparison(2, deep, false, false);
        case "shape" -> new Comparison(0, false, true, false);
        case "ignore" -> new Comparison(0, false, false, true);
        default -> null;
      };
    }

    ReplyText canonical(ReplyText text) {
      if (text == null || ignore) {
        return null;
      }
      return shape ? text.shape() : group > 0 ? text.sorted(group, deep) : text;
    }
  }

  /** Plays the file; fails with all differences, each with its line. */
  public static void play(Path file, Connection connection) {
    List<String> differences = new ArrayList<>();
    run(file, connection, differences, new ArrayList<>());
    if (!differences.isEmpty()) {
      throw new AssertionError(String.join("\n\n", differences));
    }
  }

  /** Plays the file and puts the replies it got in place of those it has. */
  public static void rewrite(Path file, Connection connection) {
    List<String> lines = new ArrayList<>();
    run(file, connection, new ArrayList<>(), lines);
    try {
      Files.write(file, lines, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(Path file, Connection connection, List<String> differences, List<String> rewritten) {
    List<String> lines = read(file);
    connection.restart();
    Comparison comparison = Comparison.EXACT;
    int at = 0;
    while (at < lines.size()) {
      String line = lines.get(at++);
      if (line.startsWith(REPLY)) {
        throw new IllegalArgumentException(file + ":" + at + ": a reply to no command");
      }
      rewritten.add(line);
      if (line.startsWith(DIRECTIVE)) {
        comparison = obey(line.substring(DIRECTIVE.length()), connection, comparison, file + ":" + at);
      } else if (line.startsWith(PROMPT)) {
        int commandLine = at;
        List<String> expected = new ArrayList<>();
        while (at < lines.size() && lines.get(at).startsWith(REPLY)) {
          expected.add(lines.get(at++).substring(REPLY.length()));
        }
        List<String> actual = call(line, connection, comparison);
        actual.forEach(reply -> rewritten.add(REPLY + reply));
        compare(file + ":" + commandLine + ": " + line, canonical(expected, comparison), actual, differences);
        comparison = Comparison.EXACT;
      } else if (!line.isBlank() && !line.startsWith("#")) {
        throw new IllegalArgumentException(file + ":" + at + ": neither command nor reply: " + line);
      }
    }
  }

  private static List<String> read(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Comparison obey(String directive, Connection connection, Comparison before, String where) {
    Comparison comparison = Comparison.named(directive);
    if (comparison != null) {
      return comparison;
    }
    String[] words = directive.split(" ");
    if (words.length != 2) {
      throw new IllegalArgumentException(where + ": unknown directive " + directive);
    }
    int number = Integer.parseInt(words[1]);
    switch (words[0]) {
      case "resp" -> connection.protocol(number);
      case "select" -> connection.select(number);
      case "advance" -> connection.advance(number);
      default -> throw new IllegalArgumentException(where + ": unknown directive " + directive);
    }
    return before;
  }

  private static List<String> call(String line, Connection connection, Comparison comparison) {
    ReplyText reply = comparison.canonical(ReplyText.of(connection.call(parse(line.substring(PROMPT.length())))));
    return reply == null ? List.of() : reply.lines();
  }

  private static List<String> canonical(List<String> expected, Comparison comparison) {
    ReplyText text = comparison.canonical(ReplyText.parse(expected));
    return text == null ? List.of() : text.lines();
  }

  /** A command line by the rules of inline commands, which are redis-cli's too. */
  static Request parse(String commandLine) {
    byte[] bytes = (commandLine + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    RespDecoder decoder = new RespDecoder();
    decoder.feed(bytes, 0, bytes.length);
    Request request = new Request();
    try {
      if (decoder.next(request) == RespDecoder.Result.READY) {
        return request.detached();
      }
    } catch (ProtocolException e) {
      throw new IllegalArgumentException("no command: " + commandLine, e);
    }
    throw new IllegalArgumentException("no command: " + commandLine);
  }

  private static void compare(String where, List<String> expected, List<String> actual, List<String> differences) {
    if (expected.equals(actual) || differences.size() == DIFFERENCES_MAX) {
      return;
    }
    StringBuilder text = new StringBuilder(where);
    int common = 0;
    while (common < expected.size() && common < actual.size() && expected.get(common).equals(actual.get(common))) {
      text.append("\n      ").append(expected.get(common++));
    }
    expected.subList(common, expected.size()).forEach(line -> text.append("\n    - ").append(line));
    actual.subList(common, actual.size()).forEach(line -> text.append("\n    + ").append(line));
    differences.add(text.toString());
  }
}
