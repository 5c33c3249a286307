package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.henge.resp.command.SocketConnection;
import dev.henge.resp.command.Transcript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every transcript, played against three processes through each of them: whom one asks makes no difference. */
class TranscriptsOnRingTest {

  private static final Path FOLDER = Path.of("..", "resp-frontend", "src", "test", "resources", "transcripts");

  private static RingProcesses ring;

  @BeforeAll
  static void start() {
    ring = RingProcesses.start("transcripts", RingProcesses.Plan.of(3));
  }

  @AfterAll
  static void stop() {
    if (ring != null) {
      ring.close();
    }
  }

  @TestFactory
  List<DynamicTest> playsEveryTranscriptThroughEveryNode() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
        for (int node = 0; node < ring.size(); node++) {
          int port = ring.port(node);
          tests.add(dynamicTest(file.getFileName() + " through node " + node, () -> {
            try (SocketConnection connection = new SocketConnection(RingProcesses.HOST, port)) {
              Transcript.play(file, connection);
            }
          }));
        }
      }
    }
    assertFalse(tests.isEmpty(), "no transcripts in " + FOLDER);
    return tests;
  }
}
