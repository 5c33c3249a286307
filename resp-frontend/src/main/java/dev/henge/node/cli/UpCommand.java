package dev.henge.node.cli;

import dev.henge.node.NodeConfig;
import dev.henge.node.SettingException;
import dev.henge.node.Settings;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge up}: a ring of nodes on this machine, each a process of its own. */
@Command(name = "up", sortOptions = false, description = {
    "Start a ring of nodes on this machine and say 'ready' once it serves.",
    "Stays until Ctrl-C and then stops the nodes; --detach returns at once. The data stays in DIR:"
        + " the next up goes on with it."})
final class UpCommand implements Callable<Integer> {
    private static final int NODES_MAX = 32;
    private static final int NODES_DEFAULT = 3;
    static final int PORT_DEFAULT = 6379;

    private final Context context;

    @Option(names = "--nodes", paramLabel = "N",
            description = "How many nodes (default: as many as DIR has, else " + NODES_DEFAULT + ").")
    private Integer given;

    @Option(names = "--port", paramLabel = "PORT",
            description = "Client port of node 1; node K has PORT + K - 1 (default: as DIR has, else "
                    + PORT_DEFAULT + ").")
    private Integer givenPort;

    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "./henge-data",
            description = "Where the nodes' data and logs are (default: ${DEFAULT-VALUE}).")
    private Path dir;

    @Option(names = "--heap", paramLabel = "SIZE", defaultValue = "${env:HENGE_HEAP}",
            description = "Java heap of a node (default: " + DefaultHeap.MEANING + ").")
    private String heap;

    @Option(names = "--fresh", description = "Delete the data of DIR first.")
    private boolean fresh;

    @Option(names = "--detach", description = "Return once the ring is ready; henge down stops it.")
    private boolean detach;

    @Option(names = "--zones", paramLabel = "ZONE", split = ",",
            description = "Zones of the nodes by turns, such as a,b,c; kept for the next up.")
    private List<String> zones = List.of();

    @Option(names = "--set", paramLabel = "NAME=VALUE",
            description = "Set a setting of every node; may be given again.")
    private Map<String, String> sets = new LinkedHashMap<>();

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "120",
            description = "How long the ring may take to be ready (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    private int port;

    /** What is here already, or what is to be. */
    private RingDirectory.Shape shape;

    UpCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        RingDirectory ring = new RingDirectory(dir);
        Optional<RingDirectory.Shape> found = fresh ? Optional.empty() : ring.shape();
        int nodes = given != null ? given : found.map(there -> there.members().size()).orElse(NODES_DEFAULT);
        port = givenPort != null ? givenPort : found.map(RingDirectory.Shape::port).orElse(PORT_DEFAULT);
        checkWords(nodes);
        Map<Integer, Launch> launches = launches(ring, found, nodes);
        try (FileChannel lock = ring.lock()) {
            ring.refuseIfRunning();
            ring.refuseIfOtherRing(nodes, fresh);
            for (Map.Entry<Integer, Launch> node : launches.entrySet()) {
                Ports.refuseIfTaken(node.getKey(), node.getValue().config(context.environment()));
            }
            if (fresh) {
                ring.deleteNodes();
            }
            ring.write(shape);
            return run(ring, launches);
        }
    }

    private int run(RingDirectory ring, Map<Integer, Launch> launches) throws IOException, InterruptedException {
        int nodes = launches.size();
        List<NodeProcess> processes = new ArrayList<>();
        for (Map.Entry<Integer, Launch> node : launches.entrySet()) {
            processes.add(node.getValue().process(node.getKey(), ring, context));
        }
        RunningRing running = new RunningRing(processes, context.out(), timeoutSeconds);
        Thread hook = new Thread(running::stopAndHalt, "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        if (!running.start()) {
            if (running.isStopping()) {
                return Shell.STATUS_FAILED;
            }
            running.stop();
            forget(hook);
            throw new Failure("the ring did not become ready");
        }
        String hint = detach ? "; henge down" + (dir.equals(Path.of("./henge-data")) ? "" : " --dir " + dir)
                + " stops it" : "; Ctrl-C stops it";
        context.out().println("ready   " + nodes + (nodes == 1 ? " node" : " nodes") + " in " + running.startSeconds()
                + " s: redis-cli -p " + ring.port(shape, shape.members().get(0)) + hint);
        if (detach) {
            forget(hook);
            return 0;
        }
        return running.awaitEnd() ? 0 : Shell.STATUS_FAILED;
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyStopping) {
            // The hook is at work and does what is needed.
        }
    }

    private void checkWords(int nodes) {
        if (nodes < 1 || nodes > NODES_MAX) {
            throw new SettingException("--nodes takes 1 to " + NODES_MAX);
        }
        if (port < 1) {
            throw new SettingException("--port takes 1 to " + NodeConfig.PORT_MAX);
        }
        if (heap == null || heap.isEmpty()) {
            heap = DefaultHeap.here(nodes);
        }
        checkHeap(heap);
        checkSets(sets);
        if (!zones.isEmpty() && sets.containsKey("zone")) {
            throw new SettingException("--zones and --set zone= exclude each other");
        }
    }

    static void checkHeap(String heap) {
        if (!heap.matches("\\d{1,9}[kKmMgG]")) {
            throw new SettingException("--heap cannot be '" + heap + "': it takes a size such as 512m or 2g");
        }
    }

    private static void checkSets(Map<String, String> sets) {
        for (String name : sets.keySet()) {
            if (Launch.PER_NODE.contains(Settings.named(name).name())) {
                throw new SettingException(name + " differs from node to node: up gives it by --port and --dir");
            }
        }
    }

    /** What each node is started with, and the shape that the directory then has. */
    private Map<Integer, Launch> launches(RingDirectory ring, Optional<RingDirectory.Shape> found, int nodes)
            throws IOException {
        String host = sets.getOrDefault("host", context.environment().getOrDefault("HENGE_HOST", "127.0.0.1"));
        shape = found.map(there -> new RingDirectory.Shape(there.nodes(), host, port, there.members()))
                .orElseGet(() -> new RingDirectory.Shape(nodes, host, port));
        Map<Integer, Map<String, String>> own = new LinkedHashMap<>();
        int shift = found.map(there -> port - there.port()).orElse(0);
        for (int node : shape.members()) {
            own.put(node, own(ring, node, fresh ? Optional.empty() : Launch.of(ring.node(node)), shift));
        }
        Map<Integer, Launch> launches = new LinkedHashMap<>();
        own.forEach((node, settings) -> {
            Set<String> seeds = new LinkedHashSet<>();
            own.forEach((other, others) -> {
                if (!other.equals(node)) {
                    seeds.add(met(host) + ":" + others.get("port"));
                }
            });
            if (settings.containsKey("seeds")) {
                seeds.addAll(List.of(settings.get("seeds").split(",")));
            }
            settings.put("seeds", String.join(",", seeds));
            launches.put(node, new Launch(heap, settings));
        });
        for (Launch launch : launches.values()) {
            launch.config(context.environment());
        }
        return launches;
    }

    private static String met(String host) {
        String reachable = NodeConfig.isWildcard(host) ? "127.0.0.1" : host;
        return reachable.contains(":") ? "[" + reachable + "]" : reachable;
    }

    /** The settings of one node. One that joined keeps what it joined with; of the others the zone is kept. */
    private Map<String, String> own(RingDirectory ring, int node, Optional<Launch> before, int shift) {
        boolean joined = before.isPresent() && before.get().settings().containsKey("join");
        Map<String, String> own = new LinkedHashMap<>();
        before.ifPresent(launch -> {
            if (joined) {
                launch.settings().forEach((name, value) -> {
                    if (Launch.PER_NODE.contains(name)
                            || !context.environment().containsKey(Settings.named(name).environmentName())) {
                        own.put(name, value);
                    }
                });
            } else if (launch.settings().containsKey("zone")) {
                own.put("zone", launch.settings().get("zone"));
            }
        });
        sets.forEach((name, value) -> own.put(Settings.named(name).name(), value));
        if (!zones.isEmpty()) {
            own.put("zone", zones.get(shape.members().indexOf(node) % zones.size()));
        }
        own.put("dir", ring.node(node).path().toString());
        if (joined) {
            own.put("port", Integer.toString(Integer.parseInt(own.get("port")) + shift));
        } else {
            own.put("port", Integer.toString(port + node - 1));
            own.put("bootstrap-nodes", Integer.toString(shape.nodes()));
        }
        return own;
    }

    /** The place to which nothing is written and from which nothing is read. */
    static File nothing() {
        return new File(File.separatorChar == '/' ? "/dev/null" : "NUL");
    }
}
