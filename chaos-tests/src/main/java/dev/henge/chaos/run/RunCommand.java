package dev.henge.chaos.run;

import dev.henge.chaos.cluster.Henge;
import dev.henge.chaos.cluster.RedisCluster;
import dev.henge.chaos.cluster.RedisReplicated;
import dev.henge.chaos.cluster.Target;
import dev.henge.chaos.load.ClientKind;
import dev.henge.chaos.load.HistoryFile;
import dev.henge.chaos.load.Workload;
import dev.henge.chaos.nemesis.Drawn;
import dev.henge.chaos.nemesis.Kind;
import dev.henge.chaos.nemesis.Schedule;
import dev.henge.chaos.nemesis.ScriptException;
import dev.henge.chaos.nemesis.Step;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge chaos run}: one run, from a cluster that is made for it to a report. */
@Command(name = "run", sortOptions = false, description = {
    "Start a cluster, let clients work on it, break it all the while, mend it, and judge what the clients saw.",
    "What is broken, and when, is drawn by a seed, or stands in a script. Ctrl-C ends a run early, in order: everything is"
        + " mended, judged and removed."})
final class RunCommand implements Callable<Integer> {

  private static final double MINUTES = 3;
  private static final long TO_THE_END_MILLIS = 10_000;
  private static final int NODES_MAX = 32;
  private static final int REPLICAS = 3;
  private static final int REDIS_DOWN_MILLIS = 5_000;

  private final PrintStream out;
  private final PrintStream err;

  @Option(names = "--backend", paramLabel = "WHICH",
      description = "docker or netns (default: docker if an engine answers, else netns).")
  private String backend;

  @Option(names = "--target", paramLabel = "WHAT", defaultValue = "henge",
      description = "henge, redis (replicas and Sentinels) or redis-cluster (default: henge).")
  private String target;

  @Option(names = "--nodes", paramLabel = "N", defaultValue = "5", description = "How many hosts (default: 5).")
  private int nodes;

  @Option(names = "--nemesis", paramLabel = "FAULT", split = ",",
      description = "Faults to draw from: a list of those of henge chaos list, all (of Redis, and of a ring of"
          + " three hosts or less, without wipe, replace, join and leave), or none (default: all).")
  private List<String> nemesis = new ArrayList<>();

  @Option(names = "--script", paramLabel = "FILE", description = "Faults as they stand in a script, instead of by chance.")
  private Path script;

  @Option(names = "--minutes", paramLabel = "M",
      description = "How long it is broken, such as 0.5 (default: 3; with --script as long as the script).")
  private Double minutes;

  @Option(names = "--seed", paramLabel = "S", description = "What faults and clients are drawn by (default: any).")
  private Long seed;

  @Option(names = "--workload", paramLabel = "NAME", defaultValue = "all",
      description = "What clients do: a list of those of henge chaos list, or all (default: all).")
  private String workload;

  @Option(names = "--client", paramLabel = "KIND",
      description = "Their library: a list of those of henge chaos list (default: all that know such a target).")
  private String client;

  @Option(names = "--clients", paramLabel = "N", defaultValue = "20", description = "How many clients (default: 20).")
  private int clients;

  @Option(names = "--rate", paramLabel = "N", defaultValue = "200",
      description = "Commands that are due in a second, of all clients together (default: 200).")
  private int rate;

  @Option(names = "--policy", paramLabel = "P", defaultValue = "available",
      description = "Of Henge: available, unique-safe or strict (default: available).")
  private String policy;

  @Option(names = "--set", paramLabel = "NAME=VALUE", description = "Another setting of Henge's nodes; may be given often.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--heap", paramLabel = "SIZE", defaultValue = "256m", description = "Heap of a node of Henge (default: 256m).")
  private String heap;

  @Option(names = "--dir", paramLabel = "DIR",
      description = "Where history, script, logs and report go (default: a new one in chaos-runs).")
  private Path dir;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  private boolean help;

  RunCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws IOException {
    RunPlan plan = plan();
    boolean terminal = Display.isTerminal();
    if (!terminal) {
      out.println(plan.again());
    }
    Display display = new Display(out, terminal, plan.target().name() + ", " + nodes + " nodes, "
        + plan.backend().means() + ", seed " + plan.seed());
    ChaosRun.Outcome outcome;
    try (Interrupts interrupts = Interrupts.of(Thread.currentThread(), display::hasBegun,
        () -> err.println("henge chaos run: mending and judging; once more gives up"))) {
      outcome = ChaosRun.run(plan, display);
    } finally {
      display.end();
    }
    ChaosShell.print(out, outcome.record().findings());
    out.println("report: " + plan.dir().resolve(ChaosRun.REPORT));
    if (outcome.failure() != null && !outcome.failure().equals("interrupted")) {
      throw new Failure(ChaosShell.STATUS_IMPOSSIBLE, outcome.failure());
    }
    return outcome.record().holds() ? 0 : ChaosShell.STATUS_FOUND;
  }

  // ---------------------------------------------------------------- what is asked for

  private static Failure usage(String message) {
    return new Failure(ChaosShell.STATUS_USAGE, message);
  }

  private RunPlan plan() throws IOException {
    if (nodes < 1 || nodes > NODES_MAX || clients < 1 || rate < 1 || minutes != null && !(minutes > 0)) {
      throw usage("--nodes is 1 to " + NODES_MAX + ", --clients, --rate and --minutes are more than 0");
    }
    if (!List.of("available", "unique-safe", "strict").contains(policy)) {
      throw usage("--policy is available, unique-safe or strict, not " + policy);
    }
    List<Workload> workloads = named("--workload", () -> Workload.of(workload));
    List<ClientKind> kinds = named("--client", () -> client == null ? kinds() : ClientKind.of(client));
    long by = seed != null ? seed : System.currentTimeMillis() % 1_000_000;
    Schedule schedule = schedule(by, workloads);
    Target system = target(schedule.kinds().contains(Kind.JOIN));
    double lasts = minutes != null ? minutes * 60 : script != null ? ofScript(schedule) : MINUTES * 60;
    Backend where = backend();
    Path to = dir != null ? dir : Path.of("chaos-runs", LocalDateTime.now()
        .format(DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmmss")) + "-" + system.name() + "-" + by);
    return new RunPlan(where, system, nodes, Duration.ofMillis(Math.round(lasts * 1_000)), by, schedule, workloads, kinds,
        clients, rate, facts(schedule, where), again(by, where), to);
  }

  private static <T> T named(String option, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw usage(option + ": " + e.getMessage() + " (henge chaos list)");
    }
  }

  /** @param joins whether a host is to be beside the ring at first */
  private Target target(boolean joins) {
    return switch (target) {
      case "henge" -> {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("policy", policy);
        all.putAll(settings);
        yield new Henge(heap, all, List.of()).spares(joins ? 1 : 0);
      }
      case "redis" -> new RedisReplicated(REDIS_DOWN_MILLIS, 0);
      case "redis-cluster" -> new RedisCluster(REDIS_DOWN_MILLIS, 0);
      default -> throw usage("--target is henge, redis or redis-cluster, not " + target);
    };
  }

  private List<ClientKind> kinds() {
    return switch (target) {
      case "redis" -> ClientKind.of("jedis-sentinel");
      case "redis-cluster" -> ClientKind.of("jedis-cluster,lettuce-cluster");
      default -> ClientKind.of("all");
    };
  }

  private Backend backend() {
    if (backend == null) {
      Backend here = Backend.here();
      if (here == null) {
        throw new Failure(ChaosShell.STATUS_IMPOSSIBLE, "there can be no cluster here. docker: "
            + Backend.DOCKER.impossible() + ". netns: " + Backend.NETNS.impossible());
      }
      return here;
    }
    Backend asked = Stream.of(Backend.values()).filter(one -> one.name().toLowerCase(Locale.ROOT).equals(backend)).findFirst()
        .orElseThrow(() -> usage("--backend is docker or netns, not " + backend));
    String reason = asked.impossible();
    if (reason != null) {
      throw new Failure(ChaosShell.STATUS_IMPOSSIBLE, "no " + backend + " here: " + reason);
    }
    return asked;
  }

  private Schedule schedule(long by, List<Workload> workloads) throws IOException {
    if (script == null) {
      double lasts = (minutes != null ? minutes : MINUTES) * 60_000;
      List<String> keys = workloads.stream().limit(3).map(one -> one.letter() + "0.0").toList();
      return Drawn.schedule(by, nodes, (long) lasts, faults(), keys);
    }
    if (!nemesis.isEmpty()) {
      throw usage("--nemesis or --script, not both");
    }
    String text;
    try {
      text = Files.readString(script);
    } catch (IOException e) {
      throw usage("--script " + script + " cannot be read: " + e);
    }
    try {
      return Schedule.parse(text, nodes);
    } catch (ScriptException e) {
      throw usage(script + ", " + e.getMessage());
    }
  }

  private Set<Kind> faults() {
    if (nemesis.isEmpty() || nemesis.equals(List.of("all"))) {
      return target.equals("henge") && nodes > REPLICAS ? Kind.faults() : Kind.usual();
    }
    Set<Kind> kinds = new TreeSet<>();
    for (String word : nemesis.equals(List.of("none")) ? List.<String>of() : nemesis) {
      kinds.add(Kind.faults().stream().filter(kind -> kind.word().equals(word)).findFirst().orElseThrow(() ->
          usage("--nemesis: there is no fault " + word + "; there are " + Kind.faults().stream().map(Kind::word)
              .collect(Collectors.joining(", ")))));
    }
    return kinds;
  }

  private static double ofScript(Schedule schedule) {
    long end = 1_000;
    for (Step step : schedule.steps()) {
      end = Math.max(end, step.atMillis() + (step.forMillis() == Step.TO_THE_END ? TO_THE_END_MILLIS : step.forMillis()));
    }
    return end / 1e3 + 1;
  }

  private Map<String, String> facts(Schedule schedule, Backend where) {
    Map<String, String> facts = new LinkedHashMap<>();
    if (target.equals("henge")) {
      facts.put(HistoryFile.POLICY, policy);
      facts.put(HistoryFile.REPLICAS, settings.getOrDefault("replicas", Integer.toString(Math.min(3, nodes))));
      facts.put(HistoryFile.WRITE_QUORUM, settings.getOrDefault("write-quorum", "majority"));
    }
    facts.put("faults", script != null ? "by " + script.getFileName() : schedule.steps().isEmpty() ? "none"
        : "by chance: " + schedule.kinds().stream().map(Kind::word).collect(Collectors.joining(", ")));
    return facts;
  }

  /** All that matters said in full, so that defaults may change. */
  private String again(long by, Backend where) {
    StringBuilder words = new StringBuilder("./henge chaos run --backend ").append(where.name().toLowerCase(Locale.ROOT))
        .append(" --target ").append(target).append(" --nodes ").append(nodes);
    if (script != null) {
      words.append(" --script ").append(script);
    } else if (!nemesis.isEmpty()) {
      words.append(" --nemesis ").append(String.join(",", nemesis));
    }
    if (minutes != null || script == null) {
      words.append(" --minutes ").append(minutes == null ? MINUTES : minutes);
    }
    words.append(" --seed ").append(by).append(" --workload ").append(workload)
        .append(client == null ? "" : " --client " + client).append(" --clients ").append(clients).append(" --rate ")
        .append(rate);
    if (target.equals("henge")) {
      words.append(" --policy ").append(policy).append(" --heap ").append(heap);
      settings.forEach((name, value) -> words.append(" --set ").append(name).append('=').append(value));
    }
    return words.toString();
  }
}
