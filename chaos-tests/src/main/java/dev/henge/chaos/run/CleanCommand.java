package dev.henge.chaos.run;

import dev.henge.chaos.cluster.Leftovers;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge chaos clean}: what runs that were killed have left of this machine goes. */
@Command(name = "clean", description = {
    "Remove what runs that were killed have left: namespaces, containers, networks, rules, mounts.",
    "Runs that go on are left alone, and so are reports. The next run does the same for itself."})
final class CleanCommand implements Callable<Integer> {

  private final PrintStream out;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  private boolean help;

  CleanCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    if (Backend.here() == null) {
      throw new Failure(ChaosShell.STATUS_IMPOSSIBLE, "nothing can have been left by this user here: "
          + Backend.NETNS.impossible());
    }
    int slots = Leftovers.remove();
    out.println("clean: " + slots + " of the places for clusters are free, and have nothing");
    return 0;
  }
}
