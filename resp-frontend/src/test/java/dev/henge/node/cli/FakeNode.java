package dev.henge.node.cli;

import dev.henge.node.Main;
import dev.henge.node.NodeConfig;
import dev.henge.node.RespClient;
import dev.henge.node.RunningNode;
import dev.henge.node.Seed;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.session.ServerBench;
import dev.henge.ring.transfer.RingPlan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;

/**
 * A process that takes the launcher's commands and whose node speaks just enough RESP to be told up, ready and down.
 * The ring is whole when every seed accepts connections; a SET is a line in a file, and DBSIZE counts the lines.
 */
public final class FakeNode implements RunningNode {
    private final NodeConfig config;
    private final ServerSocket clients;
    private final ServerSocket internal;
    /** Client ports of the nodes that have said that they are there. */
    private final Set<Integer> met = new ConcurrentSkipListSet<>();
    private final ServerBench ring = ServerBench.alone();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private FakeNode(NodeConfig config) throws IOException {
        if (config.clusterName().equals("second-dies") && config.dir().endsWith("node-2")) {
            throw new IOException("this node was told to die");
        }
        this.config = config;
        InetAddress host = InetAddress.getByName(config.host());
        clients = new ServerSocket(config.port(), 50, host);
        internal = new ServerSocket(config.internalPort(), 50, host);
        Files.writeString(config.dir().resolve("identity"), "id=" + id(config.port()) + "\n");
        Thread acceptor = new Thread(this::accept, "accept");
        acceptor.setDaemon(true);
        acceptor.start();
        meet();
    }

    /** One that joins says to all that it is there. */
    private void meet() {
        if (!config.joins() || config.clusterName().equals("nobody-is-met")) {
            return;
        }
        for (Seed seed : config.seeds()) {
            try (RespClient other = new RespClient(seed.host(), seed.port(), 5_000)) {
                other.call("MEET", Integer.toString(config.port()));
            } catch (IOException absent) {
                met.remove(seed.port());
            }
        }
    }

    static String id(int port) {
        return String.format("%040x", port);
    }

    public static void main(String[] words) {
        System.exit(Main.run(FakeNode.class, FakeNode::new, words));
    }

    private void accept() {
        while (!clients.isClosed()) {
            try {
                Socket client = clients.accept();
                Thread session = new Thread(() -> serve(client), "session");
                session.setDaemon(true);
                session.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client; BufferedReader in = new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
            for (String head = in.readLine(); head != null; head = in.readLine()) {
                String[] words = new String[Integer.parseInt(head.substring(1))];
                for (int i = 0; i < words.length; i++) {
                    in.readLine();
                    words[i] = in.readLine();
                }
                client.getOutputStream().write(words[0].equalsIgnoreCase("HENGE.CLUSTER") ? cluster(words)
                        : answer(words).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException gone) {
            stopped.getCount();
        }
    }

    private String answer(String[] words) throws IOException {
        Path data = config.dir().resolve("data");
        return switch (words[0].toUpperCase(Locale.ROOT)) {
            case "PING" -> {
                meet();
                yield "+PONG\r\n";
            }
            case "CLUSTER" -> bulk("cluster_state:" + (seedsUp() == config.seeds().size() ? "ok" : "fail")
                    + "\r\ncluster_known_nodes:" + known().size() + "\r\nhenge_vnodes_ready:7\r\nhenge_ring_fingerprint:"
                    + config.clusterName() + "\r\n");
            case "MEET" -> {
                met.add(Integer.valueOf(words[1]));
                yield "+OK\r\n";
            }
            case "CONFIG" -> "*2\r\n" + bulk("cluster-name") + bulk(config.clusterName());
            case "INFO" -> bulk("# Server\r\nuptime_in_seconds:75\r\nused_memory_human:1.5M\r\n");
            case "DBSIZE" -> ":" + (Files.exists(data) ? Files.readAllLines(data).size() : 0) + "\r\n";
            case "SET" -> {
                Files.writeString(data, words[1] + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                yield "+OK\r\n";
            }
            case "SHUTDOWN" -> {
                stopped.countDown();
                yield "";
            }
            default -> "-ERR unknown command\r\n";
        };
    }

    /** The operator's commands: nodes are those that are known, and a drain is done at once. */
    private synchronized byte[] cluster(String[] words) {
        if (words[1].equals("NODES")) {
            RespEncoder out = new RespEncoder();
            Set<Integer> known = known();
            out.array(known.size());
            known.forEach(port -> tell(port, out));
            return out.toByteArray();
        }
        ring.admin.drained |= words[1].equals("DRAIN");
        if (words[1].equals("JOIN")) {
            ring.admin.plan = new RingPlan(List.of("node " + words[2] + " joins"), List.of(), 7, 0, 0, 0, List.of());
        }
        return ring.bytes(Request.of(words));
    }

    private void tell(int port, RespEncoder out) {
        out.map(9);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", id(port));
        fields.put("host", config.host());
        fields.put("port", port);
        fields.put("gossip-port", port + 11_000);
        fields.put("standing", met.contains(port) || port == config.port() && config.joins() ? "waiting" : "up");
        fields.put("alive", 1);
        fields.put("owned", fields.get("standing").equals("up") ? 7 : 0);
        fields.put("due", fields.get("owned"));
        fields.put("myself", port == config.port() ? 1 : 0);
        fields.forEach((name, value) -> {
            out.bulk(name);
            if (value instanceof Integer number) {
                out.integer(number);
            } else {
                out.bulk(value.toString());
            }
        });
    }

    private Set<Integer> known() {
        Set<Integer> known = new TreeSet<>(Set.of(config.port()));
        config.seeds().stream().map(Seed::port).filter(this::isUp).forEach(known::add);
        met.stream().filter(this::isUp).forEach(known::add);
        return known;
    }

    private int seedsUp() {
        return (int) config.seeds().stream().filter(seed -> isUp(seed.port())).count();
    }

    private boolean isUp(int port) {
        try (Socket probe = new Socket(config.host(), port)) {
            return probe.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    @Override
    public void awaitStopped() throws InterruptedException {
        stopped.await();
    }

    @Override
    public void close() {
        try {
            clients.close();
            internal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        stopped.countDown();
    }
}
