package dev.henge.node.bench;

import dev.henge.node.bench.Measurement.Load;
import dev.henge.node.bench.StringRequests.Reads;
import dev.henge.node.bench.Workload.Wait;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;

/**
 * The load that redis-benchmark cannot make: SETs with WAIT behind them, connections to three nodes at once, several
 * commands, keys that are not all alike. The same for both sides.
 *
 * <p>One thread and a selector, as redis-benchmark. Each connection sends a pipeline, waits for all its replies, and
 * sends the next. A WAIT does not count as a request.
 */
final class OwnLoad {
    private static final int READ_BYTES = 64 << 10;
    private static final int FILL_PIPELINE = 64;
    private static final long QUIET_MILLIS_MAX = 10_000;
    private static final double NANOS_A_SECOND = 1e9;
    private static final double NANOS_A_MILLI = 1e6;

    private final Contestant on;
    private final Wait wait;
    private final ByteBuffer input = ByteBuffer.allocateDirect(READ_BYTES);
    private final long[] nanos;
    private int begun;
    private int done;
    private int active;

    private OwnLoad(Contestant on, Wait wait, int pipelines) {
        this.on = on;
        this.wait = wait;
        this.nanos = new long[pipelines];
    }

    /** One connection and the pipeline that it waits for. */
    private final class Client {
        final SocketChannel channel;
        final RequestStream requests;
        final ReplyCounter counter = new ReplyCounter();
        final ByteBuffer output;
        long wanted;
        long sentNanos;

        Client(SocketChannel channel, RequestStream requests) {
            this.channel = channel;
            this.requests = requests;
            this.output = ByteBuffer.allocateDirect(requests.bytesMax());
        }

        void begin(SelectionKey key) throws IOException {
            output.clear();
            int replies = begun == nanos.length ? 0 : requests.put(output);
            if (replies == 0) {
                key.cancel();
                active--;
                return;
            }
            begun++;
            output.flip();
            wanted += replies;
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
    static Load run(Contestant on, Workload workload, int requests, int keys, long seed) throws IOException {
        SplittableRandom seeds = new SplittableRandom(seed);
        Wait wait = on.allFronts() ? Wait.NEVER : workload.waits();
        List<RequestStream> streams = new ArrayList<>();
        for (int client = 0; client < BenchPlan.CLIENTS; client++) {
            int node = client % on.frontPorts();
            streams.add(stream(on, workload, wait, keys, node, client, seeds.split()));
        }
        OwnLoad load = new OwnLoad(on, wait, Math.max(BenchPlan.CLIENTS, requests / workload.pipeline()));
        return load.figures(load.send(streams), workload.pipeline());
    }

    private static RequestStream stream(Contestant on, Workload workload, Wait wait, int keys, int node, int client,
            SplittableRandom chance) throws IOException {
        int pipeline = workload.pipeline();
        if (workload.command().equals(Workload.MIXED)) {
            return new MixedRequests(pipeline, keys, client, chance);
        }
        if (workload.command().equals(Workload.ZIPF)) {
            return new StringRequests(pipeline, Reads.HALF, wait, new Zipf(keys, chance), chance);
        }
        IntUnaryOperator here = workload.routing() == Workload.Routing.OWNER ? on.keysOf(node, keys)
                : IntUnaryOperator.identity();
        return new StringRequests(pipeline, workload.command().equals("get") ? Reads.ALL : Reads.NONE, wait,
                () -> here.applyAsInt(chance.nextInt(keys)), chance);
    }

    /** Writes every key once, each through the node that serves it. */
    static void fill(Contestant on, int keys) throws IOException {
        fill(on, keys, BenchPlan.VALUE_BYTES);
    }

    static void fill(Contestant on, int keys, int valueBytes) throws IOException {
        List<IntSupplier> keysOfNodes = new ArrayList<>();
        for (int node = 0; node < on.frontPorts(); node++) {
            keysOfNodes.add(inOrder(on.keysOf(node, keys), keys));
        }
        List<RequestStream> streams = new ArrayList<>();
        for (int client = 0; client < BenchPlan.CLIENTS; client++) {
            streams.add(new StringRequests(FILL_PIPELINE, Reads.NONE, Wait.NEVER,
                    keysOfNodes.get(client % keysOfNodes.size()), new SplittableRandom(client), valueBytes));
        }
        // Each connection may end with a pipeline that is not full.
        new OwnLoad(on, Wait.NEVER, keys / FILL_PIPELINE + BenchPlan.CLIENTS).send(streams);
    }

    /** All key numbers that the operator leaves as they are, one after the other, then the end. */
    static IntSupplier inOrder(IntUnaryOperator here, int keys) {
        int[] next = {0};
        return () -> {
            if (next[0] >= keys) {
                return StringRequests.NO_KEY;
            }
            int key = here.applyAsInt(next[0]);
            boolean wrapped = key < next[0];
            next[0] = wrapped ? keys : key + 1;
            return wrapped ? StringRequests.NO_KEY : key;
        };
    }

    /** Sends all streams, each on a connection of its own, to the fronts in turn; returns how long it took. */
    private long send(List<RequestStream> streams) throws IOException {
        List<Client> clients = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (RequestStream stream : streams) {
                clients.add(connect(stream, clients.size() % on.frontPorts()));
            }
            active = clients.size();
            long startNanos = System.nanoTime();
            for (Client client : clients) {
                client.begin(client.channel.register(selector, 0, client));
            }
            while (active > 0) {
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
            refuseErrors(clients);
            return wallNanos;
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

    private Client connect(RequestStream stream, int node) throws IOException {
        SocketChannel channel = SocketChannel.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), on.ports().get(node)));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        return new Client(channel, stream);
    }

    private void refuseErrors(List<Client> clients) {
        long unsafe = 0;
        for (Client client : clients) {
            if (!client.counter.error().isEmpty()) {
                throw new BenchException(on.name() + " answered " + client.counter.error());
            }
            unsafe += wait == Wait.NEVER ? 0 : client.counter.zeros();
        }
        if (unsafe > 0) {
            throw new BenchException(on.name() + " had no replica in time for " + unsafe + " WAITs");
        }
    }

    private Load figures(long wallNanos, int pipeline) {
        long[] sorted = Arrays.copyOf(nanos, done);
        Arrays.sort(sorted);
        return new Load(done * (double) pipeline / wallNanos * NANOS_A_SECOND, sorted[done / 2] / NANOS_A_MILLI,
                sorted[(int) (done * 0.99)] / NANOS_A_MILLI, sorted[(int) (done * 0.999)] / NANOS_A_MILLI,
                sorted[done - 1] / NANOS_A_MILLI);
    }
}
