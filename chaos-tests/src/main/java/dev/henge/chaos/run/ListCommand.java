package dev.henge.chaos.run;

import dev.henge.chaos.load.ClientKind;
import dev.henge.chaos.load.Workload;
import dev.henge.chaos.nemesis.Kind;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge chaos list}: what there is to choose from. */
@Command(name = "list", description = "Show faults, workloads, clients, targets and backends.")
final class ListCommand implements Callable<Integer> {

  private final PrintStream out;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  private boolean help;

  ListCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    out.println("faults (--nemesis, and in a script; a line of it is: TIME FAULT [for TIME])");
    for (Kind kind : Kind.values()) {
      out.printf("  %-10s %s%n", kind.word(), kind.means());
      out.printf("  %-10s   %s%n", "", kind.syntax());
    }
    out.println("  HOSTS is 2, or 0,3, or all, or primary of KEY; TIME is 500ms, 8s, 2.5s or 1m30s; RATE is 50kB/s");
    out.println("workloads (--workload)");
    for (Workload workload : Workload.values()) {
      out.printf("  %-12s keys %s0, %s1, ...%n", workload.word(), workload.letter(), workload.letter());
    }
    out.println("clients (--client)");
    out.println("  " + Stream.of(ClientKind.values()).map(ClientKind::word).collect(Collectors.joining(", ")));
    out.println("targets (--target)");
    out.println("  henge, redis (replicas and Sentinels), redis-cluster");
    out.println("backends (--backend)");
    for (Backend backend : Backend.values()) {
      String reason = backend.impossible();
      out.printf("  %-10s %s%s%n", backend.name().toLowerCase(Locale.ROOT), backend.means(),
          reason == null ? "" : "; not here: " + reason);
    }
    return 0;
  }
}
