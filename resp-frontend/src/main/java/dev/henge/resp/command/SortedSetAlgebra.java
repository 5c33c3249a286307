package dev.henge.resp.command;

import dev.henge.resp.codec.NumberException;
import dev.henge.resp.codec.RedisNumbers;
import dev.henge.resp.codec.Request;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.ScoredSource;
import dev.henge.storage.type.ValueType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** ZUNION, ZINTER, ZDIFF, their storing forms, and ZINTERCARD, over sorted sets and sets. */
final class SortedSetAlgebra {

  private SortedSetAlgebra() {}

  private enum Op {
    UNION,
    INTER,
    DIFF
  }

  private enum Aggregate {
    SUM,
    MIN,
    MAX;

    double of(double a, double b) {
      return switch (this) {
        case SUM -> numberOrZero(a + b);
        case MIN -> b < a ? b : a;
        case MAX -> b > a ? b : a;
      };
    }
  }

  private record Input(ScoredSource source, double weight) {

    double weighed(double score) {
      return numberOrZero(weight * score);
    }
  }

  static void register(CommandBinder b) {
    b.bind("ZUNION", c -> union(Query.parse(c, "zunion", 1, Op.UNION, Form.REPLY)).reply(c, withScores(c)));
    b.bind("ZUNIONSTORE", c -> union(Query.parse(c, "zunionstore", 2, Op.UNION, Form.STORE)).storeAt(c, 1));
    b.bind("ZINTER", c -> inter(Query.parse(c, "zinter", 1, Op.INTER, Form.REPLY)).reply(c, withScores(c)));
    b.bind("ZINTERSTORE", c -> inter(Query.parse(c, "zinterstore", 2, Op.INTER, Form.STORE)).storeAt(c, 1));
    b.bind("ZDIFF", c -> diff(Query.parse(c, "zdiff", 1, Op.DIFF, Form.REPLY)).reply(c, withScores(c)));
    b.bind("ZDIFFSTORE", c -> diff(Query.parse(c, "zdiffstore", 2, Op.DIFF, Form.STORE)).storeAt(c, 1));
    b.bind("ZINTERCARD", c -> interCard(c, Query.parse(c, "zintercard", 1, Op.INTER, Form.COUNT)));
  }

  /** What becomes of the result. */
  private enum Form {
    REPLY,
    STORE,
    COUNT
  }

  /** @param limit of ZINTERCARD; 0 for none */
  private record Query(List<Input> inputs, Aggregate aggregate, long limit) {

    static Query parse(CommandContext c, String name, int countAt, Op op, Form form) {
      long count = c.argLong(countAt);
      if (count < 1) {
        throw new CommandException("ERR at least 1 input key is needed for '" + name + "' command");
      }
      if (count > c.argCount() - countAt - 1) {
        throw new CommandException(RedisErrors.SYNTAX);
      }
      List<ScoredSource> sources = new ArrayList<>();
      for (int i = countAt + 1; i <= countAt + count; i++) {
        sources.add(source(c, i));
      }
      double[] weights = new double[sources.size()];
      Arrays.fill(weights, 1);
      Aggregate aggregate = Aggregate.SUM;
      long limit = 0;
      Request r = c.request();
      int i = countAt + 1 + weights.length;
      while (i < r.argCount()) {
        int left = r.argCount() - i;
        boolean weighing = op != Op.DIFF && form != Form.COUNT;
        if (weighing && left > weights.length && r.is(i, "WEIGHTS")) {
          weights(r, i + 1, weights);
          i += 1 + weights.length;
        } else if (weighing && left >= 2 && r.is(i, "AGGREGATE")) {
          aggregate = aggregate(r, i + 1);
          i += 2;
        } else if (form == Form.REPLY && r.is(i, "WITHSCORES")) {
          i++;
        } else if (form == Form.COUNT && left >= 2 && r.is(i, "LIMIT")) {
          limit = limit(r, i + 1);
          i += 2;
        } else {
          throw new CommandException(RedisErrors.SYNTAX);
        }
      }
      return new Query(inputs(sources, weights, op), aggregate, limit);
    }

