package dev.henge.node.bench;

import dev.henge.node.bench.Measurement.Load;
import dev.henge.node.bench.Workload.Wait;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;

/**
 * The load that redis-benchmark cannot make: SETs with WAIT behind them, and connections to three nodes at once. The same for both sides.
 *
 * <p>One thread and a selector, as redis-benchmark. Each connection sends a pipeline, waits for all its replies, and sends the next. Only
 * SETs and GETs count as requests, a WAIT does not.
 */
final class QuorumLoad {
    private static final int READ_BYTES = 64 << 10;
    private static final long QUIET_MILLIS_MAX = 10_000;
    private static final double NANOS_A_SECOND = 1e9;
    private static final double NANOS_A_MILLI = 1e6;
    private static final byte[] WAIT = "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$4\r\n1000\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Workload workload;
    private final Wait wait;
    private final byte[] command;
    private final int keyAt;
    private final int repliesAPipeline;
    private final SplittableRandom chance;
    private final ByteBuffer input = ByteBuffer.allocateDirect(READ_BYTES);
    private final long[] nanos;
    private int begun;
    private int done;

    private QuorumLoad(Workload workload, Wait wait, int requests, long seed) {
        this.workload = workload;
        this.wait = wait;
        this.chance = new SplittableRandom(seed);
        this.nanos = new long[Math.max(BenchPlan.CLIENTS, requests / workload.pipeline())];
        String head = "*" + (workload.command().equals("set") ? 3 : 2) + "\r\n$3\r\n"
                + workload.command().toUpperCase(java.util.Locale.ROOT) + "\r\n$16\r\nkey:";
        String tail = workload.command().equals("set")
                ? "\r\n$" + BenchPlan.VALUE_BYTES + "\r\n" + "x".repeat(BenchPlan.VALUE_BYTES) + "\r\n" : "\r\n";
        this.command = (head + "000000000000" + tail).getBytes(StandardCharsets.US_ASCII);
        this.keyAt = head.length();
        this.repliesAPipeline = workload.pipeline()
                + (wait == Wait.NEVER ? 0 : wait == Wait.A_SET ? workload.pipeline() : 1);
    }

    /** One connection and the pipeline that it waits for. */
    private final class Client {
        final SocketChannel channel;
        final IntUnaryOperator keys;
        final ReplyCounter counter = new ReplyCounter();
        final ByteBuffer output;
        long wanted;
        long sentNanos;

        Client(SocketChannel channel, IntUnaryOperator keys) {
            this.channel = channel;
            this.keys = keys;
            this.output = ByteBuffer.allocateDirect(workload.pipeline() * (command.length + WAIT.length));
        }

        void begin(SelectionKey key) throws IOException {
            if (begun == nanos.length) {
                key.cancel();
                return;
            }
            begun++;
            output.clear();
            for (int i = 0; i < workload.pipeline(); i++) {
                int number = keys.applyAsInt(chance.nextInt(BenchPlan.KEYS));
                for (int at = keyAt + 11; at > keyAt; at--) {
                    command[at] = (byte) ('0' + number % 10);
                    number /= 10;
                }
                output.put(command);
                if (wait == Wait.A_SET || wait == Wait.A_PIPELINE && i + 1 == workload.pipeline()) {
                    output.put(WAIT);
                }
            }
            output.flip();
            wanted += repliesAPipeline;
            sentNanos = System.nanoTime();
            send(key);
        }

        void send(SelectionKey key) throws IOException {
            channel.write(output);
            key.interestOps(SelectionKey.OP_READ | (output.hasRemaining() ? SelectionKey.OP_WRITE : 0));
        }

        void receive(SelectionKey key) throws IOException {
            input.clear();
            if (channel.read(input) < 0) {
                throw new IOException("the server closed a connection");
            }
            input.flip();
            if (counter.feed(input) == wanted) {
                nanos[done++] = System.nanoTime() - sentNanos;
                begin(key);
            }
        }
    }

    /** Loads a side until the requests have been answered. */
    static Load run(Contestant on, Workload workload, int requests, long seed) throws IOException {
        return new QuorumLoad(workload, on.replicates() ? Wait.NEVER : workload.waits(), requests, seed).load(on);
    }

    private Load load(Contestant on) throws IOException {
        List<Client> clients = new java.util.ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < BenchPlan.CLIENTS; i++) {
                clients.add(connect(on, i % on.frontPorts()));
            }
            long startNanos = System.nanoTime();
            for (Client client : clients) {
                client.begin(client.channel.register(selector, 0, client));
            }
            while (done < nanos.length) {
                int before = done;
                if (selector.select(QUIET_MILLIS_MAX) == 0 && done == before) {
                    throw new BenchException(on.name() + " has not answered for " + QUIET_MILLIS_MAX + " ms");
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    turn(key);
                }
                selector.selectedKeys().clear();
            }
            long wallNanos = System.nanoTime() - startNanos;
            refuseErrors(on, clients);
            return figures(wallNanos);
        } finally {
            for (Client client : clients) {
                client.channel.close();
            }
        }
    }

    private static void turn(SelectionKey key) throws IOException {
        Client client = (Client) key.attachment();
        if (key.isWritable()) {
            client.send(key);
        }
        if (key.isValid() && key.isReadable()) {
            client.receive(key);
        }
    }

    private Client connect(Contestant on, int node) throws IOException {
        SocketChannel channel = SocketChannel.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), on.ports().get(node)));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        return new Client(channel, workload.routing() == Workload.Routing.OWNER ? on.keysOf(node)
                : IntUnaryOperator.identity());
    }

    private static void refuseErrors(Contestant on, List<Client> clients) {
        long unsafe = 0;
        for (Client client : clients) {
            if (!client.counter.error().isEmpty()) {
                throw new BenchException(on.name() + " answered " + client.counter.error());
            }
            unsafe += client.counter.zeros();
        }
        if (unsafe > 0) {
            throw new BenchException(on.name() + " had no replica in time for " + unsafe + " WAITs");
        }
    }

    private Load figures(long wallNanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Load(nanos.length * (double) workload.pipeline() / wallNanos * NANOS_A_SECOND,
                sorted[sorted.length / 2] / NANOS_A_MILLI, sorted[(int) (sorted.length * 0.99)] / NANOS_A_MILLI);
    }
}
