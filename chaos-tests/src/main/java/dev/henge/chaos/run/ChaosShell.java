package dev.henge.chaos.run;

import dev.henge.node.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The commands of the harness: {@code henge chaos VERB}. */
@Command(name = "henge chaos", sortOptions = false,
    header = "Break a cluster of real servers from outside, and judge what its clients saw.",
    footer = {"", "Exit status: 0 all checkers are content, 1 something was found, 2 wrong usage, 3 the harness could not run.",
        "Each command explains itself: henge chaos run --help. A first run: henge chaos run --minutes 1"})
public final class ChaosShell implements Runnable {

  static final int STATUS_FOUND = 1;
  static final int STATUS_USAGE = 2;
  static final int STATUS_IMPOSSIBLE = 3;

  private static final String QUIET = "org.slf4j.simpleLogger.defaultLogLevel";

  @Spec
  private CommandSpec spec;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  private boolean help;

  private ChaosShell() {}

  /** Runs a command and ends the process with its status. */
  public static void main(String[] words) {
    if (System.getProperty(QUIET) == null) {
      System.setProperty(QUIET, "off");
    }
    System.exit(run(System.out, System.err, words));
  }

  /** Runs the command that the words name; returns the exit status. */
  static int run(PrintStream out, PrintStream err, String... words) {
    CommandLine shell = new CommandLine(new ChaosShell());
    shell.addSubcommand(new RunCommand(out, err));
    shell.addSubcommand(new CheckCommand(out));
    shell.addSubcommand(new ListCommand(out));
    shell.addSubcommand(new CleanCommand(out));
    shell.setOut(new PrintWriter(out, true));
    shell.setErr(new PrintWriter(err, true));
    shell.setUsageHelpAutoWidth(true);
    shell.setParameterExceptionHandler((wrong, arguments) -> usage(err, wrong));
    shell.setExecutionExceptionHandler((failure, command, parsed) -> failed(err, failure, command));
    return shell.execute(words);
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static int usage(PrintStream err, ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String message = wrong.getMessage().lines().findFirst().orElse("wrong usage");
    if (wrong instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      message = unmatched(command, unmatched.getUnmatched().get(0));
    }
    err.println(name + ": " + message + " (" + name + " --help)");
    return STATUS_USAGE;
  }

  private static String unmatched(CommandLine command, String word) {
    boolean flag = word.startsWith("-");
    List<String> known = new ArrayList<>();
    if (flag) {
      command.getCommandSpec().options().forEach(option -> known.add(option.longestName()));
    } else {
      known.addAll(command.getSubcommands().keySet());
    }
    String bare = word.replaceAll("=.*", "");
    String what = flag ? "unknown option " : known.isEmpty() ? "unexpected word " : "unknown command ";
    return what + bare + (known.isEmpty() ? "" : "; did you mean " + Settings.nearest(bare, known) + "?");
  }

  private static int failed(PrintStream err, Exception failure, CommandLine command) throws Exception {
    String name = command.getCommandSpec().qualifiedName();
    if (failure instanceof Failure known) {
      err.println(name + ": " + known.getMessage());
      return known.status();
    }
    if (failure instanceof IOException) {
      err.println(name + ": " + failure.getMessage());
      return STATUS_IMPOSSIBLE;
    }
    throw failure;
  }

  /** The findings, those that matter first in the eye: a line each. */
  static void print(PrintStream out, List<Finding> findings) {
    int width = findings.stream().mapToInt(finding -> finding.checker().length()).max().orElse(0);
    for (Finding finding : findings) {
      out.printf("%-6s  %-" + Math.max(1, width) + "s  %s%n", finding.holds() ? "holds" : "BROKEN", finding.checker(),
          finding.says().replace("\n", "\n" + " ".repeat(10 + width)));
    }
  }
}
