package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Second;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Clients at work: commands come due at a rate, whatever becomes of those before (Schroeder, Wierman and
 * Harchol-Balter, "Open Versus Closed", 2006), and all that happens is written down.
 *
 * <p>A command that is due is taken by the next client that is free, and its latency counts from when it was due. What
 * no client has taken within {@link #BACKLOG_NANOS_MAX} is shed, and counted.
 */
public final class Load implements AutoCloseable {

  /** How long a command that is due waits for a client. */
  static final long BACKLOG_NANOS_MAX = 1_000_000_000L;

  private static final long SECOND_NANOS = 1_000_000_000L;

  /** A client whose connection broke waits so long. */
  private static final long PAUSE_NANOS = 50_000_000L;

  /** A client that had to leave its own node looks there again after so long: each node is asked all the time. */
  private static final long HOME_AGAIN_NANOS = 1_000_000_000L;

  /** The client of the reads at the end. */
  static final int READER = 0;

  private final LoadPlan plan;
  private final HistoryFile.Writer history;
  private final Libraries libraries;
  private final Keys keys;
  private final Rates rates;
  private final AtomicLong next = new AtomicLong();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Thread ticker = new Thread(this::tick, "load-seconds");
  private long beginNanos;
  private volatile List<Integer> serving;
  private volatile boolean stopping;
  private volatile boolean stopped;

  private Load(LoadPlan plan, HistoryFile.Writer history) {
    this.plan = plan;
    this.history = history;
    this.libraries = new Libraries(plan.nodes(), plan.timeout(), plan.clients());
    this.keys = new Keys(plan.workloads(), plan.keys());
    this.rates = new Rates(plan.nodes().size());
    this.serving = IntStream.range(0, plan.nodes().size()).boxed().toList();
  }

  /**
   * What came of the commands so far.
   *
   * @param shed commands that were due and never sent, since no client was free for too long
   * @param errors how often each refusal or doubt was met, by its words
   */
  public record Totals(long ok, long refused, long inDoubt, long shed, Map<String, Long> errors) {}

  /**
   * What came of the commands that ended in some part of a run.
   *
   * @param errors how often each refusal or doubt was met, by the node that was asked and its words
   */
  public record Span(long ok, long refused, long inDoubt, long shed, double p50Millis, double p99Millis,
      double maxMillis, Map<String, Long> errors) {}

  /** Connects clients and begins. What is asked and answered goes to the history, each second too. */
  public static Load start(LoadPlan plan, HistoryFile.Writer history) {
    return start(plan, history, IntStream.range(0, plan.nodes().size()).boxed().toList());
  }

  /** @param serving the nodes that clients of one node ask until {@link #only} says otherwise */
  public static Load start(LoadPlan plan, HistoryFile.Writer history, Collection<Integer> serving) {
    Load load = new Load(plan, history);
    load.only(serving);
    load.beginNanos = System.nanoTime();
    for (int i = 0; i < plan.clients(); i++) {
      Worker worker = load.new Worker(i);
      load.threads.add(new Thread(worker::run, "load-client-" + (i + 1)));
    }
    load.ticker.setDaemon(true);
    load.ticker.start();
    for (Thread thread : load.threads) {
      thread.setDaemon(true);
      thread.start();
    }
    return load;
  }

  /** The seconds that are over, from the history's beginning until the load was stopped. */
  public List<Second> seconds() {
    return rates.seconds();
  }

  public Totals totals() {
    return rates.totals();
  }

  /** What came of the commands that ended since the last call. */
  public Span span() {
    return rates.span();
  }

  /** From now on clients of one node ask only these, as a change of their configuration would have them do. */
  public void only(Collection<Integer> nodes) {
    serving = nodes.stream().sorted().toList();
  }

  // ---------------------------------------------------------------- clients

  /** One client: takes what is due, asks it, writes down what came of it. */
  private final class Worker {

    private final int number;
    private final ClientKind kind;
    private final Stream stream;
    private final SplittableRandom chance;
    private final int turn;
    private int node;
    private long homeAgainNanos;
    private Client client;
    private boolean broken;

    Worker(int index) {
      this.number = index + 1;
      this.kind = plan.kinds().get(index % plan.kinds().size());
      this.turn = plainBefore(index);
      this.node = home(serving);
      this.stream = new Stream(number, plan.workloads(), keys, plan.seed());
      this.chance = new SplittableRandom(plan.seed() * 31 + number);
    }

    /** Clients of one node are spread over all nodes; others go where they like. */
    private int plainBefore(int index) {
      int plain = 0;
      for (int i = 0; i < index; i++) {
        plain += plan.kinds().get(i % plan.kinds().size()).cluster() ? 0 : 1;
      }
      return plain;
    }

    private int home(List<Integer> nodes) {
      return nodes.get(turn % nodes.size());
    }

    void run() {
      try {
        while (!stopping) {
          long due = beginNanos + (long) (next.getAndIncrement() * (1e9 / plan.perSecond()));
          awaitDue(due);
          if (!stopping) {
            if (System.nanoTime() - due > BACKLOG_NANOS_MAX) {
              rates.shed();
            } else {
              step(due);
            }
          }
        }
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
        stopping = true;
      } finally {
        leave();
      }
    }

    private void awaitDue(long due) {
      for (long left = due - System.nanoTime(); left > 0 && !stopping; left = due - System.nanoTime()) {
        LockSupport.parkNanos(Math.min(left, 50_000_000));
      }
    }

    private void step(long due) {
      if (!kind.cluster()) {
        List<Integer> nodes = serving;
        if (node != home(nodes) && (!nodes.contains(node) || System.nanoTime() - homeAgainNanos >= 0)) {
          go(home(nodes));
        }
      }
      if (client == null) {
        client = libraries.open(kind, node);
      }
      Op op = ask(client, number, kind.cluster() ? -1 : node, stream.next(), due);
      stream.ended(op);
      if (broken) {
        moveOn();
      }
    }

    private Op ask(Client asked, int by, int at, List<String> words, long due) {
      Op op = new Op(by, 0, words, System.nanoTime(), at < 0 ? "-" : "n" + at);
      Answer answer = asked.ask(words);
      long end = System.nanoTime();
      broken = answer.broken();
      finish(op, answer, end);
      rates.ended(op, at, due, end);
      history.op(op);
      return op;
    }

    private void moveOn() {
      LockSupport.parkNanos(PAUSE_NANOS);
      List<Integer> others = serving.stream().filter(other -> other != node).toList();
      if (!kind.cluster() && !others.isEmpty()) {
        go(others.get(chance.nextInt(others.size())));
        homeAgainNanos = System.nanoTime() + HOME_AGAIN_NANOS;
      }
    }

    private void go(int where) {
      leave();
      node = where;
    }

    private void leave() {
      if (client != null) {
        client.close();
        client = null;
      }
    }
  }

  static void finish(Op op, Answer answer, long endNanos) {
    op.end = answer.end();
    op.reply = answer.reply();
    op.endNanos = answer.end() == Op.End.IN_DOUBT ? Op.NEVER : endNanos;
  }

  // ---------------------------------------------------------------- seconds

  private void tick() {
    long n = 0;
    while (!stopped) {
      long end = history.originNanos() + (n + 1) * SECOND_NANOS;
      for (long left = end - System.nanoTime(); left > 0 && !stopped; left = end - System.nanoTime()) {
        LockSupport.parkNanos(Math.min(left, 100_000_000));
      }
      if (!stopped) {
        history.second(rates.close());
        flush();
        n++;
      }
    }
  }

  private void flush() {
    try {
      history.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---------------------------------------------------------------- the end

  /** Asks nothing more, and waits for what is under way. */
  public void stop() {
    stopping = true;
    threads.forEach(Load::join);
    stopped = true;
    join(ticker);
    Totals totals = totals();
    history.fact("commands", totals.ok() + " ok, " + totals.refused() + " refused, " + totals.inDoubt() + " in doubt, "
        + totals.shed() + " shed");
    Throwable e = failure.get();
    if (e != null) {
      throw new IllegalStateException("a client of the load has failed: " + e, e);
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * After {@link #stop}, when everything is mended: reads every key through every node that serves until all nodes give the same
   * answers, or the time is over; what was read is in the history, and the judge says whether they agree.
   */
  public void readBack(Duration atMost) {
    new ReadBack(plan, serving, history, libraries, keys.used()).run(atMost);
  }

  /** Ends all clients. */
  @Override
  public void close() {
    stopping = true;
    threads.forEach(Load::join);
    stopped = true;
    join(ticker);
    libraries.close();
  }
}
