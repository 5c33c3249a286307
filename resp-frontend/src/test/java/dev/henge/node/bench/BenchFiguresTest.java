package dev.henge.node.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.bench.Measurement.Load;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the benchmark reads, counts and prints. */
class BenchFiguresTest {
    private static final String TABLE = "WARNING: no config\n"
            + "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50_latency_ms\",\"p95_latency_ms\","
            + "\"p99_latency_ms\",\"max_latency_ms\"\n"
            + "\"SET\",\"123456.78\",\"0.202\",\"0.064\",\"0.199\",\"0.271\",\"0.423\",\"1.455\"\n";
    private static final Workload SET = Workload.all().get(0);

    @Test
    void readsTheTableOfRedisBenchmark() {
        assertEquals(new Load(123456.78, 0.199, 0.423), RedisBenchmark.parse(TABLE));
        assertThrows(BenchException.class, () -> RedisBenchmark.parse("Could not connect\n"));
        assertThrows(BenchException.class, () -> RedisBenchmark.parse(TABLE.replace("p99", "p98")));
    }

    @Test
    void countsRepliesWhereverTheStreamIsCut() {
        byte[] stream = "+OK\r\n:1\r\n$5\r\na\r\nb:\r\n$-1\r\n:0\r\n-ERR no\r\n$0\r\n\r\n:10\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        for (int cut = 0; cut <= stream.length; cut++) {
            ReplyCounter counter = new ReplyCounter();
            counter.feed(ByteBuffer.wrap(stream, 0, cut));
            assertEquals(8, counter.feed(ByteBuffer.wrap(stream, cut, stream.length - cut)), "cut at " + cut);
            assertEquals(1, counter.zeros());
            assertEquals("ERR no", counter.error());
        }
    }

    @Test
    void readsTimesOfProcessesWithAwkwardNames() {
        assertEquals("7", ProcessTimes.fieldsOf("42 (a) b (c) S 1 42 42 0 -1 0 0 0 0 0 7 8 9 10 20").get(11));
        assertEquals(1 + 2 + 3 + 6 + 7 + 8, ProcessTimes.busy("cpu  1 2 3 4 5 6 7 8 9 10"));
    }

    @Test
    void showsMedians() {
        BenchReport report = new BenchReport();
        for (double perSecond : new double[] {100, 900, 300}) {
            report.add(SET, true, new Measurement(perSecond, 1, 2, 3, 0.5));
            report.add(SET, false, new Measurement(perSecond / 2, 1, 2, 3, 0.1));
        }
        assertEquals("set-p1 300 150 2.00 1.00 | 1.00 2.00 | 2.00 3.00 | 3.00 0.30",
                report.row(SET).replaceAll(" +", " "));
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        report.json(new PrintStream(json, true, StandardCharsets.UTF_8));
        assertTrue(json.toString(StandardCharsets.UTF_8).contains("\"workload\": \"set-p1\", \"rounds\": 3, \"henge\": "
                + "{\"perSecond\": 300,"), json.toString(StandardCharsets.UTF_8));
        Measurement even = BenchReport.medians(
                List.of(new Measurement(1, 0, 0, 0, 0), new Measurement(4, 0, 0, 0, 0)));
        assertEquals(2.5, even.perSecond());
    }
}
