package dev.henge.chaos.load;

import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.Second;
import dev.henge.resp.codec.Reply;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A file that has all that happened in a run, a line each. Times are seconds from the run's beginning, by one
 * monotonic clock.
 *
 * <pre>
 * henge-history 1
 * fact policy strict
 * op 1.000201733 1.000912020 c3 n1 ok SET r1.0 v3.17 = +OK
 * op 1.000350117 1.001107210 c4 n2 refused INCR c0.0 = -"NOREPLICAS Not enough good replicas to write."
 * op 1.000401001 - c5 n0 doubt LPOP q2.0 = -"(timed out)"
 * event 12.000310021 - cut 0,1 "cut {0,1} from {2,3,4}"
 * second 12 204 3 1 1.204 3.912 7.003 40,41,39,44,40
 * end
 * </pre>
 *
 * <p>A command stands where it ended, with its client and the node that was asked ({@code -} where the client chose
 * by itself). An error between brackets is the client's, not a server's. An event stands where it begins, with no
 * end, and once more where it ends.
 */
public final class HistoryFile {

  /** Facts that the judge needs. */
  public static final String POLICY = "policy";
  public static final String TARGET = "target";
  public static final String NODES = "nodes";
  /** How many owners a key has; 3 where it is not said. */
  public static final String REPLICAS = "replicas";
  /** How many owners have a write before it is acknowledged; a majority where it is not said. */
  public static final String WRITE_QUORUM = "write-quorum";
  /** For how long a node may be without an answer; 10 where it is not said. */
  public static final String GAP_SECONDS_MAX = "gap-seconds-max";

  private static final String HEAD = "henge-history 1";
  private static final String END = "end";

  private HistoryFile() {}

  /**
   * What a file has.
   *
   * @param history times count from the run's beginning, as those of events do
   * @param complete whether the run was closed; else it was killed, and commands may be missing
   */
  public record Recorded(Map<String, String> facts, List<Event> events, List<Second> seconds, History history,
      boolean complete) {}

  // ---------------------------------------------------------------- writing

  /** Writes a file, as things happen; may be used by all threads. */
  public static final class Writer implements AutoCloseable {

    private final BufferedWriter out;
    private final long originNanos = System.nanoTime();
    private boolean closed;

    private Writer(BufferedWriter out) {
      this.out = out;
    }

    /** When the run began, by {@link System#nanoTime}; all times given here are by that clock. */
    public long originNanos() {
      return originNanos;
    }

    public void op(Op op) {
      StringBuilder line = new StringBuilder("op ");
      time(line, op.startNanos);
      time(line.append(' '), op.end == Op.End.IN_DOUBT ? Op.NEVER : op.endNanos);
      line.append(" c").append(op.client).append(' ').append(op.node).append(' ').append(word(op.end));
      op.args.forEach(arg -> Words.put(line.append(' '), arg));
      line.append(" =");
      if (op.reply != null) {
        Words.put(line.append(' '), op.reply);
      }
      put(line);
    }

    /** A fault that begins (its end is {@link Long#MAX_VALUE}), and the same once more when it has ended. */
    public void event(Event event) {
      StringBuilder line = new StringBuilder("event ");
      time(line, event.startNanos());
      time(line.append(' '), event.endNanos());
      Words.put(line.append(' '), event.kind());
      Words.put(line.append(' '), event.nodes().isEmpty() ? "-"
          : new TreeSet<>(event.nodes()).stream().map(Object::toString).collect(Collectors.joining(",")));
      Words.put(line.append(' '), event.what());
      put(line);
    }

    public void second(Second second) {
      put(new StringBuilder(String.format(Locale.ROOT, "second %d %d %d %d %.3f %.3f %.3f %s", second.at(), second.ok(),
          second.refused(), second.inDoubt(), second.p50Millis(), second.p99Millis(), second.maxMillis(),
          second.okOfNode().isEmpty() ? "-"
              : second.okOfNode().stream().map(Object::toString).collect(Collectors.joining(",")))));
    }

    /** The last one of a name counts. */
    public void fact(String name, String value) {
      StringBuilder line = new StringBuilder("fact ");
      Words.put(line, name);
      Words.put(line.append(' '), value);
      put(line);
    }

    private void time(StringBuilder line, long nanos) {
      if (nanos == Op.NEVER) {
        line.append('-');
      } else {
        long since = nanos - originNanos;
        line.append(since / 1_000_000_000).append('.');
        String rest = Long.toString(since % 1_000_000_000);
        line.append("0".repeat(9 - rest.length())).append(rest);
      }
    }

    private synchronized void put(StringBuilder line) {
      try {
        out.append(line.append('\n'));
      } catch (IOException e) {
        throw new UncheckedIOException("the history cannot be written", e);
      }
    }

    /** What was said so far outlives this process. */
    public synchronized void flush() throws IOException {
      if (!closed) {
        out.flush();
      }
    }

    @Override
    public synchronized void close() throws IOException {
      if (!closed) {
        closed = true;
        out.append(END).append('\n');
        out.close();
      }
    }
  }

