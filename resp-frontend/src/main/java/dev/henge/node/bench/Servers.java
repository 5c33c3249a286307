package dev.henge.node.bench;

import dev.henge.node.RespClient;
import dev.henge.node.bench.Workload.Sides;
import dev.henge.ring.placement.HashSlot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * Starts the servers of both sides on free ports of the loopback interface, each with a directory of its own and a log
 * that is synced alike.
 */
final class Servers {
    static final String REDIS = "redis-server";
    private static final String REDIS_NAME = "Redis";
    private static final int REDIS_BUS_OFFSET = 10_000;
    /** For all memtables: what no load of these fills, so that nothing is flushed. */
    private static final String IN_MEMORY_MEMTABLES = "10gb";
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

    /** Henge, as it stands on its side. */
    Contestant henge(Sides sides) throws IOException, InterruptedException {
        return switch (sides) {
            case ONE, RING, CLUSTER -> nodes("Henge", sides.nodes(), plan.heap(), "--log-sync", "everysec");
            case SYNCED -> nodes("Henge", 1, plan.heap(), "--log-sync", "always");
            case LARGER -> nodes("Henge", 1, plan.smallHeapMb() + "m", "--log-sync", "everysec");
        };
    }

    /** What Henge is compared with. */
    Contestant other(Sides sides) throws IOException, InterruptedException {
        return switch (sides) {
            case ONE, RING -> redis(sides.nodes() - 1, "everysec");
            case SYNCED -> redis(0, "always");
            case CLUSTER -> redisCluster(sides.nodes());
            case LARGER -> nodes("Henge in memory", 1, plan.smallHeapMb() * BenchPlan.IN_MEMORY_HEAPS + "m",
                    "--log-sync", "everysec", "--memtable-bytes", IN_MEMORY_MEMTABLES);
        };
    }

    private Contestant nodes(String name, int nodes, String heap, String... settings)
            throws IOException, InterruptedException {
        List<Integer> ports = freePorts(nodes, HENGE_OFFSETS);
        String all = ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        List<List<String>> commands = new ArrayList<>();
        for (int port : ports) {
            List<String> command = new ArrayList<>(plan.nodeCommand().apply(heap));
            command.addAll(List.of("--port", Integer.toString(port), "--dir", make("henge-" + port).toString()));
            command.addAll(List.of(settings));
            if (nodes > 1) {
                String others = all.replace("127.0.0.1:" + port, "").replace(",,", ",").replaceAll("^,|,$", "");
                command.addAll(List.of("--seeds", others, "--bootstrap-nodes", Integer.toString(nodes),
                        "--replicas", Integer.toString(nodes), "--write-quorum", "2"));
            }
            commands.add(command);
        }
        return start(new Contestant(name, ports, new ArrayList<>(), true), commands, heap, Servers::serves);
    }

    /** One more node, that joins a ring of Henge: it waits there until an operator gives it vnodes. */
    Contestant joiner(Contestant ring) throws IOException, InterruptedException {
        int port = freePorts(1, HENGE_OFFSETS).get(0);
        List<String> command = new ArrayList<>(plan.nodeCommand().apply(plan.heap()));
        command.addAll(List.of("--port", Integer.toString(port), "--dir", make("henge-" + port).toString(),
                "--log-sync", "everysec", "--join", "yes", "--replicas", Integer.toString(ring.ports().size()),
                "--write-quorum", "2", "--seeds", ring.ports().stream().map(there -> "127.0.0.1:" + there)
                        .collect(Collectors.joining(","))));
        return start(new Contestant("the joiner", List.of(port), new ArrayList<>(), true), List.of(command),
                plan.heap(), Servers::answers);
    }

    private Contestant redis(int replicas, String sync) throws IOException, InterruptedException {
        List<Integer> ports = freePorts(replicas + 1, 0);
        List<List<String>> commands = new ArrayList<>();
        for (int port : ports) {
            List<String> command = redisCommand(port, sync);
            if (port != ports.get(0)) {
                command.addAll(List.of("--replicaof", "127.0.0.1 " + ports.get(0)));
            }
            commands.add(command);
        }
        return start(new Contestant(REDIS_NAME, ports, new ArrayList<>(), false), commands, plan.heap(),
                port -> replicated(ports, port));
    }

