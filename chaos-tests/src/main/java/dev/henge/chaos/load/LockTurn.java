package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A client's way with locks: it takes one with a token for a time, keeps it while it does other things, looks whether
 * it is still its own, and deletes it, long before the time is over. One that it holds too long it leaves to its end.
 *
 * <p>Nobody can say when a DEL in doubt will be executed, and whose lock it will take then; so that lock is given up
 * for a new one.
 */
final class LockTurn {

  /** How long a lock lasts. */
  static final long LASTS_MILLIS = 10_000;

  /** Behind this it is not deleted any more, since that might be executed too late. */
  private static final long OURS_NANOS = LASTS_MILLIS * 1_000_000 / 2;

  private static final int OTHERS_MAX = 4;

  private final int client;
  private final Keys keys;
  private final SplittableRandom random;
  private String held;
  private String token;
  private long takenNanos;
  private boolean looked;
  private int others;
  private long tokens;

  LockTurn(int client, Keys keys, SplittableRandom random) {
    this.client = client;
    this.keys = keys;
    this.random = random;
  }

  List<String> next() {
    if (held == null) {
      String key = keys.any(Workload.LOCK, random);
      return List.of("SET", key, "t" + client + "-" + ++tokens, "NX", "PX", Long.toString(LASTS_MILLIS));
    }
    if (looked && System.nanoTime() - takenNanos < OURS_NANOS && --others < 0) {
      return List.of("DEL", held);
    }
    return List.of("GET", held);
  }

  void ended(Op op) {
    if (op.is("SET")) {
      if (op.done() && op.text() != null) {
        held = op.key();
        token = op.arg(2);
        takenNanos = op.startNanos;
        looked = false;
        others = random.nextInt(OTHERS_MAX);
      }
    } else if (op.is("GET")) {
      looked = op.done() && token.equals(op.text());
      boolean gone = op.done() && !token.equals(op.text());
      if (gone || System.nanoTime() - takenNanos >= OURS_NANOS) {
        held = null;
      }
    } else {
      if (op.end == Op.End.IN_DOUBT) {
        keys.giveUp(Workload.LOCK, held);
      }
      if (op.end != Op.End.REFUSED) {
        held = null;
      }
    }
  }
}
