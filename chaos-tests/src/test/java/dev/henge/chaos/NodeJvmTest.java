package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeJvmTest {

  @TempDir
  Path temp;

  @Test
  void classesComeFromTheArchiveThatARehearsalHasMade() throws Exception {
    Path loaded = temp.resolve("loaded");
    List<String> command = NodeJvm.command("64m", List.of("-Xlog:class+load:file=" + loaded), NodeJvm.MAIN);
    assumeTrue(command.get(command.indexOf("-cp") + 1).endsWith(".jar"), "the node is not packaged");
    command.add("version");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), said);
    List<String> own = Files.readAllLines(loaded).stream()
        .filter(line -> line.contains("dev.henge.") && !line.contains("$$")).toList();
    long shared = own.stream().filter(line -> line.contains("shared objects file (top)")).count();
    assertTrue(shared > 10 && shared > own.size() * 9 / 10, shared + " of " + own.size() + " classes are of the archive");
  }
}