    /** Masters without replicas, the slots in equal parts. */
    private Contestant redisCluster(int masters) throws IOException, InterruptedException {
        List<Integer> ports = freePorts(masters, 0, REDIS_BUS_OFFSET);
        List<List<String>> commands = new ArrayList<>();
        for (int port : ports) {
            List<String> command = redisCommand(port, "everysec");
            command.addAll(List.of("--cluster-enabled", "yes", "--cluster-config-file", "cluster.conf"));
            commands.add(command);
        }
        Contestant cluster = start(new Contestant(REDIS_NAME, ports, new ArrayList<>(), true), commands, plan.heap(),
                Servers::answers);
        boolean formed = false;
        try {
            for (int i = 0; i < masters; i++) {
                assign(ports.get(i), i * HashSlot.COUNT / masters, (i + 1) * HashSlot.COUNT / masters - 1,
                        ports.get(0));
            }
            for (int port : ports) {
                await(cluster, port, () -> knowsCluster(port, masters));
            }
            formed = true;
            return cluster;
        } finally {
            if (!formed) {
                cluster.close();
            }
        }
    }

    private static void assign(int port, int first, int last, int meet) throws IOException {
        try (RespClient client = new RespClient("127.0.0.1", port, REPLY_TIMEOUT_MILLIS)) {
            client.call("CLUSTER", "ADDSLOTSRANGE", Integer.toString(first), Integer.toString(last));
            if (port != meet) {
                client.call("CLUSTER", "MEET", "127.0.0.1", Integer.toString(meet));
            }
        }
    }

    private List<String> redisCommand(int port, String sync) throws IOException {
        return new ArrayList<>(List.of(REDIS, "--port", Integer.toString(port), "--bind", "127.0.0.1",
                "--dir", make("redis-" + port).toString(), "--save", "", "--appendonly", "yes", "--appendfsync", sync,
                "--auto-aof-rewrite-percentage", "0"));
    }

    private Path make(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    private Contestant start(Contestant contestant, List<List<String>> commands, String heap, IntPredicate ready)
            throws IOException, InterruptedException {
        boolean started = false;
        try {
            for (int i = 0; i < commands.size(); i++) {
                ProcessBuilder builder = new ProcessBuilder(commands.get(i)).redirectErrorStream(true)
                        .redirectOutput(log(contestant, contestant.ports().get(i)).toFile());
                builder.environment().put("HENGE_HEAP", heap);
                builder.environment().keySet().removeIf(variable -> variable.equals("HENGE_REQUIREPASS"));
                contestant.processes().add(builder.start());
            }
            for (int port : contestant.ports()) {
                await(contestant, port, () -> ready.test(port));
            }
            started = true;
            return contestant;
        } finally {
            if (!started) {
                contestant.close();
            }
        }
    }

    private Path log(Contestant contestant, int port) {
        return directory.resolve(contestant.name().replace(' ', '-') + "-" + port + ".log");
    }

    private void await(Contestant contestant, int port, BooleanSupplier ready) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + READY_SECONDS_MAX * 1_000_000_000L;
        while (!ready.getAsBoolean()) {
            boolean dead = contestant.processes().stream().anyMatch(process -> !process.isAlive());
            if (dead || System.nanoTime() > deadlineNanos) {
                throw new BenchException(contestant.name() + " on port " + port
                        + (dead ? " died at its start: " : " was not ready in " + READY_SECONDS_MAX + " s: ")
                        + lastLine(log(contestant, port)));
            }
            // A pause that the death of the process ends.
            contestant.processes().get(0).waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
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

    private static boolean answers(int port) {
        try (RespClient client = new RespClient("127.0.0.1", port, REPLY_TIMEOUT_MILLIS)) {
            return "PONG".equals(client.call("PING"));
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Whether the master knows all others and whose all slots are. */
    private static boolean knowsCluster(int port, int masters) {
        try (RespClient client = new RespClient("127.0.0.1", port, REPLY_TIMEOUT_MILLIS)) {
            Map<String, String> info = client.fields("CLUSTER", "INFO");
            return "ok".equals(info.get("cluster_state"))
                    && Integer.toString(HashSlot.COUNT).equals(info.get("cluster_slots_ok"))
                    && Integer.toString(masters).equals(info.get("cluster_size"));
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