  private static String word(Op.End end) {
    return switch (end) {
      case DONE -> "ok";
      case REFUSED -> "refused";
      case IN_DOUBT -> "doubt";
    };
  }

  /** Begins a file; one whose name ends in .gz is compressed. The run begins now. */
  public static Writer create(Path file, Map<String, String> facts) throws IOException {
    OutputStream bytes = Files.newOutputStream(file);
    if (file.toString().endsWith(".gz")) {
      bytes = new GZIPOutputStream(bytes, 1 << 16, true);
    }
    BufferedWriter out = new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.ISO_8859_1), 1 << 16);
    out.append(HEAD).append('\n');
    Writer writer = new Writer(out);
    facts.forEach(writer::fact);
    return writer;
  }

  // ---------------------------------------------------------------- reading

  public static Recorded read(Path file) throws IOException {
    Reading reading = new Reading();
    try (InputStream bytes = Files.newInputStream(file);
        BufferedReader in = new BufferedReader(new InputStreamReader(
            file.toString().endsWith(".gz") ? new UpToTheEnd(new GZIPInputStream(bytes, 1 << 16)) : bytes,
            StandardCharsets.ISO_8859_1))) {
      if (!HEAD.equals(in.readLine())) {
        throw new IOException(file + " is no history of this version");
      }
      int number = 1;
      try {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          number++;
          reading.line(line);
        }
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        if (in.readLine() != null) {
          throw new IOException(file + ", line " + number + " cannot be understood: " + e.getMessage(), e);
        }
        // the last line of a run that was killed
      }
    }
    return reading.recorded();
  }

  /** What a killed run had flushed, though the file has no proper end. */
  private static final class UpToTheEnd extends FilterInputStream {

    UpToTheEnd(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      try {
        return super.read(bytes, from, length);
      } catch (EOFException e) {
        return -1;
      }
    }
  }

  private static final class Reading {

    private final Map<String, String> facts = new LinkedHashMap<>();
    private final Map<List<Object>, Event> events = new LinkedHashMap<>();
    private final List<Second> seconds = new ArrayList<>();
    private final List<Op> ops = new ArrayList<>();
    private final Map<String, String> known = new HashMap<>();
    private boolean complete;

    /** One string for all that are the same. */
    private String one(String word) {
      String same = known.putIfAbsent(word, word);
      return same == null ? word : same;
    }

    void line(String line) {
      Words words = new Words(line);
      switch (words.word()) {
        case "op" -> op(words);
        case "fact" -> facts.put(words.word(), words.word());
        case "event" -> event(words);
        case "second" -> second(words);
        case END -> complete = true;
        default -> throw new IllegalArgumentException("what is this: " + line);
      }
    }

    private void op(Words words) {
      long start = nanos(words.word());
      long end = nanos(words.word());
      int client = Integer.parseInt(words.word().substring(1));
      String node = one(words.word());
      String ended = words.word();
      List<String> args = words.wordsUntil("=").stream().map(this::one).toList();
      Op op = new Op(client, 0, args, start, node);
      op.endNanos = end;
      op.end = switch (ended) {
        case "ok" -> Op.End.DONE;
        case "refused" -> Op.End.REFUSED;
        case "doubt" -> Op.End.IN_DOUBT;
        default -> throw new IllegalArgumentException("no end of a command: " + ended);
      };
      Reply reply = words.more() ? words.reply() : null;
      op.reply = reply instanceof Reply.Error error ? new Reply.Error(one(error.text())) : reply;
      ops.add(op);
    }

    private void event(Words words) {
      long start = nanos(words.word());
      long end = nanos(words.word());
      String kind = words.word();
      String nodes = words.word();
      Set<Integer> which = new TreeSet<>();
      if (!nodes.equals("-")) {
        for (String node : nodes.split(",")) {
          which.add(Integer.parseInt(node));
        }
      }
      Event event = new Event(start, end, kind, words.word(), which);
      events.put(List.of(start, kind, event.what()), event);
    }

    private void second(Words words) {
      int at = Integer.parseInt(words.word());
      long ok = Long.parseLong(words.word());
      long refused = Long.parseLong(words.word());
      long inDoubt = Long.parseLong(words.word());
      double p50 = Double.parseDouble(words.word());
      double p99 = Double.parseDouble(words.word());
      double max = Double.parseDouble(words.word());
      String nodes = words.word();
      List<Long> okOfNode = new ArrayList<>();
      for (String one : nodes.equals("-") ? new String[0] : nodes.split(",")) {
        okOfNode.add(Long.parseLong(one));
      }
      seconds.add(new Second(at, ok, refused, inDoubt, p50, p99, max, okOfNode));
    }

    private static long nanos(String seconds) {
      if (seconds.equals("-")) {
        return Op.NEVER;
      }
      int point = seconds.indexOf('.');
      return Long.parseLong(seconds.substring(0, point)) * 1_000_000_000 + Long.parseLong(seconds.substring(point + 1));
    }

    Recorded recorded() {
      ops.sort(Comparator.comparingLong(op -> op.startNanos));
      History history = new History();
      ops.forEach(history::add);
      return new Recorded(facts, List.copyOf(events.values()), seconds, history, complete);
    }
  }
}
