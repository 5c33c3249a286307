package dev.henge.node.cli;

import dev.henge.node.Main;
import dev.henge.node.NodeConfig;
import dev.henge.node.RunningNode;
import dev.henge.node.Seed;
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
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * A process that takes the launcher's commands and whose node speaks just enough RESP to be told up, ready and down.
 * The ring is whole when every seed accepts connections; a SET is a line in a file, and DBSIZE counts the lines.
 */
public final class FakeNode implements RunningNode {
    private final NodeConfig config;
    private final ServerSocket clients;
    private final ServerSocket internal;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private FakeNode(NodeConfig config) throws IOException {
        if (config.clusterName().equals("second-dies") && config.dir().endsWith("node-2")) {
            throw new IOException("this node was told to die");
        }
        this.config = config;
        InetAddress host = InetAddress.getByName(config.host());
        clients = new ServerSocket(config.port(), 50, host);
        internal = new ServerSocket(config.internalPort(), 50, host);
        Thread acceptor = new Thread(this::accept, "accept");
        acceptor.setDaemon(true);
        acceptor.start();
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
                client.getOutputStream().write(answer(words).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException gone) {
            stopped.getCount();
        }
    }

    private String answer(String[] words) throws IOException {
        Path data = config.dir().resolve("data");
        return switch (words[0].toUpperCase(Locale.ROOT)) {
            case "PING" -> "+PONG\r\n";
            case "CLUSTER" -> bulk("cluster_state:" + (seedsUp() == config.seeds().size() ? "ok" : "fail")
                    + "\r\ncluster_known_nodes:" + (seedsUp() + 1) + "\r\nhenge_ring_fingerprint:"
                    + config.clusterName() + "\r\n");
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

    private int seedsUp() {
        int up = 0;
        for (Seed seed : config.seeds()) {
            try (Socket probe = new Socket(seed.host(), seed.port())) {
                up += probe.isConnected() ? 1 : 0;
            } catch (IOException notYet) {
                up += 0;
            }
        }
        return up;
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
