package dev.henge.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.check.Op;
import dev.henge.chaos.load.HistoryFile;
import dev.henge.chaos.load.Workload;
import dev.henge.chaos.nemesis.Kind;
import dev.henge.resp.codec.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands say and with which status they end, without a cluster. */
class ChaosShellTest {

  @TempDir
  private Path dir;

  private String said;

  private int run(String... words) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    int status = ChaosShell.run(both, both, words);
    said = bytes.toString(StandardCharsets.UTF_8);
    return status;
  }

  private void assertUsage(String what, String... words) {
    assertEquals(2, run(words), said);
    assertTrue(said.contains(what), said);
  }

  @Test
  void whatIsWrongIsSaidBeforeAnythingIsStarted() throws IOException {
    assertUsage("unknown option --sed; did you mean --seed?", "run", "--sed", "1");
    assertUsage("unknown command runn; did you mean run?", "runn");
    assertUsage("--target is henge, redis or redis-cluster, not mongo", "run", "--target", "mongo");
    assertUsage("--backend is docker or netns, not podman", "run", "--backend", "podman");
    assertUsage("--policy is available, unique-safe or strict, not lax", "run", "--policy", "lax");
    assertUsage("there is no fault meteor; there are cut, flap", "run", "--nemesis", "cut,meteor");
    assertUsage("--workload: no workload is called sorting", "run", "--workload", "sorting");
    assertUsage("--nodes is 1 to 32", "run", "--nodes", "0");
    assertUsage("are more than 0", "run", "--minutes", "0");
    assertUsage("cannot be read", "run", "--script", dir.resolve("none").toString());
    Path script = Files.writeString(dir.resolve("bad.chaos"), "1s cut halves for 2s\n2s kill 9 for 1s\n");
    assertUsage("bad.chaos, line 2, column 9: there is no host 9; there are 0 to 4", "run", "--script", script.toString());
    assertUsage("--nemesis or --script, not both", "run", "--script", script.toString(), "--nemesis", "cut");
    assertUsage("there is no", "check", dir.resolve("none").toString());
    assertUsage("is no history", "check", script.toString());
  }

  @Test
  void helpTellsAllCommandsAndTheStatuses() {
    assertEquals(0, run("--help"));
    for (String words : List.of("run", "check", "list", "clean", "1 something was found", "3 the harness could not run")) {
      assertTrue(said.contains(words), said);
    }
    assertEquals(0, run("run", "--help"));
    assertTrue(said.contains("--seed"), said);
  }

  @Test
  void allThereIsToChooseFromIsListed() {
    assertEquals(0, run("list"));
    for (Kind kind : Kind.values()) {
      assertTrue(said.contains("  " + kind.word() + " "), said);
    }
    for (Workload workload : Workload.values()) {
      assertTrue(said.contains("  " + workload.word() + " "), said);
    }
    assertTrue(said.contains("docker ") && said.contains("netns "), said);
  }

  // ---------------------------------------------------------------- check

  private static void op(HistoryFile.Writer history, int client, String node, Reply reply, String... words) {
    Op op = new Op(client, 0, List.of(words), System.nanoTime(), node);
    op.endNanos = System.nanoTime();
    op.end = Op.End.DONE;
    op.reply = reply;
    history.op(op);
  }

  private static Reply bulk(String text) {
    return new Reply.Bulk(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A register that was set once, and is read at the end. */
  private Path history(String name, Reply read, boolean closed, Map<String, String> facts) throws IOException {
    Path file = dir.resolve(name);
    HistoryFile.Writer history = HistoryFile.create(file, Map.of(HistoryFile.POLICY, "strict", ChaosRun.TITLE, "made up"));
    op(history, 1, "n0", new Reply.Simple("OK"), "SET", "r0.0", "v1");
    history.event(new Event(System.nanoTime(), Long.MAX_VALUE, "kill", "kill 1", Set.of(1)));
    op(history, 0, "n0", read, "GET", "r0.0");
    op(history, 0, "n1", read, "GET", "r0.0");
    facts.forEach(history::fact);
    if (closed) {
      history.close();
    } else {
      history.flush();
    }
    return file;
  }

  @Test
  void aGoodHistoryIsGoodOnceMoreAndItsReportIsWritten() throws IOException {
    Path file = history("good.txt", bulk("v1"), true, Map.of(Findings.UNSETTLED, ""));
    assertEquals(0, run("check", file.toString(), "--report", dir.resolve("good.html").toString()), said);
    assertTrue(said.contains("holds   register"), said);
    assertTrue(said.contains("holds   settles"), said);
    String page = Files.readString(dir.resolve("good.html"));
    assertTrue(page.contains("made up") && page.contains("good.txt") && page.contains("kill 1"), page);
  }

  @Test
  void whatIsWrongInAHistoryIsFoundOnceMore() throws IOException {
    assertEquals(1, run("check", history("lost.txt", bulk("v0"), true, Map.of()).toString()), said);
    assertTrue(said.contains("BROKEN  register"), said);
    assertEquals(1, run("check", history("killed.txt", bulk("v1"), false, Map.of()).toString()), said);
    assertTrue(said.contains("BROKEN  record"), said);
    assertEquals(1, run("check", history("unsettled.txt", bulk("v1"), true,
        Map.of(Findings.UNSETTLED, "host 2 lacks something")).toString()), said);
    assertTrue(said.contains("BROKEN  settles") && said.contains("host 2 lacks something"), said);
    assertEquals(1, run("check", history("ended.txt", bulk("v1"), true,
        Map.of(Findings.WRONG + 1, "host 2 has ended by itself")).toString()), said);
    assertTrue(said.contains("BROKEN  servers") && said.contains("host 2 has ended by itself"), said);
  }
}
