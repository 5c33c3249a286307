package dev.henge.node.cli;

import dev.henge.node.RespClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code henge bench}: SETs and GETs from many connections, for a first impression. It shares the machine with what
 * it measures, as redis-benchmark does; a latency is that of a whole pipeline.
 */
@Command(name = "bench", sortOptions = false,
        description = "Load a server with SETs and then GETs, and show throughput and latency.")
final class BenchCommand implements Callable<Integer> {
    private static final double NANOS_A_MILLI = 1e6;
    private static final double NANOS_A_SECOND = 1e9;
    private static final int CLIENTS_MAX = 1_000;
    private static final int REPLY_TIMEOUT_MILLIS = 30_000;

    private final Context context;

    @Option(names = "--host", paramLabel = "HOST", defaultValue = "127.0.0.1",
            description = "Server (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "6379",
            description = "Its client port (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--clients", paramLabel = "N", defaultValue = "50",
            description = "Connections, each with a thread (default: ${DEFAULT-VALUE}).")
    private int clients;

    @Option(names = "--requests", paramLabel = "N", defaultValue = "200000",
            description = "Requests in all of each kind (default: ${DEFAULT-VALUE}).")
    private int requests;

    @Option(names = "--pipeline", paramLabel = "N", defaultValue = "1",
            description = "Requests sent at once (default: ${DEFAULT-VALUE}).")
    private int pipeline;

    @Option(names = "--keys", paramLabel = "N", defaultValue = "100000",
            description = "Different keys (default: ${DEFAULT-VALUE}).")
    private int keys;

    @Option(names = "--value-bytes", paramLabel = "N", defaultValue = "100",
            description = "Size of a value (default: ${DEFAULT-VALUE}).")
    private int valueBytes;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    BenchCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (clients < 1 || clients > CLIENTS_MAX || requests < 1 || pipeline < 1 || keys < 1 || valueBytes < 0) {
            throw new Failure(Shell.STATUS_USAGE, "clients are 1 to " + CLIENTS_MAX + ", other numbers at least 1");
        }
        context.out().printf(Locale.ROOT, "%-4s %12s %9s %9s %9s%n", "", "requests/s", "p50 ms", "p99 ms", "max ms");
        measure("SET");
        measure("GET");
        return 0;
    }

    private void measure(String verb) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            long startNanos = System.nanoTime();
            List<Future<long[]>> parts = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                int seed = client;
                parts.add(threads.submit(() -> load(verb, seed)));
            }
            long[] nanos = new long[0];
            for (Future<long[]> part : parts) {
                long[] more = part.get();
                int before = nanos.length;
                nanos = Arrays.copyOf(nanos, before + more.length);
                System.arraycopy(more, 0, nanos, before, more.length);
            }
            show(verb, nanos, System.nanoTime() - startNanos);
        } catch (ExecutionException e) {
            throw new Failure("the load on " + host + ":" + port + " stopped: " + e.getCause().getMessage());
        } finally {
            threads.shutdownNow();
        }
    }

    /** One connection's share of the load; returns the time that each pipeline took. */
    private long[] load(String verb, int seed) throws IOException {
        Random chance = new Random(seed);
        long[] nanos = new long[Math.max(1, requests / clients / pipeline)];
        String value = "x".repeat(valueBytes);
        try (RespClient client = new RespClient(host, port, REPLY_TIMEOUT_MILLIS)) {
            String password = context.environment().getOrDefault("HENGE_REQUIREPASS", "");
            if (!password.isEmpty()) {
                client.call("AUTH", password);
            }
            for (int turn = 0; turn < nanos.length; turn++) {
                ByteArrayOutputStream batch = new ByteArrayOutputStream();
                for (int i = 0; i < pipeline; i++) {
                    String key = String.format("key:%012d", chance.nextInt(keys));
                    batch.writeBytes(verb.equals("SET") ? RespClient.encode(verb, key, value)
                            : RespClient.encode(verb, key));
                }
                long startNanos = System.nanoTime();
                client.send(batch.toByteArray());
                for (int i = 0; i < pipeline; i++) {
                    client.read();
                }
                nanos[turn] = System.nanoTime() - startNanos;
            }
        }
        return nanos;
    }

    private void show(String verb, long[] nanos, long wallNanos) {
        Arrays.sort(nanos);
        context.out().printf(Locale.ROOT, "%-4s %12.0f %9.2f %9.2f %9.2f%n", verb,
                nanos.length * (double) pipeline / wallNanos * NANOS_A_SECOND,
                nanos[nanos.length / 2] / NANOS_A_MILLI, nanos[(int) (nanos.length * 0.99)] / NANOS_A_MILLI,
                nanos[nanos.length - 1] / NANOS_A_MILLI);
    }
}
