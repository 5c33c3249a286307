package dev.henge.chaos.load;

import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.Second;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A file that has all that happened in a run, a line each: facts, commands, faults, seconds. */
public final class HistoryFile {

  /** Facts that the judge needs. */
  public static final String POLICY = "policy";
  public static final String TARGET = "target";
  public static final String NODES = "nodes";
  /** How many owners a key has; 3 where it is not said. */
  public static final String REPLICAS = "replicas";
  /** How many owners have a write before it is acknowledged; a majority where it is not said. */
  public static final String WRITE_QUORUM = "write-quorum";

  private HistoryFile() {}

  /**
   * What a file has.
   *
   * @param history times count from the run's beginning, as those of events do
   * @param complete whether the run was closed; else it was killed, and commands may be missing
   */
  public record Recorded(Map<String, String> facts, List<Event> events, List<Second> seconds, History history,
      boolean complete) {}

  /** Writes a file, as things happen; may be used by all threads. */
  public static final class Writer implements AutoCloseable {

    private Writer() {}

    /** When the run began, by {@link System#nanoTime}; all times given here are by that clock. */
    public long originNanos() {
      throw new UnsupportedOperationException();
    }

    public void op(Op op) {
      throw new UnsupportedOperationException();
    }

    /** A fault that begins (its end is {@link Long#MAX_VALUE}), and the same once more when it has ended. */
    public void event(Event event) {
      throw new UnsupportedOperationException();
    }

    public void second(Second second) {
      throw new UnsupportedOperationException();
    }

    public void fact(String name, String value) {
      throw new UnsupportedOperationException();
    }

    public void flush() throws IOException {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() throws IOException {}
  }

  /** Begins a file; one whose name ends in .gz is compressed. The run begins now. */
  public static Writer create(Path file, Map<String, String> facts) throws IOException {
    throw new UnsupportedOperationException();
  }

  public static Recorded read(Path file) throws IOException {
    throw new UnsupportedOperationException();
  }
}
