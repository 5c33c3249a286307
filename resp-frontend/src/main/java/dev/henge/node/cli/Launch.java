package dev.henge.node.cli;

import dev.henge.node.NodeConfig;
import dev.henge.node.Setting;
import dev.henge.node.Settings;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What a node on this machine is started with: its heap and its settings. It is kept in the node's directory, without
 * secrets, so that the node can be started again as it was.
 */
record Launch(String heap, Map<String, String> settings) {
    /** What differs from node to node, and so is never taken from the environment. */
    static final List<String> PER_NODE = List.of("port", "internal-port", "gossip-port", "announce-port",
            "dir", "seeds", "bootstrap-nodes", "join");
    /** Given to the nodes by the environment alone. */
    private static final List<String> SECRET = List.of("requirepass", "cluster-secret");
    private static final String FILE = "launch";
    private static final String HEAP = "heap";
    private static final String SET = "set.";

    Launch {
        settings = Map.copyOf(settings);
    }

    /** What the node of a directory was last started with. */
    static Optional<Launch> of(NodeDirectory node) throws IOException {
        Path file = node.path().resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(file)));
        } catch (IllegalArgumentException e) {
            throw new Failure(file + " cannot be read as what a node is started with: " + e.getMessage());
        }
        Map<String, String> settings = new TreeMap<>();
        properties.stringPropertyNames().stream().filter(name -> name.startsWith(SET))
                .forEach(name -> settings.put(name.substring(SET.length()), properties.getProperty(name)));
        return Optional.of(new Launch(properties.getProperty(HEAP, ""), settings));
    }

    /** Notes it in the node's directory, with what the environment sets beside. */
    void keep(NodeDirectory node, Map<String, String> environment) throws IOException {
        Properties properties = new Properties();
        properties.setProperty(HEAP, heap);
        for (Setting setting : Settings.ALL) {
            String value = environment.get(setting.environmentName());
            if (value != null && !PER_NODE.contains(setting.name()) && !SECRET.contains(setting.name())) {
                properties.setProperty(SET + setting.name(), value);
            }
        }
        settings.forEach((name, value) -> {
            if (!SECRET.contains(name)) {
                properties.setProperty(SET + name, value);
            }
        });
        StringWriter text = new StringWriter();
        properties.store(text, "What this node was last started with, written by henge.");
        Path next = node.path().resolve(FILE + ".next");
        Files.writeString(next, text.toString());
        Files.move(next, node.path().resolve(FILE), StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** The variables of the process: the operator's, but for those that name one node. */
    Map<String, String> environment(Map<String, String> operators) {
        Map<String, String> environment = new LinkedHashMap<>(operators);
        PER_NODE.forEach(name -> environment.remove(Settings.named(name).environmentName()));
        environment.put("HENGE_HEAP", heap);
        // Arguments can be read by every user of the machine, the environment cannot.
        SECRET.forEach(name -> {
            if (settings.containsKey(name)) {
                environment.put(Settings.named(name).environmentName(), settings.get(name));
            }
        });
        return environment;
    }

    NodeConfig config(Map<String, String> operators) {
        return NodeConfig.load(null, environment(operators), settings);
    }

    /** The process, not started yet; its directory is there, and knows how it is started. */
    NodeProcess process(int number, RingDirectory ring, Context context) throws IOException {
        NodeDirectory node = ring.node(number);
        node.prepare();
        keep(node, context.environment());
        List<String> command = new ArrayList<>(context.nodeCommand().apply(heap));
        new TreeMap<>(settings).forEach((name, value) -> {
            if (!SECRET.contains(name)) {
                command.add("--set");
                command.add(name + "=" + value);
            }
        });
        return new NodeProcess(number, node, ring.shown().resolve("node-" + number).resolve("log"),
                config(context.environment()), command, environment(context.environment()));
    }
}
