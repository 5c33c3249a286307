package dev.henge.node.bench;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Starts the servers of both sides on free ports of the loopback interface, each with a directory of its own and a log a second. */
final class Servers {
    static final String REDIS = "redis-server";
    private static final int PORT_FLOOR = 12_000;
    private static final int PORT_CEILING = 20_000;
    private static final int ATTEMPTS_MAX = 200;
    private static final int[] HENGE_OFFSETS = {0, 10_000, 11_000};
    private static final int READY_SECONDS_MAX = 90;
    private static final long LOOK_MILLIS = 100;
    private static final int READY_KEYS = 200;
    private static final int REPLY_TIMEOUT_MILLIS = 2_000;

    private final Path directory;
    private final BenchPlan plan;

    Servers(Path directory, BenchPlan plan) {
        this.directory = directory;
        this.plan = plan;
    }

    Contestant henge(int nodes) throws IOException, InterruptedException {
        List<Integer> ports = freePorts(nodes, HENGE_OFFSETS);
        String all = ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        List<List<String>> commands = new ArrayList<>();
        for (int port : ports) {
            List<String> command = new ArrayList<>(plan.nodeCommand());
            command.addAll(List.of("--port", Integer.toString(port), "--dir", make("henge-" + port).toString(),
                    "--log-sync", "everysec"));
            if (nodes > 1) {
                String others = all.replace("127.0.0.1:" + port, "").replace(",,", ",").replaceAll("^,|,$", "");
                command.addAll(List.of("--seeds", others, "--bootstrap-nodes", Integer.toString(nodes),
                        "--replicas", Integer.toString(nodes), "--write-quorum", "2"));
            }
            commands.add(command);
        }
        return start("Henge", ports, commands, true);
    }

    Contestant redis(int replicas) throws IOException, InterruptedException {
        List<Integer> ports = freePorts(replicas + 1, 0);
        List<List<String>> commands = new ArrayList<>();
        for (int port : ports) {
            List<String> command = new ArrayList<>(List.of(REDIS, "--port", Integer.toString(port),
                    "--bind", "127.0.0.1", "--dir", make("redis-" + port).toString(), "--save", "",
                    "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"));
            if (port != ports.get(0)) {
                command.addAll(List.of("--replicaof", "127.0.0.1 " + ports.get(0)));
            }
            commands.add(command);
        }
        return start("Redis", ports, commands, false);
    }

    private Path make(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    private Contestant start(String name, List<Integer> ports, List<List<String>> commands, boolean replicates)
            throws IOException, InterruptedException {
        List<Process> processes = new ArrayList<>();
        Contestant started = new Contestant(name, ports, processes, replicates);
        boolean ready = false;
        try {
            for (int i = 0; i < commands.size(); i++) {
                ProcessBuilder builder = new ProcessBuilder(commands.get(i)).redirectErrorStream(true)
                        .redirectOutput(directory.resolve(name + "-" + ports.get(i) + ".log").toFile());
                builder.environment().put("HENGE_HEAP", plan.heap());
                builder.environment().keySet().removeIf(variable -> variable.equals("HENGE_REQUIREPASS"));
                processes.add(builder.start());
            }
            for (int port : started.ports()) {
                await(started, port, () -> replicates ? serves(port) : replicated(ports, port));
            }
            ready = true;
            return started;
        } finally {
            if (!ready) {
                started.close();
            }
        }
    }

    private void await(Contestant contestant, int port, BooleanSupplier ready) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + READY_SECONDS_MAX * 1_000_000_000L;
        while (!ready.getAsBoolean()) {
            boolean dead = contestant.processes().stream().anyMatch(process -> !process.isAlive());
            if (dead || System.nanoTime() > deadlineNanos) {
                throw new BenchException(contestant.name() + " on port " + port
                        + (dead ? " died at its start: " : " was not ready in " + READY_SECONDS_MAX + " s: ")
                        + lastLine(directory.resolve(contestant.name() + "-" + port + ".log")));
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private static String lastLine(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1);
        } catch (IOException e) {
            return "its log cannot be read";
        }
    }

    /** Whether writes to keys of many vnodes succeed through the port. */
    private static boolean serves(int port) {
        try (RespClient client = new RespClient("127.0.0.1", port, REPLY_TIMEOUT_MILLIS)) {
            for (int i = 0; i < READY_KEYS; i++) {
                client.call("SET", "ready:" + i, "yes");
            }
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static boolean replicated(List<Integer> ports, int port) {
        try (RespClient client = new RespClient("127.0.0.1", port, REPLY_TIMEOUT_MILLIS)) {
            String info = String.valueOf(client.call("INFO", "replication"));
            return port == ports.get(0) ? info.contains("role:master") : info.contains("master_link_status:up");
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Ports in a row that are free, with those at the offsets from them. */
    private static List<Integer> freePorts(int count, int... offsets) {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(PORT_FLOOR, PORT_CEILING);
            List<Integer> ports = new ArrayList<>();
            for (int port = first; port < first + count && allFree(port, offsets); port++) {
                ports.add(port);
            }
            if (ports.size() == count) {
                return ports;
            }
        }
        throw new BenchException("found no free ports from " + PORT_FLOOR + " to " + PORT_CEILING);
    }

    private static boolean allFree(int port, int... offsets) {
        for (int offset : offsets) {
            try (ServerSocket probe = new ServerSocket(port + offset, 1, InetAddress.getLoopbackAddress())) {
                if (!probe.isBound()) {
                    return false;
                }
            } catch (IOException taken) {
                return false;
            }
        }
        return true;
    }
}
