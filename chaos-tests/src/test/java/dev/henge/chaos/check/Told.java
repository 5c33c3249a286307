package dev.henge.chaos.check;

import dev.henge.resp.codec.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Histories that are told by hand, and what a checker says of them. */
final class Told {

  /** One executor for ever, and nothing is lost. */
  static final Judge EXCLUSIVE = new Judge() {
    @Override
    public boolean lasts() {
      return true;
    }

    @Override
    public List<Op> exclusive(String key, List<Op> ops) {
      return ops;
    }

    @Override
    public List<Op> exclusiveEverywhere(List<Op> ops) {
      return ops;
    }
  };

  /** Two sides from the beginning, and nothing is lost. */
  static final Judge TWO_SIDES = new Judge() {
    @Override
    public boolean lasts() {
      return true;
    }

    @Override
    public List<Op> exclusive(String key, List<Op> ops) {
      return Judge.until(0, ops);
    }

    @Override
    public List<Op> exclusiveEverywhere(List<Op> ops) {
      return Judge.until(0, ops);
    }
  };

  private Told() {}

  static Reply bulk(String text) {
    return text == null ? new Reply.Null(false) : new Reply.Bulk(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  static Reply list(String... texts) {
    return new Reply.Array(Arrays.stream(texts).map(Told::bulk).toList());
  }

  static Op ok(int client, long start, long end, Reply reply, String... words) {
    Op op = new Op(client, 0, List.of(words), start, "n0");
    op.end = Op.End.DONE;
    op.endNanos = end;
    op.reply = reply;
    return op;
  }

  static Op ok(long start, long end, Reply reply, String... words) {
    return ok(1, start, end, reply, words);
  }

  static Op ok(long start, long end, String reply, String... words) {
    return ok(1, start, end, bulk(reply), words);
  }

  static Op ok(long start, long end, long reply, String... words) {
    return ok(1, start, end, new Reply.Int(reply), words);
  }

  static Op doubt(long start, String... words) {
    return new Op(1, 0, List.of(words), start, "n0");
  }

  static Op refused(long start, long end, String... words) {
    Op op = new Op(1, 0, List.of(words), start, "n0");
    op.end = Op.End.REFUSED;
    op.endNanos = end;
    op.reply = new Reply.Error("CLUSTERDOWN Hash slot not served");
    return op;
  }

  /** What is wrong; null if nothing is. */
  static String wrong(Judge judge, Op... ops) {
    History history = new History();
    Arrays.stream(ops).sorted(Comparator.comparingLong(op -> op.startNanos)).forEach(history::add);
    try {
      Verdict.of(judge, history);
      return null;
    } catch (Violation e) {
      return e.getMessage();
    }
  }
}
