package dev.henge.node.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.bench.GrowReport.Change;
import dev.henge.node.bench.LoadSeconds.Stretch;
import dev.henge.node.bench.RingOperator.Look;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The figures of a ring that grows, and the load that does not wait; the whole is measured by hand. */
@Timeout(60)
class GrowBenchTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private static String text(GrowReport report, boolean json) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        if (json) {
            report.json(out);
        } else {
            report.text(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void commandsAreDueAtTheTicksOfAMillisecondAndAsManyAsAreAskedFor() {
        assertEquals(0, SteadyLoad.dueNanos(9, 10_000));
        assertEquals(MILLI, SteadyLoad.dueNanos(10, 10_000));
        assertEquals(3_600 * SECOND, SteadyLoad.dueNanos(36_000_000, 10_000));
        assertEquals(333 * MILLI, SteadyLoad.dueNanos(1, 3));
    }

    @Test
    void aStretchHasItsWorstSecondAndThePercentilesOfAll() {
        LoadSeconds load = new LoadSeconds(100);
        for (int i = 0; i < 300; i++) {
            long second = i < 200 ? i / 100 : 2;
            if (i < 280) {
                load.done(second * SECOND + i, (i + 1) * MILLI);
            }
        }
        load.failed(2 * SECOND, 20, "ERR no");
        load.failed(2 * SECOND, 1, "ERR again");
        assertEquals(new Stretch(3, 280, 21, 0.8, 141, 278, 280), load.stretch(0, 3));
        assertEquals(new Stretch(1, 100, 0, 1, 51, 100, 100), load.stretch(0, 1));
        assertEquals("ERR no", load.firstFailure());
        assertThrows(BenchException.class, () -> load.stretch(1, 4));
        assertThrows(BenchException.class, () -> load.stretch(1, 1));
        load.done(4 * SECOND, MILLI);
        assertEquals(0, load.stretch(0, 5).leastShare());
    }

    /** A look each half second, at what two nodes have taken. */
    private static List<Look> looks(long... bytes) {
        List<Look> looks = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            looks.add(new Look(7 * SECOND + i * SECOND / 2, i == bytes.length - 1, new long[] {3, bytes[i]}));
        }
        return looks;
    }

    @Test
    void theRateOfATakerIsFromTheFirstByteToTheLast() {
        long[] even = new long[22];
        for (int i = 0; i < even.length; i++) {
            even[i] = 1_000 + 500L * Math.max(0, Math.min(16, i - 3));
        }
        Taking taking = Taking.of(looks(even));
        assertEquals(new Taking(8_000, 8, 1_000, 1_000), taking);
        assertTrue(taking.obeys(1_000) && taking.obeys(1_095) && taking.obeys(915));
        assertFalse(taking.obeys(1_150) || taking.obeys(880));
        assertEquals(8_000, Taking.bytesOfAll(looks(even)));
        assertEquals(new Taking(0, 0, 0, 0), Taking.of(looks(5, 5, 5)));
        assertEquals(new Taking(10, 0.5, 20, 20), Taking.of(looks(5, 15, 15)));
    }

    @Test
    void aWindowThatIsTooFastIsDisobedienceThoughAllInAllTheRateIsKept() {
        long[] bytes = new long[41];
        for (int i = 1; i < bytes.length; i++) {
            bytes[i] = bytes[i - 1] + (i <= 10 ? 700 : i <= 30 ? 500 : 300);
        }
        Taking taking = Taking.of(looks(bytes));
        assertEquals(new Taking(20_000, 20, 1_400, 600), taking);
        assertFalse(taking.obeys(1_000));
    }

    @Test
    void theReportSaysWhatIsMissed() {
        LoadSeconds load = new LoadSeconds(10);
        for (int second = 0; second < 12; second++) {
            int done = second == 6 ? 8 : 10;
            for (int i = 0; i < done; i++) {
                load.done(second * SECOND, second == 5 ? 3 * MILLI : MILLI);
            }
        }
        GrowPlan plan = new GrowPlan(2, 10, 1_000, false, 3, 2);
        Change change = new Change("3 to 4 nodes", 0.5, 4.2, 5.1, 7.6, 10.3, 3 << 20, looks(0, 500, 1_000, 1_500));
        String missed = text(new GrowReport(plan, load, List.of(change), 0, 1), false);
        assertTrue(missed.contains("3 to 4 nodes: 0.0 MiB moved in 2.5 s, 0.0 MiB/s (the plan: 3.0 MiB)"), missed);
        assertTrue(missed.contains("MISSED  least second 0.80 of the rate of 10/s"), missed);
        assertTrue(missed.contains("MISSED  p99 during / before 3.00"), missed);
        assertTrue(missed.contains("ok      throttle 1000 B/s: the busiest taker took 1000 B/s, 1.00 of it"), missed);
        assertTrue(missed.contains("ok      failed commands: 0\n"), missed);
        assertTrue(missed.contains("ok      copies: all equal"), missed);
        assertTrue(missed.contains("MISSED  keys missing: 1 of 2048"), missed);
        String json = text(new GrowReport(plan, load, List.of(change), 0, 1), true);
        assertTrue(json.contains("\"during\": {\"seconds\": 3, \"done\": 28, \"failed\": 0, \"leastShare\": 0.800"), json);
        assertTrue(json.contains("\"before\": {\"seconds\": 3, \"done\": 30,"), json);
        assertTrue(json.contains("\"after\": {\"seconds\": 2, \"done\": 20,"), json);
    }

    @Test
    void plansAreChecked() {
        assertThrows(BenchException.class, () -> new GrowPlan(0, 10, 0, false, 1, 1));
        assertThrows(BenchException.class, () -> new GrowPlan(1, 0, 0, false, 1, 1));
    }

    /** Answers OK to every request, but holds its first answers back for a while, or hangs up once. */
    private static Thread server(ServerSocket socket, CountDownLatch release, boolean hangsUpOnce) {
        Thread thread = new Thread(() -> {
            boolean hangUp = hangsUpOnce;
            try {
                while (true) {
                    Socket client = socket.accept();
                    if (hangUp) {
                        hangUp = false;
                        client.getInputStream().read();
                        client.close();
                    } else {
                        new Thread(() -> answer(client, release)).start();
                    }
                }
            } catch (IOException closed) {
                // the test has ended
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void answer(Socket client, CountDownLatch release) {
        try (client) {
            byte[] bytes = new byte[1 << 16];
            for (int n; (n = client.getInputStream().read(bytes)) >= 0;) {
                release.await();
                int requests = 0;
                for (int i = 0; i < n; i++) {
                    requests += bytes[i] == '*' ? 1 : 0;
                }
                client.getOutputStream().write("+OK\r\n".repeat(requests).getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void until(SteadyLoad load, double seconds) {
        while (load.secondsNow() < seconds) {
            Thread.onSpinWait();
        }
    }

    @Test
    void whatAServerThatStandsStillKeepsWaitingCountsFromWhenItWasDue() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                SteadyLoad load = new SteadyLoad(List.of(socket.getLocalPort()), new GrowPlan(1, 1_000, 0, false, 1, 1),
                        1)) {
            server(socket, release, false);
            load.start();
            until(load, 0.6);
            release.countDown();
            until(load, 1.2);
            LoadSeconds seconds = load.stop();
            Stretch first = seconds.stretch(0, 1);
            assertEquals(0, first.failed());
            assertTrue(first.done() > 500, () -> "done " + first.done());
            assertTrue(first.longestMillis() >= 500, () -> first.toString());
            // Commands were due all the time, not one for each connection: a good half of them were slow.
            assertTrue(first.p50Millis() >= 30, () -> first.toString());
        }
    }

    @Test
    void whatAServerNeverAnswersHasFailedAndTheLoadGoesOn() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                SteadyLoad load = new SteadyLoad(List.of(socket.getLocalPort()), new GrowPlan(1, 1_000, 0, false, 1, 1),
                        1)) {
            server(socket, new CountDownLatch(0), true);
            load.start();
            until(load, 1.1);
            LoadSeconds seconds = load.stop();
            Stretch all = seconds.stretch(0, 1);
            assertTrue(all.failed() > 0 && all.failed() < 200, () -> all.toString());
            assertTrue(all.done() > 500, () -> all.toString());
            assertTrue(seconds.firstFailure().contains("closed a connection")
                    || seconds.firstFailure().contains("reset"), seconds::firstFailure);
        }
    }
}
