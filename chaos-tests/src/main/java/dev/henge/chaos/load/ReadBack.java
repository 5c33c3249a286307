package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import dev.henge.resp.codec.Reply;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The reads at the end: every key through every node, again and again for those of which nodes say different things,
 * or nothing. Each key's last read, which checkers take for what became of it, is of the last round.
 */
final class ReadBack {

  private static final long PAUSE_NANOS = 200_000_000L;

  private final LoadPlan plan;
  private final List<Integer> nodes;
  private final HistoryFile.Writer history;
  private final Libraries libraries;
  private final List<List<String>> reads = new ArrayList<>();

  /** What each node said last, by read. */
  private final Map<Integer, Map<List<String>, String>> said = new HashMap<>();

  ReadBack(LoadPlan plan, List<Integer> nodes, HistoryFile.Writer history, Libraries libraries, List<String> keys) {
    this.plan = plan;
    this.nodes = nodes;
    this.history = history;
    this.libraries = libraries;
    keys.forEach(key -> reads.addAll(reads(key)));
    nodes.forEach(node -> said.put(node, new ConcurrentHashMap<>()));
  }

  /** The reads that show all that a key has. */
  static List<List<String>> reads(String key) {
    Workload workload = Workload.ofKey(key);
    return switch (workload) {
      case SET, SET_ADD, RECREATE -> List.of(List.of("SMEMBERS", key));
      case QUEUE -> List.of(List.of("LRANGE", key, "0", "-1"));
      case HASH -> List.of(List.of("HGET", key, "f0"), List.of("HGET", key, "f1"), List.of("HGET", key, "n0"),
          List.of("HGET", key, "n1"));
      case SORTED_SET -> key.endsWith("n") ? List.of(List.of("ZSCORE", key, "n0"), List.of("ZSCORE", key, "n1"))
          : List.of(List.of("ZRANGE", key, "0", "-1"));
      default -> List.of(List.of("GET", key));
    };
  }

  /** What a reply shows, in an order that does not depend on the node; null if it is no answer. */
  static String shown(Op op) {
    if (!op.done()) {
      return null;
    }
    if (op.is("SMEMBERS")) {
      return op.texts().stream().sorted().toList().toString();
    }
    return op.reply instanceof Reply.Array ? op.texts().toString() : String.valueOf(op.text());
  }

  void run(Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    Collection<List<String>> left = reads;
    while (!left.isEmpty()) {
      Collection<List<String>> asked = left;
      List<Thread> threads = new ArrayList<>();
      for (int node : nodes) {
        Thread thread = new Thread(() -> read(node, asked, end), "read-back-" + node);
        thread.start();
        threads.add(thread);
      }
      threads.forEach(ReadBack::join);
      left = differing();
      if (System.nanoTime() - end >= 0) {
        return;
      }
      if (!left.isEmpty()) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while keys are read back", e);
    }
  }

  private void read(int node, Collection<List<String>> asked, long endNanos) {
    try (Client client = libraries.open(ClientKind.JEDIS, node)) {
      for (List<String> words : asked) {
        if (System.nanoTime() - endNanos >= 0) {
          return;
        }
        Op op = new Op(Load.READER, 0, words, System.nanoTime(), "n" + node);
        Answer answer = followed(client.ask(words), words);
        Load.finish(op, answer, System.nanoTime());
        history.op(op);
        String shown = shown(op);
        if (shown == null) {
          said.get(node).remove(words);
        } else {
          said.get(node).put(words, shown);
        }
        if (answer.broken()) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }
  }

  /** A node that sends its clients elsewhere is taken at its word, once. */
  private Answer followed(Answer answer, List<String> words) {
    if (answer.reply() instanceof Reply.Error error && error.code().equals("MOVED")) {
      String[] to = error.text().substring(error.text().lastIndexOf(' ') + 1).split(":");
      InetSocketAddress there = InetSocketAddress.createUnresolved(to[0], Integer.parseInt(to[1]));
      try (Client client = new JedisPlain(there, plan.timeout())) {
        return client.ask(words);
      }
    }
    return answer;
  }

  private Set<List<String>> differing() {
    Set<List<String>> left = new LinkedHashSet<>();
    for (List<String> words : reads) {
      Map<String, Integer> answers = new HashMap<>();
      for (Map<List<String>, String> one : said.values()) {
        answers.merge(one.getOrDefault(words, "no answer"), 1, Integer::sum);
      }
      if (answers.size() > 1 || answers.containsKey("no answer")) {
        left.add(words);
      }
    }
    return left;
  }
}
