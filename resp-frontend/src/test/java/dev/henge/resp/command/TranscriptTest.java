package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plays every transcript against Henge's commands, and against a redis-server where there is one. With
 * {@code -Dhenge.transcripts=rewrite} the replies in the files are first replaced by the redis-server's.
 */
class TranscriptTest {

  private static final Path FOLDER = Path.of("src", "test", "resources", "transcripts");

  private static RedisServer redis;

  @TempDir
  Path temporary;

  @BeforeAll
  static void start() throws IOException {
    redis = RedisServer.start();
  }

  @AfterAll
  static void stop() {
    if (redis != null) {
      redis.close();
    }
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
  }

  @TestFactory
  List<DynamicTest> playsEveryTranscript() throws IOException {
    boolean rewrite = "rewrite".equals(System.getProperty("henge.transcripts"));
    if (rewrite && redis == null) {
      throw new AssertionError("there is no redis-server 7.0 to rewrite from");
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : files()) {
      if (redis != null) {
        tests.add(dynamicTest(file.getFileName() + " on redis", () -> {
          try (SocketConnection connection = redis.connect()) {
            if (rewrite) {
              Transcript.rewrite(file, connection);
            }
            Transcript.play(file, connection);
          }
        }));
      }
      tests.add(dynamicTest(file.getFileName() + " on henge", () -> Transcript.play(file, new BenchConnection())));
    }
    return tests;
  }

  // ---------------------------------------------------------------- the player itself

  /** Answers every command with the reply it was made with. */
  private record Parrot(Reply reply) implements Transcript.Connection {

    @Override
    public Reply call(Request request) {
      return reply;
    }

    @Override
    public void restart() {}

    @Override
    public void select(int db) {}

    @Override
    public void protocol(int version) {}

    @Override
    public void advance(long millis) {}
  }

  private static Reply bulk(String text) {
    return new Reply.Bulk(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static final Reply PAGE = new Reply.Array(
      List.of(bulk("0"), new Reply.Map(List.of(bulk("b"), new Reply.Int(2), bulk("a\"\u0000\n"), new Reply.Null(false)))));

  private Path file(String... lines) throws IOException {
    return Files.write(temporary.resolve("transcript.txt"), List.of(lines));
  }

  @Test
  void writesWhatItThenPlays() throws IOException {
    for (String directive : List.of("", "! sorted", "! sorted deep", "! pairs deep", "! shape", "! ignore")) {
      Path file = file("# a comment", directive, "> ANY", "< +not this");
      if (!directive.equals("! ignore")) {
        assertThrows(AssertionError.class, () -> Transcript.play(file, new Parrot(PAGE)), directive);
      }
      Transcript.rewrite(file, new Parrot(PAGE));
      Transcript.play(file, new Parrot(PAGE));
    }
  }

  /** However many replies differ, a rewritten file has all commands of the old one. */
  @Test
  void rewritesWholeFiles() throws IOException {
    String[] lines = new String[200];
    for (int i = 0; i < lines.length; i += 2) {
      lines[i] = "> ANY " + i;
      lines[i + 1] = "< +old";
    }
    Path file = file(lines);
    Transcript.rewrite(file, new Parrot(new Reply.Simple("new")));
    assertEquals(Stream.of(lines).map(line -> line.replace("old", "new")).toList(), Files.readAllLines(file));
  }

  @Test
  void quotesAndIndentsReplies() throws IOException {
    Path file = file("> ANY");
    Transcript.rewrite(file, new Parrot(PAGE));
    assertEquals(
        List.of("> ANY", "< *2", "<   $\"0\"", "<   %2", "<     $\"b\"", "<     :2", "<     $\"a\\\"\\x00\\n\"", "<     (nil)"),
        Files.readAllLines(file));
  }

  @Test
  void comparesInAnyOrderOnlyWhereTold() throws IOException {
    Reply ab = new Reply.Array(List.of(bulk("a"), bulk("1"), bulk("b"), bulk("2")));
    String[] swapped = {"> ANY", "< *4", "<   $\"b\"", "<   $\"2\"", "<   $\"a\"", "<   $\"1\""};
    String[] torn = {"> ANY", "< *4", "<   $\"b\"", "<   $\"1\"", "<   $\"a\"", "<   $\"2\""};
    assertThrows(AssertionError.class, () -> Transcript.play(file(swapped), new Parrot(ab)));
    Transcript.play(file(with("! sorted", swapped)), new Parrot(ab));
    Transcript.play(file(with("! sorted", torn)), new Parrot(ab));
    Transcript.play(file(with("! pairs", swapped)), new Parrot(ab));
    assertThrows(AssertionError.class, () -> Transcript.play(file(with("! pairs", torn)), new Parrot(ab)));
    Transcript.play(file(with("! shape", torn)), new Parrot(ab));
    assertThrows(AssertionError.class, () -> Transcript.play(file(with("! shape", "> ANY", "< *1", "<   $\"b\"")), new Parrot(ab)));
  }

  private static String[] with(String directive, String... lines) {
    return Stream.concat(Stream.of(directive), Stream.of(lines)).toArray(String[]::new);
  }

  @Test
  void tellsWhereAndHowReplyDiffers() throws IOException {
    Path file = file("# one", "> GET k", "< *2", "<   $\"a\"", "<   $\"x\"");
    AssertionError e = assertThrows(AssertionError.class,
        () -> Transcript.play(file, new Parrot(new Reply.Array(List.of(bulk("a"), bulk("b"))))));
    assertTrue(e.getMessage().endsWith(
        "transcript.txt:2: > GET k\n      *2\n        $\"a\"\n    -   $\"x\"\n    +   $\"b\""), e.getMessage());
  }

  @Test
  void readsArgumentsAsRedisCliDoes() {
    Request request = Transcript.parse("SET k \"a b\\x00\\\"\" '' 'it''s'".replace("''s'", "'"));
    assertEquals(5, request.argCount());
    assertArrayEquals(new byte[] {'a', ' ', 'b', 0, '"'}, request.copy(2));
    assertEquals("", request.string(3));
    assertEquals("it", request.string(4));
    assertThrows(IllegalArgumentException.class, () -> Transcript.parse("GET \"open"));
  }

  @Test
  void refusesLinesItDoesNotKnow() {
    assertThrows(IllegalArgumentException.class, () -> Transcript.play(file("GET k"), new Parrot(PAGE)));
    assertThrows(IllegalArgumentException.class, () -> Transcript.play(file("< +OK"), new Parrot(PAGE)));
    assertThrows(IllegalArgumentException.class, () -> Transcript.play(file("! backwards"), new Parrot(PAGE)));
  }
}
