package dev.henge.resp.command;

import dev.henge.resp.codec.RedisNumbers;
import dev.henge.resp.codec.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** A reply as a transcript writes it: one line an element, elements two blanks deeper than what holds them. */
final class ReplyText {

  private static final String INDENT = "  ";

  private final String line;
  private final List<ReplyText> elements = new ArrayList<>();

  private ReplyText(String line) {
    this.line = line;
  }

  static ReplyText of(Reply reply) {
    if (reply instanceof Reply.Array array) {
      return holding('*', array.elements(), 1);
    } else if (reply instanceof Reply.SetReply set) {
      return holding('~', set.elements(), 1);
    } else if (reply instanceof Reply.Push push) {
      return holding('>', push.elements(), 1);
    } else if (reply instanceof Reply.Map map) {
      return holding('%', map.keysAndValues(), 2);
    }
    return new ReplyText(leaf(reply));
  }

  private static ReplyText holding(char type, List<Reply> elements, int elementsEach) {
    ReplyText text = new ReplyText(type + Integer.toString(elements.size() / elementsEach));
    elements.forEach(element -> text.elements.add(of(element)));
    return text;
  }

  private static String leaf(Reply reply) {
    if (reply instanceof Reply.Simple simple) {
      return "+" + simple.text();
    } else if (reply instanceof Reply.Error error) {
      return "-" + error.text();
    } else if (reply instanceof Reply.Int integer) {
      return ":" + integer.value();
    } else if (reply instanceof Reply.Bulk bulk) {
      return "$" + quoted(bulk.bytes());
    } else if (reply instanceof Reply.Null none) {
      return none.array() ? "(nil-array)" : "(nil)";
    } else if (reply instanceof Reply.Double number) {
      return "," + RedisNumbers.formatDouble(number.value());
    } else if (reply instanceof Reply.Bool bool) {
      return bool.value() ? "#t" : "#f";
    } else if (reply instanceof Reply.Verbatim text) {
      return "=" + text.format() + ":" + quoted(text.text().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    } else if (reply instanceof Reply.Big big) {
      return "(" + big.decimal() + ")";
    }
    throw new IllegalArgumentException("a reply without a text: " + reply);
  }

  /** Bytes in double quotes, as redis-cli shows them. */
  static String quoted(byte[] bytes) {
    StringBuilder out = new StringBuilder("\"");
    for (byte b : bytes) {
      switch (b) {
        case '"', '\\' -> out.append('\\').append((char) b);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case 7 -> out.append("\\a");
        case '\b' -> out.append("\\b");
        default -> {
          if (b >= ' ' && b < 127) {
            out.append((char) b);
          } else {
            out.append(String.format("\\x%02x", b));
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /** Reads what {@link #lines} wrote; null for no lines. */
  static ReplyText parse(List<String> lines) {
    if (lines.isEmpty()) {
      return null;
    }
    int[] at = {0};
    ReplyText root = parse(lines, at, 0);
    if (at[0] < lines.size()) {
      throw new IllegalArgumentException("more than one reply: " + lines.get(at[0]));
    }
    return root;
  }

  private static ReplyText parse(List<String> lines, int[] at, int depth) {
    ReplyText text = new ReplyText(lines.get(at[0]++).substring(depth * INDENT.length()));
    String deeper = INDENT.repeat(depth + 1);
    while (at[0] < lines.size() && lines.get(at[0]).startsWith(deeper)) {
      text.elements.add(parse(lines, at, depth + 1));
    }
    return text;
  }

  /** The same with its elements in an order of their own: by text, {@code group} by group; {@code deep}: at every level. */
  ReplyText sorted(int group, boolean deep) {
    ReplyText sorted = new ReplyText(line);
    List<List<ReplyText>> groups = new ArrayList<>();
    int each = line.startsWith("%") ? 2 : group;
    boolean whole = elements.size() % each == 0;
    for (int i = 0; i < elements.size(); i += whole ? each : 1) {
      List<ReplyText> together = new ArrayList<>();
      for (int k = i; k < i + (whole ? each : 1); k++) {
        together.add(deep ? elements.get(k).sorted(group, true) : elements.get(k));
      }
      groups.add(together);
    }
    groups.sort(Comparator.comparing(g -> g.stream().map(ReplyText::toString).toList().toString()));
    groups.forEach(sorted.elements::addAll);
    return sorted;
  }

  /** The same without what its leaves say: their types and the counts only. */
  ReplyText shape() {
    boolean holds = !elements.isEmpty() || "*%~>".indexOf(line.charAt(0)) >= 0 || line.startsWith("(nil");
    ReplyText shape = new ReplyText(holds ? line : line.charAt(0) + "…");
    elements.forEach(element -> shape.elements.add(element.shape()));
    return shape;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    write(0, lines);
    return Collections.unmodifiableList(lines);
  }

  private void write(int depth, List<String> to) {
    to.add(INDENT.repeat(depth) + line);
    elements.forEach(element -> element.write(depth + 1, to));
  }

  @Override
  public String toString() {
    return String.join("\n", lines());
  }
}
