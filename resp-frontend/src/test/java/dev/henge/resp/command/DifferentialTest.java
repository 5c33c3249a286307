package dev.henge.resp.command;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.command.CommandForms.Call;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Plays commands by chance, of all families on few keys, against Henge and against a redis-server 7.0: the replies
 * are equal, but where Redis leaves them open. Fresh seeds at every run; a difference is told with its seed and the
 * fewest commands that show it. {@code -Dhenge.differential.seeds=N} plays so many histories,
 * {@code -Dhenge.differential.first=S} begins with that seed.
 */
class DifferentialTest {

  private static final int SEEDS = 200;
  private static final int COMMANDS = 300;

  /** The search for fewer commands ends after so many plays. */
  private static final int SHRINKS_MAX = 400;

  private static RedisServer redis;
  private static SocketConnection theirs;

  private final CommandTable<KeyCommand> table = CommandTable.redis();
  private final BenchConnection ours = new BenchConnection();

  @BeforeAll
  static void start() throws IOException {
    redis = RedisServer.start();
    Assumptions.assumeTrue(redis != null, "no redis-server 7.0 to compare with");
    theirs = redis.connect();
  }

  @AfterAll
  static void stop() throws IOException {
    if (redis != null) {
      theirs.close();
      redis.close();
    }
  }

  @Test
  void answersAsRedisDoes() {
    Families.registerAll(table::bind);
    int seeds = Integer.getInteger("henge.differential.seeds", SEEDS);
    long first = Long.getLong("henge.differential.first", System.nanoTime());
    for (long seed = first; seed < first + seeds; seed++) {
      List<Call> calls = history(seed);
      ours.chunks((int) Math.floorMod(seed >> 1, 3L) * 45);
      String difference = play(calls, protocol(seed));
      if (difference != null) {
        throw new AssertionError("seed " + seed + ", RESP" + protocol(seed) + "\n" + shrunk(calls, protocol(seed)));
      }
    }
  }

