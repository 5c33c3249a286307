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
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge up}: a ring of nodes on this machine, each a process of its own. */
@Command(name = "up", sortOptions = false, description = {
    "Start a ring of nodes on this machine and say 'ready' once it serves.",
    "Stays until Ctrl-C and then stops the nodes; --detach returns at once. The data stays in DIR:"
        + " the next up goes on with it."})
final class UpCommand implements Callable<Integer> {
    /** What differs from node to node, and so cannot be set for all of them. */
    private static final List<String> PER_NODE = List.of("port", "internal-port", "gossip-port", "announce-port",
            "dir", "seeds", "bootstrap-nodes");
    /** Given to the nodes by the environment alone. */
    private static final List<String> SECRETS = List.of("requirepass", "cluster-secret");
    private static final int NODES_MAX = 32;

    private final Context context;

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "3",
            description = "How many nodes (default: ${DEFAULT-VALUE}).")
    private int nodes;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "6379",
            description = "Client port of node 1; node K has PORT + K - 1 (default: ${DEFAULT-VALUE}).")
    private int port;

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

    @Option(names = "--set", paramLabel = "NAME=VALUE",
            description = "Set a setting of every node; may be given again.")
    private Map<String, String> sets = new LinkedHashMap<>();

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "120",
            description = "How long the ring may take to be ready (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    UpCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        RingDirectory ring = new RingDirectory(dir);
        List<NodeConfig> configs = configs(ring);
        try (FileChannel lock = ring.lock()) {
            ring.refuseIfRunning();
            ring.refuseIfOtherRing(nodes, fresh);
            for (int node = 1; node <= nodes; node++) {
                Ports.refuseIfTaken(node, configs.get(node - 1));
            }
            if (fresh) {
                ring.deleteNodes();
            }
            ring.write(new RingDirectory.Shape(nodes, configs.get(0).host(), port));
            return run(ring, configs);
        }
    }

    private int run(RingDirectory ring, List<NodeConfig> configs) throws IOException, InterruptedException {
        List<NodeProcess> processes = new ArrayList<>();
        for (int node = 1; node <= nodes; node++) {
            ring.node(node).prepare();
            processes.add(new NodeProcess(node, ring.node(node), dir.resolve("node-" + node).resolve("log"),
                    configs.get(node - 1), command(node), environment()));
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
                + " s: redis-cli -p " + port + hint);
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

    private List<NodeConfig> configs(RingDirectory ring) {
        if (nodes < 1 || nodes > NODES_MAX) {
            throw new SettingException("--nodes takes 1 to " + NODES_MAX);
        }
        if (port < 1) {
            throw new SettingException("--port takes 1 to " + NodeConfig.PORT_MAX);
        }
        if (heap == null || heap.isEmpty()) {
            heap = DefaultHeap.here(nodes);
        }
        if (!heap.matches("\\d{1,9}[kKmMgG]")) {
            throw new SettingException("--heap cannot be '" + heap + "': it takes a size such as 512m or 2g");
        }
        for (String name : sets.keySet()) {
            if (PER_NODE.contains(Settings.named(name).name())) {
                throw new SettingException(name + " differs from node to node: up gives it by --port and --dir");
            }
        }
        List<NodeConfig> configs = new ArrayList<>();
        for (int node = 1; node <= nodes; node++) {
            Map<String, String> all = new LinkedHashMap<>(sets);
            all.putAll(own(ring, node));
            configs.add(NodeConfig.load(null, environment(), all));
        }
        return configs;
    }

    /** The settings of one node that differ from the others'. */
    private Map<String, String> own(RingDirectory ring, int node) {
        String host = sets.getOrDefault("host", environment().getOrDefault("HENGE_HOST", "127.0.0.1"));
        String met = NodeConfig.isWildcard(host) ? "127.0.0.1" : host;
        Map<String, String> own = new LinkedHashMap<>();
        own.put("dir", ring.node(node).path().toString());
        int nodePort = port + node - 1;
        own.put("port", Integer.toString(nodePort));
        own.put("seeds", IntStream.rangeClosed(1, nodes).filter(other -> other != node)
                .mapToObj(other -> (met.contains(":") ? "[" + met + "]" : met) + ":" + (port + other - 1))
                .collect(Collectors.joining(",")));
        own.put("bootstrap-nodes", Integer.toString(nodes));
        return own;
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>(context.environment());
        PER_NODE.forEach(name -> environment.remove(Settings.named(name).environmentName()));
        environment.put("HENGE_HEAP", heap);
        // Arguments can be read by every user of the machine, the environment cannot.
        sets.forEach((name, value) -> {
            if (isSecret(name)) {
                environment.put(Settings.named(name).environmentName(), value);
            }
        });
        return environment;
    }

    private static boolean isSecret(String name) {
        return SECRETS.contains(Settings.named(name).name());
    }

    private List<String> command(int node) {
        List<String> command = new ArrayList<>(context.nodeCommand().apply(heap));
        Map<String, String> all = new LinkedHashMap<>(sets);
        all.keySet().removeIf(UpCommand::isSecret);
        all.putAll(own(new RingDirectory(dir), node));
        all.forEach((name, value) -> {
            command.add("--set");
            command.add(name + "=" + value);
        });
        return command;
    }

    /** The place to which nothing is written and from which nothing is read. */
    static File nothing() {
        return new File(File.separatorChar == '/' ? "/dev/null" : "NUL");
    }
}