    private static ScoredSource source(CommandContext c, int i) {
      Head head = c.head(i);
      return new ScoredSource(
          c.keyspace(), head.type() == ValueType.SET ? head : CommandContext.expect(head, ValueType.ZSET));
    }

    private static void weights(Request r, int at, double[] weights) {
      for (int i = 0; i < weights.length; i++) {
        try {
          weights[i] = RedisNumbers.parseDouble(r.buffer(), r.offset(at + i), r.length(at + i));
        } catch (NumberException e) {
          throw new CommandException("ERR weight value is not a float");
        }
      }
    }

    private static Aggregate aggregate(Request r, int i) {
      for (Aggregate a : Aggregate.values()) {
        if (r.is(i, a.name())) {
          return a;
        }
      }
      throw new CommandException(RedisErrors.SYNTAX);
    }

    private static long limit(Request r, int i) {
      if (!r.isLong(i) || r.asLong(i) < 0) {
        throw new CommandException(RedisErrors.LIMIT_NEGATIVE);
      }
      return r.asLong(i);
    }

    /** The smallest first, but for a difference; floating-point sums depend on it. */
    private static List<Input> inputs(List<ScoredSource> sources, double[] weights, Op op) {
      List<Input> inputs = new ArrayList<>();
      for (int i = 0; i < weights.length; i++) {
        inputs.add(new Input(sources.get(i), weights[i]));
      }
      if (op != Op.DIFF) {
        inputs.sort(Comparator.comparingLong(input -> input.source.size()));
      }
      return inputs;
    }
  }

  private static boolean withScores(CommandContext c) {
    Request r = c.request();
    for (int i = (int) (2 + c.argLong(1)); i < r.argCount(); i++) {
      if (r.is(i, "WITHSCORES")) {
        return true;
      }
    }
    return false;
  }

  private static double numberOrZero(double score) {
    return Double.isNaN(score) ? 0 : score;
  }

  private static ScoredMembers union(Query query) {
    Map<ByteBuffer, Double> scores = new LinkedHashMap<>();
    for (Input input : query.inputs) {
      input.source.each((bytes, offset, length, score) -> {
        ByteBuffer member = ByteBuffer.wrap(Arrays.copyOfRange(bytes, offset, offset + length));
        scores.merge(member, input.weighed(score), query.aggregate::of);
        return true;
      });
    }
    ScoredMembers result = new ScoredMembers();
    scores.forEach((member, score) -> result.add(member.array(), score));
    return result;
  }

  private static ScoredMembers inter(Query query) {
    ScoredMembers result = new ScoredMembers();
    Input first = query.inputs.get(0);
    first.source.each((bytes, offset, length, score) -> {
      byte[] member = Arrays.copyOfRange(bytes, offset, offset + length);
      double sum = first.weighed(score);
      for (Input input : query.inputs.subList(1, query.inputs.size())) {
        double other = input.source.same(first.source) ? score : input.source.score(member);
        if (Double.isNaN(other)) {
          return true;
        }
        sum = query.aggregate.of(sum, input.weight * other);
      }
      result.add(member, sum);
      return true;
    });
    return result;
  }

  private static void interCard(CommandContext c, Query query) {
    long[] count = {0};
    Input first = query.inputs.get(0);
    first.source.each((bytes, offset, length, score) -> {
      byte[] member = Arrays.copyOfRange(bytes, offset, offset + length);
      for (Input input : query.inputs.subList(1, query.inputs.size())) {
        if (!input.source.same(first.source) && Double.isNaN(input.source.score(member))) {
          return true;
        }
      }
      count[0]++;
      return query.limit == 0 || count[0] < query.limit;
    });
    c.out().integer(count[0]);
  }

  private static ScoredMembers diff(Query query) {
    ScoredMembers result = new ScoredMembers();
    Input first = query.inputs.get(0);
    first.source.each((bytes, offset, length, score) -> {
      byte[] member = Arrays.copyOfRange(bytes, offset, offset + length);
      for (Input input : query.inputs.subList(1, query.inputs.size())) {
        if (!Double.isNaN(input.source.score(member))) {
          return true;
        }
      }
      result.add(member, score);
      return true;
    });
    return result;
  }
}
