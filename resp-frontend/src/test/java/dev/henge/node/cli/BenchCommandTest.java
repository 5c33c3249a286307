package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.Main;
import dev.henge.node.bench.Bench;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The benchmark as a command, with few requests, where redis-benchmark is installed. */
@Timeout(120)
class BenchCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        PrintStream output = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return Shell.run(new Context(output, errors, Map.of(), null, BenchCommandTest::node), words);
    }

    private static List<String> node(String heap) {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                "--add-opens", "java.base/java.util.concurrent.atomic=ALL-UNNAMED",
                "--add-opens", "java.base/java.util=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), Main.class.getName(), "node");
    }

    @Test
    void measuresOneNodeAndThree() {
        Assumptions.assumeTrue(Bench.installed("redis-benchmark") && Bench.installed("redis-server"),
                "redis-benchmark and redis-server are installed");
        assertEquals(0, run("bench", "--rounds", "1", "--requests", "2000", "--warm-up", "1", "--keys", "10000",
                "--only", "3-set-p16,incr-p16"), err::toString);
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(3, lines.size(), out::toString);
        assertTrue(lines.get(1).startsWith("incr-p16 "), out::toString);
        assertTrue(lines.get(2).startsWith("3-set-p16 "), out::toString);
    }

    @Test
    void measuresListsMixedTypesAndARedisCluster() {
        Assumptions.assumeTrue(Bench.installed("redis-benchmark") && Bench.installed("redis-server"),
                "redis-benchmark and redis-server are installed");
        assertEquals(0, run("bench", "--quick", "--rounds", "1", "--requests", "2000", "--warm-up", "1", "--keys",
                "10000", "--json", "--only", "rpop,lrange,mixed,3-get-cluster-p16"), err::toString);
        List<String> workloads = out.toString(StandardCharsets.UTF_8).lines()
                .filter(line -> line.contains("\"p999Millis\"") && !line.contains("\"memoryMb\": 0,"))
                .map(line -> line.split("\"")[3]).toList();
        assertEquals(List.of("rpop-p16", "lrange-p1", "mixed-p1", "3-get-cluster-p16"), workloads, out::toString);
    }

    @Test
    void saysWhatThereIsToMeasure() {
        Assumptions.assumeTrue(Bench.installed("redis-benchmark"), "redis-benchmark is installed");
        assertEquals(1, run("bench", "--only", "nothing-of-the-kind"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("there are set-p1, get-p1"), err::toString);
        assertEquals(2, run("bench", "--rounds", "0"));
    }
}