  private List<Call> history(long seed) {
    CommandForms forms = new CommandForms(new Random(seed), table);
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < COMMANDS; i++) {
      calls.add(forms.next());
    }
    for (String key : CommandForms.keys()) {
      calls.add(new Call(CommandForms.Compared.EXACTLY, List.of("TYPE", key)));
      calls.add(new Call(CommandForms.Compared.EXACTLY, List.of("PEXPIRETIME", key)));
      calls.add(new Call(CommandForms.Compared.EXACTLY, List.of("GET", key)));
      calls.add(new Call(CommandForms.Compared.PAIRS, List.of("HGETALL", key)));
      calls.add(new Call(CommandForms.Compared.UNORDERED, List.of("SMEMBERS", key)));
      calls.add(new Call(CommandForms.Compared.EXACTLY, List.of("ZRANGE", key, "0", "-1", "WITHSCORES")));
    }
    return calls;
  }

  private static int protocol(long seed) {
    return seed % 2 == 0 ? 2 : 3;
  }

  /** Null, or how the first command with other replies differs. */
  private String play(List<Call> calls, int protocol) {
    ours.restart();
    ours.protocol(protocol);
    theirs.restart();
    theirs.protocol(protocol);
    for (Call call : calls) {
      String difference;
      try {
        difference = compare(call);
      } catch (RuntimeException e) {
        difference = "    " + e + " at " + List.of(e.getStackTrace()).subList(0, 6);
      }
      if (difference != null) {
        return call + "\n" + difference;
      }
    }
    return null;
  }

  private String shrunk(List<Call> calls, int protocol) {
    List<Call> left = new ArrayList<>(calls);
    int plays = 0;
    for (int size = left.size() / 2; size > 0; size /= 2) {
      for (int from = 0; from < left.size() && plays < SHRINKS_MAX; plays++) {
        List<Call> fewer = new ArrayList<>(left);
        fewer.subList(from, Math.min(from + size, left.size())).clear();
        if (play(fewer, protocol) != null) {
          left = fewer;
        } else {
          from += size;
        }
      }
    }
    StringBuilder told = new StringBuilder();
    left.forEach(call -> told.append("  > ").append(call).append('\n'));
    return told + play(left, protocol);
  }

  private static Request request(List<String> words) {
    return Request.of(words.toArray(String[]::new));
  }

  private Reply theirs(String... words) {
    return theirs.call(Request.of(words));
  }

  private String compare(Call call) {
    if (call.compared() == CommandForms.Compared.BY_LEX && !oneScore(call.words())) {
      return null;
    }
    Reply our = ours.call(request(call.words()));
    if (our instanceof Reply.Error || call.compared() != CommandForms.Compared.TAKEN) {
      return compare(call, our, theirs.call(request(call.words())));
    }
    List<String> taken = leaves(our);
    String key = call.words().get(1);
    long there = ((Reply.Int) theirs("SCARD", key)).value();
    long wanted = call.words().size() == 2 ? 1 : Long.parseLong(call.words().get(2));
    for (String member : taken) {
      if (!(theirs("SREM", key, member) instanceof Reply.Int removed) || removed.value() != 1) {
        return "    took " + member + ", which was not there";
      }
    }
    return taken.size() == Math.min(wanted, there) ? null : "    took " + taken + ", but there were " + there;
  }

  private boolean oneScore(List<String> words) {
    List<String> pairs = words.size() < 2 ? List.of() : leaves(theirs("ZRANGE", words.get(1), "0", "-1", "WITHSCORES"));
    HashSet<String> scores = new HashSet<>();
    for (int i = 1; i < pairs.size(); i += 2) {
      scores.add(pairs.get(i));
    }
    return scores.size() < 2;
  }

  private String compare(Call call, Reply our, Reply their) {
    ReplyText we = ReplyText.of(our);
    ReplyText they = ReplyText.of(their);
    switch (call.compared()) {
      case UNORDERED -> {
        return differ(they.sorted(1, false), we.sorted(1, false));
      }
      case PAIRS -> {
        return differ(they.sorted(2, false), we.sorted(2, false));
      }
      case PAGE -> {
        return differ(they.sorted(1, true), we.sorted(1, true));
      }
      case PAGE_OF_PAIRS -> {
        return differ(they.sorted(2, true), we.sorted(2, true));
      }
      case TIME_LEFT -> {
        boolean both = our instanceof Reply.Int a && a.value() >= 0 && their instanceof Reply.Int b && b.value() >= 0;
        return both ? null : differ(they, we);
      }
      case PICKED -> {
        if (our instanceof Reply.Error || their instanceof Reply.Error) {
          return differ(they, we);
        }
        String shapes = differ(they.shape(), we.shape());
        return shapes != null ? shapes : picked(call, leaves(our));
      }
      default -> {
        return differ(they, we);
      }
    }
  }

  /** What was picked is there, with these values; and nothing twice but where that may be. */
  private String picked(Call call, List<String> picked) {
    String key = call.words().get(1);
    String look = switch (call.words().get(0)) {
      case "HRANDFIELD" -> "HGET";
      case "ZRANDMEMBER" -> "ZSCORE";
      default -> "SISMEMBER";
    };
    int step = call.words().size() > 3 ? 2 : 1;
    HashSet<String> different = new HashSet<>();
    for (int i = 0; i < picked.size(); i += step) {
      Reply there = theirs(look, key, picked.get(i));
      different.add(picked.get(i));
      boolean is = there instanceof Reply.Int found ? found.value() == 1 : !(there instanceof Reply.Null);
      if (!is || step == 2 && !leaves(there).equals(picked.subList(i + 1, i + 2))) {
        return "    picked " + picked + " of which " + picked.get(i) + " is not so there: " + there;
      }
    }
    boolean repeats = call.words().size() > 2 && call.words().get(2).startsWith("-");
    return repeats || different.size() * step == picked.size() ? null : "    picked twice: " + picked;
  }

  private static String differ(ReplyText they, ReplyText we) {
    return they.toString().equals(we.toString()) ? null : "    redis: " + they + "\n    henge: " + we;
  }

  /** The texts of all strings and numbers in a reply, in their order; none of a null. */
  private static List<String> leaves(Reply reply) {
    List<String> leaves = new ArrayList<>();
    leaves(reply, leaves);
    return leaves;
  }

  private static void leaves(Reply reply, List<String> to) {
    if (reply instanceof Reply.Array array) {
      array.elements().forEach(e -> leaves(e, to));
    } else if (reply instanceof Reply.SetReply set) {
      set.elements().forEach(e -> leaves(e, to));
    } else if (reply instanceof Reply.Map map) {
      map.keysAndValues().forEach(e -> leaves(e, to));
    } else if (reply instanceof Reply.Double number) {
      to.add(Double.toString(number.value()));
    } else if (!(reply instanceof Reply.Null)) {
      to.add(reply.asText());
    }
  }
}
