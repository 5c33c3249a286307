package dev.henge.chaos.check;

import dev.henge.resp.codec.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One command of a client: what was asked of whom, when, and what came of it. */
public final class Op {

  /** What is known of a command's end. */
  public enum End {
    /** Its reply says what it did. */
    DONE,
    /** Its reply says that it was not executed. */
    REFUSED,
    /** It may have been executed, or may be still. */
    IN_DOUBT
  }

  public static final long NEVER = Long.MAX_VALUE;

  /** So much of a reply is told: a collection's may be as long as the run. */
  private static final int TOLD_CHARS_MAX = 200;

  public final int client;
  public final int db;
  public final List<String> args;
  public final long startNanos;
  public final String node;

  /** When the reply came; {@link #NEVER} for a command in doubt. */
  public long endNanos = NEVER;

  public Reply reply;
  public End end = End.IN_DOUBT;

  /** Whether any wall clock jumped while it ran. */
  public int jumpsBefore;

  /** When the run began for its clients; for telling only. */
  public long originNanos;

  public boolean jumped;

  /** The earliest wall clock of all nodes when it was asked. */
  public long earliestWallMillis;

  public Op(int client, int db, List<String> args, long startNanos, String node) {
    this.client = client;
    this.db = db;
    this.args = args;
    this.startNanos = startNanos;
    this.node = node;
  }

  /** The same, as if its reply had not come. */
  public Op inDoubt() {
    Op same = new Op(client, db, args, startNanos, node);
    same.originNanos = originNanos;
    return same;
  }

  public String name() {
    return args.get(0);
  }

  public String key() {
    return args.size() < 2 ? "" : args.get(1);
  }

  public String arg(int n) {
    return args.get(n);
  }

  public boolean is(String name) {
    return args.get(0).equals(name);
  }

  public boolean done() {
    return end == End.DONE;
  }

  /** Whether it may have been executed. */
  public boolean may() {
    return end != End.REFUSED;
  }

  /** Whether this one had ended before the other began. */
  public boolean before(Op other) {
    return end == End.DONE && endNanos < other.startNanos;
  }

  /** When it can have been executed at the latest. */
  public long latestNanos() {
    return end == End.DONE ? endNanos : NEVER;
  }

  public long number() {
    return reply instanceof Reply.Int n ? n.value() : Long.parseLong(text());
  }

  /** The reply as text; null for a nil. */
  public String text() {
    return text(reply);
  }

  static String text(Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      return bulk.text();
    }
    if (reply instanceof Reply.Simple simple) {
      return simple.text();
    }
    if (reply instanceof Reply.Int n) {
      return Long.toString(n.value());
    }
    return null;
  }

  /** The elements of an array; empty for a nil. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>();
    if (reply instanceof Reply.Array array) {
      array.elements().forEach(element -> texts.add(text(element)));
    } else if (reply instanceof Reply.Bulk bulk) {
      texts.add(bulk.text());
    }
    return texts;
  }

  @Override
  public String toString() {
    String ended = end == End.IN_DOUBT ? "in doubt" : String.format(Locale.ROOT, "%.3f", (endNanos - originNanos) / 1e6);
    String told = reply == null ? "" : " = " + (reply instanceof Reply.Array ? texts() : reply instanceof Reply.Error e ? e.text()
        : text());
    if (told.length() > TOLD_CHARS_MAX) {
      told = told.substring(0, TOLD_CHARS_MAX) + " ...";
    }
    return String.format(Locale.ROOT, "%.3f..%s client %d at %s%s %s%s", (startNanos - originNanos) / 1e6, ended, client, node,
        db == 0 ? "" : " db " + db, String.join(" ", args), told);
  }
}
