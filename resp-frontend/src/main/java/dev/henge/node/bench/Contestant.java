package dev.henge.node.bench;

import dev.henge.node.RespClient;
import dev.henge.ring.placement.HashSlot;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;

/**
 * The processes of one side, while they run.
 *
 * @param ports     client ports, the one that takes writes first
 * @param allFronts whether clients use every port; else only the first, and others are replicas
 */
record Contestant(String name, List<Integer> ports, List<Process> processes, boolean allFronts) implements Closeable {
    private static final long STOP_SECONDS_MAX = 30;
    private static final int REPLY_TIMEOUT_MILLIS = 5_000;
    private static final int PREFIX_BYTES = 4;

    List<Long> pids() {
        return processes.stream().map(Process::pid).toList();
    }

    /** How many of the ports clients use: a Redis replica takes no writes, and its reads may be old. */
    int frontPorts() {
        return allFronts ? ports.size() : 1;
    }

    /**
     * Moves a key's number on to the next whose key the node serves by CLUSTER SLOTS; for a Redis master, to itself.
     */
    IntUnaryOperator keysOf(int node, int keys) throws IOException {
        if (!allFronts) {
            return IntUnaryOperator.identity();
        }
        boolean[] here = slotsOf(ports.get(node));
        byte[] key = "key:000000000000".getBytes(StandardCharsets.US_ASCII);
        return from -> {
            int number = from;
            while (true) {
                int rest = number;
                for (int at = BenchPlan.KEY_BYTES - 1; at >= PREFIX_BYTES; at--) {
                    key[at] = (byte) ('0' + rest % 10);
                    rest /= 10;
                }
                if (here[HashSlot.of(key)]) {
                    return number;
                }
                number = (number + 1) % keys;
            }
        };
    }

    private boolean[] slotsOf(int port) throws IOException {
        boolean[] here = new boolean[HashSlot.COUNT];
        boolean any = false;
        try (RespClient client = new RespClient("127.0.0.1", port, REPLY_TIMEOUT_MILLIS)) {
            for (Object entry : (List<?>) client.call("CLUSTER", "SLOTS")) {
                List<?> range = (List<?>) entry;
                long served = (Long) ((List<?>) range.get(2)).get(1);
                for (long slot = (Long) range.get(0); slot <= (Long) range.get(1) && served == port; slot++) {
                    here[(int) slot] = true;
                    any = true;
                }
            }
        }
        if (!any) {
            throw new BenchException(name + " serves no slot on port " + port);
        }
        return here;
    }

    /** Asks the processes to end, and kills one that does not. */
    @Override
    public void close() {
        processes.forEach(Process::destroy);
        for (Process process : processes) {
            try {
                if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
