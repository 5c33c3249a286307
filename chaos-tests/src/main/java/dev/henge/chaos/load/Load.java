package dev.henge.chaos.load;

import dev.henge.chaos.run.Second;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Clients at work: commands come due at a rate, whatever becomes of those before, and all that happens is written down. */
public final class Load implements AutoCloseable {

  private Load() {}

  /**
   * What came of the commands so far.
   *
   * @param shed commands that were due and never sent, since no client was free for too long
   * @param errors how often each kind of refusal or doubt was met, by its first words
   */
  public record Totals(long ok, long refused, long inDoubt, long shed, Map<String, Long> errors) {}

  /** Connects clients and begins. What is asked and answered goes to the history, each second too. */
  public static Load start(LoadPlan plan, HistoryFile.Writer history) {
    throw new UnsupportedOperationException();
  }

  /** The seconds that are over, from the history's beginning. */
  public List<Second> seconds() {
    throw new UnsupportedOperationException();
  }

  public Totals totals() {
    throw new UnsupportedOperationException();
  }

  /** Asks nothing more, and waits for what is under way. */
  public void stop() {
    throw new UnsupportedOperationException();
  }

  /**
   * After {@link #stop}, when everything is mended: reads every key through every node until all nodes give the same
   * answers, or the time is over; what was read is in the history, and the judge says whether they agree.
   */
  public void readBack(Duration atMost) {
    throw new UnsupportedOperationException();
  }

  /** Ends all clients. */
  @Override
  public void close() {}
}
