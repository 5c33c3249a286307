package dev.henge.node.cli;

import dev.henge.node.NodeConfig;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether a node's ports are free, and, on Linux, which process has a taken one. */
final class Ports {
    private static final String LISTENING = "0A";
    private static final int PORT_COLUMN = 1;
    private static final int STATE_COLUMN = 3;
    private static final int INODE_COLUMN = 9;

    private Ports() {
    }

    /** Refuses if one of the node's ports is taken. */
    static void refuseIfTaken(int node, NodeConfig config) {
        check(node, "port", config.host(), config.port(), false);
        check(node, "internal-port", config.host(), config.internalPort(), false);
        check(node, "gossip-port", config.host(), config.gossipPort(), true);
    }

    private static void check(int node, String setting, String host, int port, boolean alsoUdp) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw taken(node, setting, port, "TCP", e);
        }
        if (alsoUdp) {
            try (DatagramSocket probe = new DatagramSocket(new InetSocketAddress(host, port))) {
                probe.disconnect();
            } catch (SocketException e) {
                throw taken(node, setting, port, "UDP", e);
            }
        }
    }

    private static Failure taken(int node, String setting, int port, String protocol, IOException cause) {
        String who = protocol.equals("TCP") ? listener(port).map(name -> " by " + name).orElse("") : "";
        boolean inUse = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("in use");
        return new Failure(inUse
                ? setting + " " + port + " (" + protocol + ") of node " + node + " is taken" + who
                        + "; stop that, or give another --port"
                : setting + " " + port + " of node " + node + " cannot be listened on: " + cause.getMessage());
    }

    /** The process that listens on the TCP port, if it can be told. */
    static Optional<String> listener(int port) {
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            try {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] columns = line.trim().split("\\s+");
                    if (columns.length > INODE_COLUMN && columns[STATE_COLUMN].equals(LISTENING)
                            && columns[PORT_COLUMN].endsWith(String.format(":%04X", port))) {
                        return holder("socket:[" + columns[INODE_COLUMN] + "]");
                    }
                }
            } catch (IOException notLinux) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static Optional<String> holder(String socket) {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process, socket)) {
                    String name = Files.readString(process.resolve("comm")).trim();
                    return Optional.of("process " + process.getFileName() + " (" + name + ")");
                }
            }
        } catch (IOException gone) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    private static boolean holds(Path process, String socket) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.readSymbolicLink(descriptor).toString().equals(socket)) {
                    return true;
                }
            }
        } catch (IOException notOursOrGone) {
            return false;
        }
        return false;
    }
}
