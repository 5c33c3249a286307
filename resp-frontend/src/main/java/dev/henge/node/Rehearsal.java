package dev.henge.node;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A ring of two nodes that lives for some seconds on loopback and does a little of everything, for the virtual machine
 * to learn which classes a node loads: run with {@code -XX:ArchiveClassesAtExit}, it leaves an archive with which nodes
 * and commands need not read and check them again ({@code -XX:SharedArchiveFile}). What it prints is of no use.
 */
public final class Rehearsal {
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int REPLY_MILLIS_MAX = 10_000;
    private static final int PORTS_OF_A_NODE = 3;
    private static final int TRIES = 50;

    /** What is asked of the ring; what comes of it does not matter. */
    private static final List<String> COMMANDS = List.of("SET a 1", "GET a", "INCR a", "APPEND a 2", "EXPIRE a 100",
            "TTL a", "MSET b 1 c 2", "MGET a b c", "HSET h f 1 g 2", "HGETALL h", "SADD s x y", "SMEMBERS s",
            "ZADD z 1 x 2 y", "ZRANGE z 0 -1 WITHSCORES", "RPUSH l a b c", "LRANGE l 0 -1", "LPOP l", "DEL b c",
            "SCAN 0", "KEYS *", "INFO", "CLUSTER SLOTS", "CLUSTER NODES", "COMMAND COUNT",
            "CONFIG GET *", "CLIENT LIST", "DBSIZE", "HENGE.CLUSTER STATUS", "HELLO 2", "WAIT 1 10", "DEL a h s z l");

    private final Path directory;
    private final List<Integer> ports;

    private Rehearsal(Path directory, List<Integer> ports) {
        this.directory = directory;
        this.ports = ports;
    }

    /** @param words an empty directory, for what the nodes write */
    public static void main(String[] words) throws Exception {
        new Rehearsal(Path.of(words[0]), freePorts(2 * PORTS_OF_A_NODE)).play();
        System.exit(0);
    }

    private void play() throws Exception {
        try (Node one = Node.start(config(0)); Node two = Node.start(config(PORTS_OF_A_NODE))) {
            try (RespClient first = client(0); RespClient second = client(PORTS_OF_A_NODE)) {
                long deadline = System.nanoTime() + DEADLINE_NANOS;
                while (!ask(first, "SET a 0") || !ask(second, "SET a 0")) {
                    if (System.nanoTime() - deadline > 0) {
                        throw new IOException("no ring has formed");
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
                }
                for (String command : COMMANDS) {
                    ask(first, command);
                    ask(second, command);
                }
            }
            Main.run(Main.class, config -> two, "help");
            for (String verb : List.of("status", "plan")) {
                Main.run(Main.class, config -> two, verb, "--dir", directory.toString());
            }
        }
    }

    private NodeConfig config(int from) throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of("bootstrap-nodes", "2", "vnodes", "16", "tokens", "16",
                "memtable-bytes", "4mb", "cluster-name", "rehearsal"));
        settings.put("dir", directory.resolve("node-" + from).toString());
        settings.put("port", ports.get(from).toString());
        settings.put("internal-port", ports.get(from + 1).toString());
        settings.put("gossip-port", ports.get(from + 2).toString());
        int other = PORTS_OF_A_NODE - from;
        settings.put("seeds", "127.0.0.1:" + ports.get(other) + "@" + ports.get(other + 2));
        return NodeConfig.of(settings);
    }

    private RespClient client(int node) throws IOException {
        return new RespClient("127.0.0.1", ports.get(node), REPLY_MILLIS_MAX);
    }

    /** Whether the answer is no error. */
    private static boolean ask(RespClient client, String command) throws IOException {
        try {
            client.call(command.split(" "));
            return true;
        } catch (RespClient.ErrorReply refused) {
            return false;
        }
    }

    /** Ports that are free for TCP and UDP, as far as one can know. */
    private static List<Integer> freePorts(int count) throws IOException {
        List<Integer> free = new ArrayList<>();
        List<Closeable> held = new ArrayList<>();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try {
            for (int tries = 0; free.size() < count && tries < TRIES; tries++) {
                ServerSocket tcp = new ServerSocket(0, 1, loopback);
                held.add(tcp);
                try {
                    held.add(new DatagramSocket(new InetSocketAddress(loopback, tcp.getLocalPort())));
                    free.add(tcp.getLocalPort());
                } catch (SocketException taken) {
                    // free for TCP alone
                }
            }
        } finally {
            for (Closeable socket : held) {
                socket.close();
            }
        }
        if (free.size() < count) {
            throw new IOException("not enough free ports");
        }
        return free;
    }
}
