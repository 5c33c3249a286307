package dev.henge.chaos.run;

import dev.henge.chaos.cluster.Cluster;
import dev.henge.chaos.load.HistoryFile;
import dev.henge.chaos.load.Load;
import dev.henge.chaos.load.LoadPlan;
import dev.henge.chaos.nemesis.Nemesis;
import dev.henge.chaos.report.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A run from its beginning to its report: a cluster, clients at work, faults, mending, settling, last reads, checkers.
 *
 * <p>It ends in order however it ends: interrupted, it mends everything at once and goes on with settling, reading and
 * judging; only what the cluster has made of this machine is gone in any case.
 */
public final class ChaosRun {

  public static final String HISTORY = "history.txt.gz";
  public static final String SCRIPT = "schedule.chaos";
  public static final String REPORT = "report.html";
  public static final String PICTURE = "picture.svg";
  public static final String RESULT = "result.json";
  public static final String HOSTS = "hosts";

  static final String TITLE = "title";
  static final String AGAIN = "again";

  /** Clients work on for so long when everything is mended: recovery is part of what is to be seen. */
  private static final Duration AFTER = Duration.ofSeconds(5);
  private static final Duration SETTLE_MAX = Duration.ofSeconds(120);
  private static final Duration READ_BACK_MAX = Duration.ofSeconds(60);
  private static final long TICK_MILLIS = 250;

  /** How the Java virtual machine begins to tell of a thread that an error has ended. */
  private static final String UNCAUGHT = "Exception in thread ";

  private final RunPlan plan;
  private final View view;
  private final List<Event> inForce = new ArrayList<>();
  private final Told told = new Told();
  private Cluster cluster;
  private HistoryFile.Writer history;
  private Load load;
  private int wrong;

  /**
   * What came of a run.
   *
   * @param failure why it was not what it was to be; null if it was
   */
  public record Outcome(RunRecord record, String failure) {}

  private ChaosRun(RunPlan plan, View view) {
    this.plan = plan;
    this.view = view;
  }

  /**
   * Makes a run. If the thread is interrupted it is cut short and judged all the same; the interrupt is not kept.
   *
   * @throws IOException if it could not begin
   */
  public static Outcome run(RunPlan plan, View view) throws IOException {
    return new ChaosRun(plan, view).run();
  }

  private Outcome run() throws IOException {
    Files.createDirectories(plan.dir());
    Files.writeString(plan.dir().resolve(SCRIPT), "# " + title() + "\n" + plan.schedule());
    view.phase("starting " + plan.nodes() + " hosts, " + plan.backend().means());
    cluster = plan.backend().start(plan.target(), plan.nodes(), plan.dir().resolve(HOSTS));
    String failure;
    try (Cluster closed = cluster) {
      failure = recorded();
    }
    view.phase("judging");
    // An interrupt that came late must not stop the judge.
    boolean late = Thread.interrupted();
    RunRecord record = record(plan.dir().resolve(HISTORY));
    write(record, plan.dir());
    view.end();
    return new Outcome(record, failure != null ? failure : late ? "interrupted" : null);
  }

  /** What broke it off; null if nothing did. The history is whole in any case. */
  private String recorded() throws IOException {
    history = HistoryFile.create(plan.dir().resolve(HISTORY), facts());
    try (HistoryFile.Writer closed = history) {
      try {
        return work();
      } catch (IOException | RuntimeException | Error e) {
        tell(Findings.BROKEN_OFF, "the harness has failed: " + e);
        return "the harness has failed: " + e;
      } finally {
        if (load != null) {
          load.close();
        }
      }
    }
  }

  private String title() {
    return plan.target().name() + ", " + plan.nodes() + " nodes, " + plan.backend().name().toLowerCase(Locale.ROOT)
        + ", seed " + plan.seed();
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(TITLE, title());
    facts.put(HistoryFile.TARGET, plan.target().name());
    plan.target().facts(cluster).forEach(facts::put);
    facts.put(HistoryFile.NODES, Integer.toString(plan.nodes()));
    facts.putAll(plan.facts());
    facts.put("backend", plan.backend().means());
    facts.put("seed", Long.toString(plan.seed()));
    facts.put("clients", plan.clients() + ": " + String.join(", ",
        plan.kinds().stream().map(kind -> kind.word()).toList()));
    facts.put("workloads", String.join(", ", plan.workloads().stream().map(workload -> workload.word()).toList()));
    facts.put("due a second", Integer.toString(plan.perSecond()));
    facts.put("machine", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
        + Runtime.getRuntime().availableProcessors() + " processors, Java " + Runtime.version());
    facts.put("begun", OffsetDateTime.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put(AGAIN, plan.again());
    return facts;
  }

  private void tell(String fact, String value) {
    history.fact(fact, value);
  }

  private double seconds(long nanos) {
    return (nanos - history.originNanos()) / 1e9;
  }

  // ---------------------------------------------------------------- the run itself

  /** What broke it off; null if nothing did. */
  private String work() throws IOException {
    load = Load.start(new LoadPlan(cluster.addresses(), plan.workloads(), plan.kinds(), plan.clients(), plan.perSecond(),
        plan.seed(), LoadPlan.TIMEOUT, LoadPlan.KEYS), history);
    Thread watch = new Thread(this::watch, "chaos-display");
    watch.setDaemon(true);
    String failure = null;
    view.phase("");
    watch.start();
    try {
      long end = history.originNanos() + plan.lasts().toNanos();
      new Nemesis(cluster, Nemesis.Time.real(), told).play(plan.schedule(), plan.lasts().toMillis());
      for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
        Thread.sleep(Math.max(1, left / 1_000_000));
      }
      view.phase("mended: " + AFTER.toSeconds() + " s more");
      Thread.sleep(AFTER.toMillis());
    } catch (InterruptedException e) {
      failure = "interrupted";
    } catch (IOException e) {
      failure = Thread.interrupted() ? "interrupted" : "a fault could not be made or undone: " + e.getMessage();
    } finally {
      watch.interrupt();
    }
    if (failure != null) {
      tell(Findings.BROKEN_OFF, failure);
    }
    load.stop();
    tell(Findings.UNSETTLED, settle());
    view.phase("reading every key through every node");
    load.readBack(READ_BACK_MAX);
    for (int host = 0; host < plan.nodes(); host++) {
      lookForUncaught(host);
    }
    return failure;
  }

