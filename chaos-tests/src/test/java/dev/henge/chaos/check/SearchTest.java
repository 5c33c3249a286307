package dev.henge.chaos.check;

import static dev.henge.chaos.check.Told.bulk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Reply;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Both ways to judge registers against histories by chance: sound ones, of which the order of execution is known, the
 * same with one reply changed, and small ones of any kind against all orders there are.
 */
@Timeout(120)
class SearchTest {

  private static final int SMALL_HISTORIES = 8_000;
  private static final int HISTORIES = 40;

  /** What a server holds, and what it answers. */
  private static final class Server {
    private String held;

    Reply ask(List<String> args) {
      String before = held;
      switch (args.get(0)) {
        case "SET" -> {
          held = args.get(2);
          return new Reply.Simple("OK");
        }
        case "GETSET" -> held = args.get(2);
        case "SETNX" -> {
          held = held == null ? args.get(2) : held;
          return new Reply.Int(before == null ? 1 : 0);
        }
        case "DEL" -> {
          held = null;
          return new Reply.Int(before == null ? 0 : 1);
        }
        case "GETDEL" -> held = null;
        default -> { }
      }
      return bulk(before);
    }
  }

  private static List<String> command(SplittableRandom random, String value, boolean swaps) {
    int dice = random.nextInt(swaps ? 10 : 6);
    return switch (dice) {
      case 0, 1 -> List.of("SET", "k", value);
      case 2 -> List.of("GETSET", "k", value);
      case 3, 4, 5 -> List.of("GET", "k");
      case 6, 7 -> List.of("SETNX", "k", value);
      case 8 -> List.of("DEL", "k");
      default -> List.of("GETDEL", "k");
    };
  }

