package dev.henge.chaos.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.Second;
import dev.henge.resp.codec.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was written is read again, also of a run that was killed. */
class HistoryFileTest {

  @TempDir
  private Path dir;

  private static Reply bulk(String text) {
    return new Reply.Bulk(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Op op(long origin, int client, long start, long end, Op.End how, Reply reply, String... words) {
    Op op = new Op(client, 0, List.of(words), origin + start, "n" + client % 3);
    op.end = how;
    op.endNanos = how == Op.End.IN_DOUBT ? Op.NEVER : origin + end;
    op.reply = reply;
    return op;
  }

  @ParameterizedTest
  @ValueSource(strings = {"history.txt", "history.gz"})
  void whatWasWrittenIsRead(String name) throws IOException {
    Path file = dir.resolve(name);
    Event cut;
    try (HistoryFile.Writer out = HistoryFile.create(file, Map.of("policy", "strict"))) {
      long origin = out.originNanos();
      out.fact("what it was", "two words \"and\" \\ quotes");
      cut = new Event(origin + 5, end(origin), "cut", "cut {0,1} from {2}", Set.of(0, 1));
      out.event(new Event(cut.startNanos(), Long.MAX_VALUE, cut.kind(), cut.what(), cut.nodes()));
      out.op(op(origin, 1, 1_500_000_000, 1_600_000_000, Op.End.DONE, bulk("a b=\n\u00ff"), "GETSET", "r 1", "="));
      out.op(op(origin, 2, 7, 9, Op.End.REFUSED, new Reply.Error("CLUSTERDOWN Hash slot not served"), "INCR", "c"));
      out.op(op(origin, 3, 3, 0, Op.End.IN_DOUBT, new Reply.Error("(no answer: timed out)"), "LPOP", ""));
      out.op(op(origin, 4, 4, 10, Op.End.DONE, new Reply.Array(List.of(bulk("x"), new Reply.Int(-5),
          new Reply.Null(false),
          new Reply.Array(List.of()), new Reply.Simple("OK"), bulk(""))), "MANY"));
      out.op(op(origin, 5, 20, 21, Op.End.DONE, new Reply.Null(false), "GET", "k"));
      out.event(cut);
      out.second(new Second(0, 2, 1, 1, 0.5, 1.25, 7, List.of(1L, 1L, 0L)));
    }
    HistoryFile.Recorded read = HistoryFile.read(file);
    assertTrue(read.complete());
    assertEquals(Map.of("policy", "strict", "what it was", "two words \"and\" \\ quotes"), read.facts());
    assertEquals(List.of(new Event(5, 1_000, "cut", "cut {0,1} from {2}", Set.of(0, 1))), read.events());
    assertEquals(List.of(new Second(0, 2, 1, 1, 0.5, 1.25, 7, List.of(1L, 1L, 0L))), read.seconds());
    List<Op> ops = read.history().all();
    assertEquals(List.of(3, 4, 2, 5, 1), ops.stream().map(op -> op.client).toList(),
        "in the order of their beginnings");
    Op swap = ops.get(4);
    assertEquals(List.of("GETSET", "r 1", "="), swap.args);
    assertEquals(bulk("a b=\n\u00ff"), swap.reply);
    assertEquals(1_500_000_000, swap.startNanos);
    assertEquals(1_600_000_000, swap.endNanos);
    assertEquals("n1", swap.node);
    assertEquals(Op.End.REFUSED, ops.get(2).end);
    assertEquals(new Reply.Error("CLUSTERDOWN Hash slot not served"), ops.get(2).reply);
    assertEquals(Op.End.IN_DOUBT, ops.get(0).end);
    assertEquals(Op.NEVER, ops.get(0).endNanos);
    assertEquals(List.of("LPOP", ""), ops.get(0).args);
    assertEquals(new Reply.Array(List.of(bulk("x"), new Reply.Int(-5), new Reply.Null(false),
        new Reply.Array(List.of()),
        new Reply.Simple("OK"), bulk(""))), ops.get(1).reply);
    assertEquals(new Reply.Null(false), ops.get(3).reply);
  }

  private static long end(long origin) {
    return origin + 1_000;
  }

  @ParameterizedTest
  @ValueSource(strings = {"history.txt", "history.gz"})
  void aRunThatWasKilledIsKnownAsSuch(String name) throws IOException {
    Path file = dir.resolve(name);
    byte[] flushed;
    try (HistoryFile.Writer out = HistoryFile.create(file, Map.of())) {
      for (int i = 0; i < 1_000; i++) {
        out.op(op(out.originNanos(), 1, i, i + 1, Op.End.DONE, new Reply.Int(i), "INCR", "c" + i * 7919));
      }
      out.flush();
      flushed = Files.readAllBytes(file);
    }
    assertTrue(HistoryFile.read(file).complete());
    Files.write(file, flushed);
    HistoryFile.Recorded whole = HistoryFile.read(file);
    assertFalse(whole.complete());
    assertEquals(1_000, whole.history().all().size());
    Files.write(file, Arrays.copyOf(flushed, flushed.length * 3 / 4));
    HistoryFile.Recorded part = HistoryFile.read(file);
    assertFalse(part.complete());
    assertTrue(part.history().all().size() > 500 && part.history().all().size() < 1_000);
  }

  @Test
  void whatIsNoHistoryIsRefused() throws IOException {
    Path file = dir.resolve("other");
    Files.writeString(file, "something else\n");
    assertThrows(IOException.class, () -> HistoryFile.read(file));
    Files.writeString(file, "henge-history 1\nop 1.000000000 rubbish\nend\n");
    assertThrows(IOException.class, () -> HistoryFile.read(file));
  }
}
