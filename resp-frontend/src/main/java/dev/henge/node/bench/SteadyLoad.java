package dev.henge.node.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * An open-loop load: so many commands a second are due, whether or not those before have been answered; half of them
 * SET and half GET keys that exist, spread over the nodes.
 *
 * <p>The time of a command counts from the moment it was due, not from when it could be sent: while a server stands
 * still, the commands that it keeps from being sent are slow, too. A load that waits for its replies would leave them
 * out, and show one slow command for each connection (Tene: "How NOT to Measure Latency", 2015).
 *
 * <p>Commands are due at the ticks of a millisecond, for that is what a selector can wait for.
 */
final class SteadyLoad implements AutoCloseable {
    private static final int CONNECTIONS_A_NODE = 8;
    /** Commands of a connection that wait for a reply; more have to wait here, and their time counts. */
    private static final int PENDING_MAX = 4_096;
    private static final int OUTPUT_BYTES = 512 << 10;
    private static final int INPUT_BYTES = 256 << 10;
    private static final long NANOS_A_SECOND = 1_000_000_000L;
    private static final long NANOS_A_MILLI = 1_000_000L;
    private static final long DRAIN_NANOS_MAX = 10 * NANOS_A_SECOND;

    private final int rate;
    private final int keys;
    private final SplittableRandom chance;
    private final RequestTemplate get = new RequestTemplate("GET", StringRequests.KEY);
    private final RequestTemplate set;
    private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES);
    private final List<Client> clients = new ArrayList<>();
    private final Selector selector = Selector.open();
    private final Thread thread = new Thread(this::run, "load");
    private final LoadSeconds seconds;
    private final long startNanos;
    private long due;
    private int next;
    private IOException failure;
    private volatile boolean stopped;

    /** One connection and when the commands were due that it waits for. */
    private final class Client {
        final int port;
        final long[] dueNanos = new long[PENDING_MAX];
        final ByteBuffer output = ByteBuffer.allocateDirect(OUTPUT_BYTES);
        SocketChannel channel;
        SelectionKey key;
        ReplyCounter counter;
        long sent;
        long answered;
        long failedBefore;

        Client(int port) throws IOException {
            this.port = port;
            connect();
        }

        void connect() throws IOException {
            counter = new ReplyCounter();
            sent = 0;
            answered = 0;
            output.clear();
            channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        boolean takes(RequestTemplate request) {
            return sent - answered < PENDING_MAX && output.remaining() >= request.bytes();
        }

        void add(RequestTemplate request, long nanos) {
            dueNanos[(int) (sent++ % PENDING_MAX)] = nanos;
            request.put(output);
        }

        void flush() throws IOException {
            output.flip();
            if (output.hasRemaining()) {
                channel.write(output);
            }
            key.interestOps(SelectionKey.OP_READ | (output.hasRemaining() ? SelectionKey.OP_WRITE : 0));
            output.compact();
        }

        void receive(long nowNanos) throws IOException {
            input.clear();
            if (channel.read(input) < 0) {
                throw new IOException("the node on port " + port + " closed a connection");
            }
            input.flip();
            for (long until = counter.feed(input); answered < until; answered++) {
                seconds.done(nowNanos - startNanos, nowNanos - dueNanos[(int) (answered % PENDING_MAX)]);
            }
            tellFailures(nowNanos);
        }

        /** An error, and a key that should be there and is not. */
        void tellFailures(long nowNanos) {
            long failed = counter.errors() + counter.nulls();
            if (failed > failedBefore) {
                seconds.failed(nowNanos - startNanos, failed - failedBefore,
                        counter.error().isEmpty() ? "a key was not there" : counter.error());
                failedBefore = failed;
            }
        }

        /** What waits for a reply has failed. A node that takes no new connection ends the load. */
        void lost(IOException cause, long nowNanos) throws IOException {
            seconds.failed(nowNanos - startNanos, Math.max(1, sent - answered), String.valueOf(cause.getMessage()));
            channel.close();
            failedBefore = 0;
            connect();
        }
    }

    /** Connects; nothing is sent before {@link #start}. */
    SteadyLoad(List<Integer> ports, GrowPlan plan, long seed) throws IOException {
        this.rate = plan.rate();
        this.keys = plan.keys();
        this.chance = new SplittableRandom(seed);
        this.set = new RequestTemplate("SET", StringRequests.KEY, StringRequests.value(GrowPlan.VALUE_BYTES));
        this.seconds = new LoadSeconds(rate);
        for (int i = 0; i < CONNECTIONS_A_NODE; i++) {
            for (int port : ports) {
                clients.add(new Client(port));
            }
        }
        this.startNanos = System.nanoTime();
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** The seconds that the load has lasted so far. */
    double secondsNow() {
        return (System.nanoTime() - startNanos) / (double) NANOS_A_SECOND;
    }

    boolean isRunning() {
        return thread.isAlive();
    }

    private void run() {
        try {
            while (!stopped) {
                addDue(System.nanoTime());
                turn();
            }
            long deadlineNanos = System.nanoTime() + DRAIN_NANOS_MAX;
            while (pending() > 0 && System.nanoTime() - deadlineNanos < 0) {
                turn();
            }
            if (pending() > 0) {
                seconds.failed(System.nanoTime() - startNanos, pending(), "no reply");
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    private long pending() {
        return clients.stream().mapToLong(client -> client.sent - client.answered).sum();
    }

    /** When the command of that number is due: at a tick. */
    static long dueNanos(long number, int rate) {
        return number * 1_000 / rate * NANOS_A_MILLI;
    }

    private void addDue(long nowNanos) throws IOException {
        boolean any = false;
        for (long at; (at = startNanos + dueNanos(due, rate)) - nowNanos <= 0; due++) {
            RequestTemplate request = (due & 1) == 0 ? set : get;
            Client client = free(request);
            if (client == null) {
                break;
            }
            request.set(0, chance.nextInt(keys));
            client.add(request, at);
            any = true;
        }
        for (int i = 0; any && i < clients.size(); i++) {
            Client client = clients.get(i);
            if (client.output.position() > 0) {
                guarded(client, client::flush);
            }
        }
    }

    /** The next connection that takes the request; null if none does. */
    private Client free(RequestTemplate request) {
        for (int n = 0; n < clients.size(); n++) {
            Client client = clients.get(next);
            next = (next + 1) % clients.size();
            if (client.takes(request)) {
                return client;
            }
        }
        return null;
    }

    private void turn() throws IOException {
        selector.select(1);
        for (SelectionKey key : selector.selectedKeys()) {
            Client client = (Client) key.attachment();
            if (key.isValid() && key.isReadable()) {
                guarded(client, () -> client.receive(System.nanoTime()));
            }
            if (key.isValid() && key.isWritable()) {
                guarded(client, client::flush);
            }
        }
        selector.selectedKeys().clear();
    }

    /** What a connection does. */
    private interface Step {
        void run() throws IOException;
    }

    private static void guarded(Client client, Step step) throws IOException {
        try {
            step.run();
        } catch (IOException e) {
            client.lost(e, System.nanoTime());
        }
    }

    /** Ends the load and returns what it saw. */
    LoadSeconds stop() throws IOException, InterruptedException {
        close();
        thread.join();
        if (failure != null) {
            throw failure;
        }
        return seconds;
    }

    @Override
    public void close() {
        stopped = true;
        selector.wakeup();
    }
}
