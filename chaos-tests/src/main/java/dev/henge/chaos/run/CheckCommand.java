package dev.henge.chaos.run;

import dev.henge.chaos.report.Report;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code henge chaos check}: a history that was kept is judged once more. */
@Command(name = "check", sortOptions = false,
    description = "Judge the history of a run once more; it may be one that was killed.")
final class CheckCommand implements Callable<Integer> {

  private final PrintStream out;

  @Parameters(paramLabel = "FILE", description = "A history, or the directory of a run.")
  private Path file;

  @Option(names = "--report", paramLabel = "FILE", description = "Write the report too.")
  private Path report;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  private boolean help;

  CheckCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    Path history = Files.isDirectory(file) ? file.resolve(ChaosRun.HISTORY) : file;
    if (!Files.isReadable(history)) {
      throw new Failure(ChaosShell.STATUS_USAGE, "there is no " + history);
    }
    RunRecord record;
    try {
      record = ChaosRun.record(history);
    } catch (IOException e) {
      throw new Failure(ChaosShell.STATUS_USAGE, e.getMessage());
    }
    ChaosShell.print(out, record.findings());
    if (report != null) {
      Path from = report.toAbsolutePath().getParent();
      Files.writeString(report, Report.page(record, "",
          Map.of("every command, fault and second", from.relativize(history.toAbsolutePath()).toString())));
      out.println("report: " + report);
    }
    return record.holds() ? 0 : ChaosShell.STATUS_FOUND;
  }
}
