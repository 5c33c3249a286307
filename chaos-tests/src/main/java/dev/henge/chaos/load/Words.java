package dev.henge.chaos.load;

import dev.henge.resp.codec.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Words of a line, and replies as words: bare where they are plain, else between quotes, with {@code \xHH} for what
 * cannot be shown. Strings stand for bytes (ISO 8859-1).
 *
 * <pre>
 * +OK  :17  $value  $"two words"  nil  -"CLUSTERDOWN Hash slot not served"  [ $a $b ]
 * </pre>
 */
final class Words {

  private final String line;
  private int at;

  Words(String line) {
    this.line = line;
  }

  // ---------------------------------------------------------------- writing

  static void put(StringBuilder to, String word) {
    boolean bare = !word.isEmpty() && !word.equals("=");
    for (int i = 0; bare && i < word.length(); i++) {
      char c = word.charAt(i);
      bare = c > ' ' && c < 127 && c != '"' && c != '\\';
    }
    if (bare) {
      to.append(word);
      return;
    }
    to.append('"');
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '"' || c == '\\') {
        to.append('\\').append(c);
      } else if (c >= ' ' && c < 127) {
        to.append(c);
      } else {
        to.append("\\x").append(Character.forDigit(c >> 4 & 15, 16)).append(Character.forDigit(c & 15, 16));
      }
    }
    to.append('"');
  }

  static void put(StringBuilder to, Reply reply) {
    if (reply instanceof Reply.Simple simple) {
      put(to.append('+'), simple.text());
    } else if (reply instanceof Reply.Error error) {
      put(to.append('-'), error.text());
    } else if (reply instanceof Reply.Int n) {
      to.append(':').append(n.value());
    } else if (reply instanceof Reply.Bulk bulk) {
      put(to.append('$'), bulk.text());
    } else if (reply instanceof Reply.Array array) {
      to.append('[');
      for (Reply element : array.elements()) {
        put(to.append(' '), element);
      }
      to.append(" ]");
    } else if (reply instanceof Reply.Null) {
      to.append("nil");
    } else {
      throw new IllegalArgumentException("no client here gives a " + reply);
    }
  }

  // ---------------------------------------------------------------- reading

  boolean more() {
    return at < line.length();
  }

  /** The next word; the quotes that it has are taken off. */
  String word() {
    String word = line.startsWith("\"", at) ? quoted() : bare();
    skip();
    return word;
  }

  /** All words up to one that stands alone. */
  List<String> wordsUntil(String end) {
    List<String> words = new ArrayList<>();
    while (more()) {
      boolean quoted = line.startsWith("\"", at);
      String word = word();
      if (!quoted && word.equals(end)) {
        return words;
      }
      words.add(word);
    }
    throw wrong("there is no " + end);
  }

  Reply reply() {
    char kind = line.charAt(at);
    if (kind == '[') {
      at++;
      skip();
      List<Reply> elements = new ArrayList<>();
      while (line.charAt(at) != ']') {
        elements.add(reply());
      }
      at++;
      skip();
      return new Reply.Array(elements);
    }
    if (kind == 'n') {
      word();
      return new Reply.Null(false);
    }
    at++;
    String text = word();
    return switch (kind) {
      case '+' -> new Reply.Simple(text);
      case '-' -> new Reply.Error(text);
      case ':' -> new Reply.Int(Long.parseLong(text));
      case '$' -> new Reply.Bulk(text.getBytes(StandardCharsets.ISO_8859_1));
      default -> throw wrong("no reply begins with " + kind);
    };
  }

  private String bare() {
    int end = line.indexOf(' ', at);
    String word = line.substring(at, end < 0 ? line.length() : end);
    at += word.length();
    return word;
  }

  private String quoted() {
    StringBuilder word = new StringBuilder();
    for (at++; line.charAt(at) != '"'; at++) {
      char c = line.charAt(at);
      if (c != '\\') {
        word.append(c);
      } else if (line.charAt(++at) == 'x') {
        word.append((char) Integer.parseInt(line.substring(at + 1, at + 3), 16));
        at += 2;
      } else {
        word.append(line.charAt(at));
      }
    }
    at++;
    return word.toString();
  }

  private void skip() {
    while (at < line.length() && line.charAt(at) == ' ') {
      at++;
    }
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(what + ": " + line);
  }
}
