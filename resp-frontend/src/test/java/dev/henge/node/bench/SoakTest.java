package dev.henge.node.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.Main;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The long measurements, for seconds. */
@Timeout(120)
class SoakTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private static List<String> node(String heap) {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx" + heap,
                "--add-opens", "java.base/java.util.concurrent.atomic=ALL-UNNAMED",
                "--add-opens", "java.base/java.util=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), Main.class.getName(), "node");
    }

    private long figure(String before) {
        Matcher matcher = Pattern.compile(before + "(\\d+)").matcher(bytes.toString(StandardCharsets.UTF_8));
        assertTrue(matcher.find(), bytes::toString);
        return Long.parseLong(matcher.group(1));
    }

    @Test
    void tellsTheLongestTurnUnderLoadAndTheCpuAtRest(@TempDir Path directory) throws Exception {
        ProcessTimes times = new ProcessTimes(Path.of("/proc"));
        Assumptions.assumeTrue(times.available(), "there is /proc");
        BenchPlan plan = new BenchPlan(1, 3_000, 1, 1_000, false, List.of(), "256m", 64, SoakTest::node);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        Soak soak = new Soak(new Servers(directory, plan), plan, times, nowhere);
        try (Contestant node = soak.node()) {
            soak.load(node, Duration.ofSeconds(1), out);
            assertTrue(figure("mixed load, 1 s: ") > 1_000, bytes::toString);
            assertTrue(figure("longest turn ") >= 0 && figure("resident ") > 10, bytes::toString);
            soak.rest(node, Duration.ofSeconds(1), 2, out);
            assertTrue(figure("each 1 s but the first: ") < 200, bytes::toString);
        }
    }
}