  private void lookForUncaught(int host) throws IOException {
    String line = uncaught(cluster.log(host));
    if (line != null) {
      told.wrong("the server of host " + host + " said: " + line + " (see " + cluster.log(host).getFileName() + ")");
    }
  }

  /** The first word of a thread that ended with an error, which clients need not have missed; null if none did. */
  static String uncaught(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> line.startsWith(UNCAUGHT)).findFirst().orElse(null);
    }
  }

  /** What is lacking when the time is over; empty if nothing is. */
  private String settle() throws IOException {
    view.phase("settling");
    long start = System.nanoTime();
    String lacking = cluster.target().unsettled(cluster);
    try {
      while (lacking != null && System.nanoTime() - start < SETTLE_MAX.toNanos()) {
        Thread.sleep(TICK_MILLIS);
        lacking = cluster.target().unsettled(cluster);
      }
    } catch (InterruptedException e) {
      tell(Findings.BROKEN_OFF, "interrupted while it settled");
      return lacking == null ? "" : "not yet when it was interrupted: " + lacking;
    }
    tell("settled after", String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - start) / 1e9));
    return lacking == null ? "" : "not within " + SETTLE_MAX.toSeconds() + " s: " + lacking;
  }

  private void watch() {
    try {
      while (true) {
        List<Second> seconds = load.seconds();
        view.second(seconds(System.nanoTime()), seconds.isEmpty() ? null : seconds.get(seconds.size() - 1), inForce(),
            plan.lasts().toMillis() / 1e3);
        Thread.sleep(TICK_MILLIS);
      }
    } catch (InterruptedException e) {
      // the run is over
    }
  }

  private List<Event> inForce() {
    synchronized (inForce) {
      return List.copyOf(inForce);
    }
  }

  /** Writes down what the nemesis does, and shows it. */
  private final class Told implements Nemesis.Listener {

    @Override
    public void began(Event event) {
      synchronized (inForce) {
        inForce.add(event);
      }
      history.event(event);
      view.event(seconds(event.startNanos()), event);
    }

    @Override
    public void ended(Event event) {
      synchronized (inForce) {
        inForce.removeIf(one -> one.startNanos() == event.startNanos() && one.what().equals(event.what()));
      }
      history.event(event);
      view.event(seconds(event.endNanos()), event);
    }

    @Override
    public void wrong(String what) {
      tell(Findings.WRONG + ++wrong, what);
      view.wrong(what);
    }
  }

  // ---------------------------------------------------------------- what is kept

  /** Judges a history. */
  static RunRecord record(Path file) throws IOException {
    HistoryFile.Recorded run = HistoryFile.read(file);
    return new RunRecord(run.facts().getOrDefault(TITLE, file.getFileName().toString()), Findings.facts(run), 0,
        run.events(), working(run.seconds()), Findings.of(run), file);
  }

  /** Without those at the end in which clients asked nothing any more. */
  private static List<Second> working(List<Second> seconds) {
    int end = seconds.size();
    while (end > 0 && seconds.get(end - 1).ok() + seconds.get(end - 1).refused() + seconds.get(end - 1).inDoubt() == 0) {
      end--;
    }
    return seconds.subList(0, end);
  }

  private void write(RunRecord record, Path dir) throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("every command, fault and second", HISTORY);
    files.put("the faults as they were to be played; --script plays them again", SCRIPT);
    files.put("the result for programs", RESULT);
    files.put("the picture above, for other documents", PICTURE);
    for (int i = 0; i < plan.nodes(); i++) {
      Path log = dir.resolve(HOSTS).resolve("node-" + i + ".log");
      if (Files.exists(log)) {
        files.put("what the server of host " + i + " said", HOSTS + "/" + log.getFileName());
      }
    }
    Files.writeString(dir.resolve(REPORT), Report.page(record, plan.again(), files));
    Files.writeString(dir.resolve(PICTURE), Report.picture(record));
    Files.writeString(dir.resolve(RESULT), Result.json(record));
  }
}
