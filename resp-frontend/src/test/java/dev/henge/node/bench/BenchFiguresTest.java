package dev.henge.node.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.bench.Measurement.Load;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the benchmark reads, counts and prints. */
class BenchFiguresTest {
    private static final String SUMMARY = """
            SET: rps=0.0 (overall: 0.0) avg_msec=-nan (overall: -nan)\r====== SET ======
              3000 requests completed in 0.11 seconds

            Latency by percentile distribution:
            0.000% <= 0.183 milliseconds (cumulative count 1)
            50.000% <= 0.591 milliseconds (cumulative count 1518)
            99.805% <= 34.463 milliseconds (cumulative count 2996)
            99.902% <= 34.495 milliseconds (cumulative count 2998)
            100.000% <= 34.527 milliseconds (cumulative count 3000)

            Cumulative distribution of latencies:
            0.000% <= 0.103 milliseconds (cumulative count 0)
            100.000% <= 35.103 milliseconds (cumulative count 3000)

            Summary:
              throughput summary: 27027.03 requests per second
              latency summary (msec):
                      avg       min       p50       p95       p99       max
                    1.544     0.176     0.591     5.759    34.207    34.527
            """;
    private static final Workload SET = Workload.all().get(0);

    @Test
    void readsTheSummaryOfRedisBenchmark() {
        assertEquals(new Load(27027.03, 0.591, 34.207, 34.495, 34.527), RedisBenchmark.parse(SUMMARY));
        assertThrows(BenchException.class, () -> RedisBenchmark.parse("Could not connect\n"));
        assertThrows(BenchException.class, () -> RedisBenchmark.parse(SUMMARY.replace("p99", "p98")));
    }

    @Test
    void takesARunThatIsOverAtOnce() {
        Load load = RedisBenchmark.parse(SUMMARY.replace("27027.03", "inf"));
        assertEquals(Double.POSITIVE_INFINITY, load.perSecond());
    }

    @Test
    void takesTheNextStepWhereFewRequestsHaveNoTail() {
        assertEquals(34.527, RedisBenchmark.parse(SUMMARY.replace("99.902%", "99.899%")).p999Millis());
    }

    @Test
    void countsRepliesWhereverTheStreamIsCut() {
        byte[] stream = "+OK\r\n:1\r\n$5\r\na\r\nb:\r\n$-1\r\n:0\r\n-ERR no\r\n$0\r\n\r\n:10\r\n*2\r\n$1\r\na\r\n*1\r\n"
                .concat("$-1\r\n*0\r\n*-1\r\n*1\r\n:3\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        for (int cut = 0; cut <= stream.length; cut++) {
            ReplyCounter counter = new ReplyCounter();
            counter.feed(ByteBuffer.wrap(stream, 0, cut));
            assertEquals(12, counter.feed(ByteBuffer.wrap(stream, cut, stream.length - cut)), "cut at " + cut);
            assertEquals(1, counter.zeros());
            assertEquals("ERR no", counter.error());
        }
    }

    @Test
    void readsTimesOfProcessesWithAwkwardNames() {
        assertEquals("7", ProcessTimes.fieldsOf("42 (a) b (c) S 1 42 42 0 -1 0 0 0 0 0 7 8 9 10 20").get(11));
        assertEquals(2468, ProcessTimes.residentKb(List.of("Name:\tVmRSS", "VmHWM:\t 99 kB",
                "VmRSS:\t   2468 kB")));
        assertThrows(BenchException.class, () -> ProcessTimes.residentKb(List.of("Name:\tkthread")));
        assertEquals(1 + 2 + 3 + 6 + 7 + 8, ProcessTimes.busy("cpu  1 2 3 4 5 6 7 8 9 10"));
    }

    @Test
    void knowsCompilersByTheirThreads(@TempDir Path proc) throws IOException {
        thread(proc, 42, "henge-loop", 1000);
        thread(proc, 43, "C2 CompilerThre", 5);
        thread(proc, 44, "C1 CompilerThre", 60);
        thread(proc, 45, "(C2 Compiler", 700);
        Files.createDirectories(proc.resolve("42/task/46")); // has just ended
        assertEquals(2 * (5 + 60), new ProcessTimes(proc).ofCompilers(List.of(42L)));
    }

    private static void thread(Path proc, int id, String name, int ticks) throws IOException {
        Path of = Files.createDirectories(proc.resolve("42/task/" + id));
        Files.writeString(of.resolve("stat"), id + " (" + name + ") S 1 42 42 0 -1 0 0 0 0 0 " + ticks + " " + ticks
                + " 9 10 20");
    }

    @Test
    void showsMedians() {
        BenchReport report = new BenchReport();
        for (double perSecond : new double[] {100, 900, 300}) {
            report.add(SET, true, new Measurement(new Load(perSecond, 1, 2, 4, 5), 3, perSecond, 0.5));
            report.add(SET, false, new Measurement(new Load(perSecond / 2, 1, 2, 5, 6), 2, 70, 0.1));
        }
        assertEquals("set-p1 300 150 2.00 1.00 | 1.00 2.00 | 2.00 4.00 | 5.00 3.00 | 2.00 1.50 300 | 70 0.30",
                report.row(SET).replaceAll(" +", " "));
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        report.json(new PrintStream(json, true, StandardCharsets.UTF_8));
        assertTrue(json.toString(StandardCharsets.UTF_8).contains("\"workload\": \"set-p1\", \"rounds\": 3, \"henge\": "
                + "{\"perSecond\": 300,"), json.toString(StandardCharsets.UTF_8));
        Measurement even = BenchReport.medians(
                List.of(new Measurement(new Load(1, 0, 0, 0, 0), 0, 8, 0),
                        new Measurement(new Load(4, 0, 0, 0, 0), 0, 9, 0)));
        assertEquals(2.5, even.load().perSecond());
        assertEquals(9, even.memoryMb());
    }
}