  /**
   * A sound history: commands are executed at moments in a row, and were asked some time before and answered some time
   * after. Some are in doubt, executed or not.
   *
   * @param atATime how many are under way together, about
   */
  private static List<Op> sound(SplittableRandom random, int commands, int atATime, int values, boolean swaps) {
    Server server = new Server();
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < commands; i++) {
      long moment = (i + 1) * 1_000L + 1_000_000;
      List<String> args = command(random, values == 0 ? "v" + i : "v" + random.nextInt(values), swaps);
      Op op = new Op(i, 0, args, moment - 1 - random.nextLong(500L * atATime), "n0");
      if (random.nextInt(20) == 0) {
        if (random.nextBoolean()) {
          server.ask(args);
        }
      } else {
        op.reply = server.ask(args);
        op.end = Op.End.DONE;
        op.endNanos = moment + 1 + random.nextLong(500L * atATime);
      }
      ops.add(op);
    }
    ops.sort(Comparator.comparingLong(op -> op.startNanos));
    return ops;
  }

  /** The order is all that is asked about. */
  private static final Judge ORDER = new Judge() {
    @Override
    public boolean lasts() {
      return false;
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

  private static boolean zonesAreSound(List<Op> ops) {
    try {
      Registers.check(ORDER, "k", ops, 2, ops.get(ops.size() - 1));
      return true;
    } catch (Violation e) {
      return false;
    }
  }

  private static Search.Outcome search(List<Op> ops) {
    return new Search(ops).run(Search.STEPS_MAX);
  }

  // ---------------------------------------------------------------- against all orders

  private static boolean explained(List<Op> left, String held) {
    if (left.stream().noneMatch(Op::done)) {
      return true;
    }
    for (Op op : left) {
      if (left.stream().anyMatch(other -> other != op && other.before(op))) {
        continue;
      }
      Server server = new Server();
      server.held = held;
      Reply reply = server.ask(op.args);
      if (!op.done() || Objects.equals(reply, op.reply)) {
        List<Op> rest = new ArrayList<>(left);
        rest.remove(op);
        if (explained(rest, server.held)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Replies by chance, and times: most are unsound. */
  private static List<Op> anything(SplittableRandom random, boolean swaps, int values) {
    List<Op> ops = new ArrayList<>();
    int commands = 2 + random.nextInt(5);
    for (int i = 0; i < commands; i++) {
      List<String> args = command(random, values == 0 ? "v" + i : "v" + random.nextInt(values), swaps);
      Op op = new Op(i, 0, args, random.nextInt(60), "n0");
      if (random.nextInt(6) > 0) {
        op.end = Op.End.DONE;
        op.endNanos = op.startNanos + 1 + random.nextInt(20);
        int value = random.nextInt(-1, values == 0 ? commands : values);
        op.reply = switch (op.name()) {
          case "SET" -> new Reply.Simple("OK");
          case "SETNX", "DEL" -> new Reply.Int(random.nextInt(2));
          default -> bulk(value < 0 ? null : "v" + value);
        };
      }
      ops.add(op);
    }
    ops.sort(Comparator.comparingLong(op -> op.startNanos));
    return ops;
  }

  @Test
  void searchFindsWhatAllOrdersFind() {
    int sound = 0;
    for (int seed = 1; seed <= SMALL_HISTORIES; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Op> ops = anything(random, true, 1 + random.nextInt(3));
      boolean explained = explained(ops, null);
      sound += explained ? 1 : 0;
      assertEquals(explained ? Search.Outcome.SOUND : Search.Outcome.CONTRADICTION, search(ops),
          "seed " + seed + ": " + ops);
    }
    assertTrue(sound > SMALL_HISTORIES / 20 && sound < SMALL_HISTORIES * 19 / 20, "sound: " + sound);
  }

  /** Of SET and GET alone: a GETSET is two commands to the zones. */
  @Test
  void zonesFindWhatAllOrdersFind() {
    int sound = 0;
    for (int seed = 1; seed <= SMALL_HISTORIES; seed++) {
      List<Op> ops = anything(new SplittableRandom(seed), false, 0).stream().filter(op -> !op.is("GETSET")).toList();
      if (!ops.isEmpty()) {
        boolean explained = explained(ops, null);
        sound += explained ? 1 : 0;
        assertEquals(explained, zonesAreSound(ops), "seed " + seed + ": " + ops);
      }
    }
    assertTrue(sound > SMALL_HISTORIES / 20 && sound < SMALL_HISTORIES * 19 / 20, "sound: " + sound);
  }

  // ---------------------------------------------------------------- long histories

  @Test
  void soundHistoriesAreSound() {
    for (int seed = 1; seed <= HISTORIES; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Op> swaps = sound(random, 300, 1 + random.nextInt(30), 4, true);
      assertEquals(Search.Outcome.SOUND, search(swaps), "seed " + seed);
      List<Op> unique = sound(random, 1_000, 1 + random.nextInt(100), 0, false);
      assertTrue(zonesAreSound(unique), "seed " + seed);
      assertEquals(Search.Outcome.SOUND, search(unique), "seed " + seed);
    }
  }

  /** One reply is made that of a value that two writes had followed, which had ended before it was asked. */
  @Test
  void oneOldReplyIsFound() {
    int made = 0;
    for (int seed = 1; seed <= HISTORIES; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Op> ops = sound(random, 500, 1 + random.nextInt(50), 0, false);
      Op read = stale(ops, random);
      if (read != null) {
        made++;
        assertEquals(Search.Outcome.CONTRADICTION, search(ops), "seed " + seed + ": " + read);
        assertTrue(!zonesAreSound(ops), "seed " + seed + ": " + read);
      }
    }
    assertTrue(made > HISTORIES / 2, "made: " + made);
  }

  private static Op stale(List<Op> ops, SplittableRandom random) {
    List<Op> reads = new ArrayList<>(ops.stream().filter(op -> op.is("GET") && op.done()).toList());
    while (!reads.isEmpty()) {
      Op read = reads.remove(random.nextInt(reads.size()));
      for (Op write : ops) {
        if (write.is("SET") && ops.stream().anyMatch(over -> over.is("SET") && write.before(over)
            && over.before(read))) {
          read.reply = bulk(write.arg(2));
          return read;
        }
      }
    }
    return null;
  }

  /** Of a command that excludes one more is told that it was first. */
  @Test
  void oneExclusionTooManyIsFound() {
    for (int seed = 1; seed <= HISTORIES; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Op> ops = new ArrayList<>();
      int winner = random.nextInt(40);
      int liar = (winner + 1 + random.nextInt(39)) % 40;
      for (int i = 0; i < 40; i++) {
        ops.add(Told.ok(random.nextInt(100), 100 + random.nextInt(100), i == winner || i == liar ? 1 : 0, "SETNX", "k",
            "v" + i % 3));
      }
      assertEquals(Search.Outcome.CONTRADICTION, search(ops), "seed " + seed);
      ops.set(liar, Told.ok(150, 160, 0, "SETNX", "k", "x"));
      ops.add(Told.ok(210, 211, "v" + winner % 3, "GET", "k"));
      Search.Outcome outcome = search(ops);
      boolean first = ops.stream().noneMatch(op -> op.is("SETNX") && op.number() == 0 && op.before(ops.get(winner)));
      assertEquals(first ? Search.Outcome.SOUND : Search.Outcome.CONTRADICTION, outcome, "seed " + seed);
    }
  }

  @Test
  void aThousandAtATime() {
    for (int seed = 1; seed <= 3; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Op> ops = sound(random, 20_000, 1_000, 0, false);
      assertTrue(zonesAreSound(ops), "seed " + seed);
      List<Op> fewer = sound(random, 3_000, 1_000, 0, false);
      assertEquals(Search.Outcome.SOUND, search(fewer), "seed " + seed);
      assertTrue(stale(ops, random) != null && !zonesAreSound(ops), "seed " + seed);
      assertTrue(stale(fewer, random) != null, "seed " + seed);
      assertEquals(Search.Outcome.CONTRADICTION, search(fewer), "seed " + seed);
    }
  }

  @Test
  void aSearchThatIsTooLongEndsUndecided() {
    List<Op> ops = sound(new SplittableRandom(1), 300, 30, 4, true);
    assertEquals(Search.Outcome.UNDECIDED, new Search(ops).run(10));
  }
}
