package dev.henge.node.cli;

import dev.henge.node.NodeConfig;
import dev.henge.node.SettingException;
import dev.henge.node.Settings;
import dev.henge.resp.session.RingAdmin.KnownNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code henge join}: starts nodes on this machine that join a running ring, and stages that they get vnodes. */
@Command(name = "join", sortOptions = false, description = {
    "Start a node on this machine that joins a running ring, and stage that it gets vnodes.",
    "The ring is the one that SEED belongs to, else the one of DIR. Nothing moves before henge commit."})
final class JoinCommand implements Callable<Integer> {
    private static final int COUNT_MAX = 32;
    private static final int SEEDS_MAX = 5;
    private static final int PORTS_TRIED_MAX = 1_000;
    private static final int TAIL_LINES_MAX = 20;
    private static final long LOOK_MILLIS = 100;
    private static final Set<String> THIS_MACHINE = Set.of("127.0.0.1", "localhost", "::1");
    /** Settings that a node takes over from the ring that it joins. */
    private static final List<String> OF_THE_RING = List.of("cluster-name", "vnodes", "tokens", "replicas",
            "write-quorum", "read-quorum", "policy", "lease-millis", "databases", "maxmemory", "maxmemory-policy",
            "log-sync", "cluster-enabled");

    private final Context context;

    @Parameters(index = "0", arity = "0..1", paramLabel = "SEED",
            description = "HOST:PORT of a client port of any node of the ring.")
    private String seed;

    @Option(names = "--count", paramLabel = "K", defaultValue = "1",
            description = "How many nodes to start (default: ${DEFAULT-VALUE}).")
    private int count;

    @Option(names = "--port", paramLabel = "PORT",
            description = "Client port of the first of them; the next ones follow (default: the next that are free).")
    private Integer port;

    @Option(names = "--zone", paramLabel = "ZONE", split = ",", description = "Zone; of several nodes by turns.")
    private List<String> zones = List.of();

    @Option(names = "--weight", paramLabel = "W",
            description = "Share of the data relative to a normal node, from 1 to 100.")
    private Integer weight;

    @Option(names = "--commit", description = "Commit at once, with all that is staged already.")
    private boolean commit;

    @Option(names = "--waiting-only", description = "Stage nothing: let it wait, for henge replace.")
    private boolean waitingOnly;

    @Option(names = "--waiting", description = "Start no node: stage all nodes of the ring that wait.")
    private boolean waiting;

    @Option(names = "--heap", paramLabel = "SIZE", defaultValue = "${env:HENGE_HEAP}",
            description = "Java heap of a node (default: " + DefaultHeap.MEANING + ").")
    private String heap;

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "Set a setting of the nodes; may be given again.")
    private Map<String, String> sets = new LinkedHashMap<>();

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "60",
            description = "How long the ring may take to know a node (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Mixin
    private final RingOptions options = new RingOptions();

    /** A node on its way in. */
    private record Joiner(int number, NodeDirectory directory, NodeProcess process) {
    }

    JoinCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        checkWords();
        RingDirectory ring = options.directory();
        try (RingContact contact = RingContact.open(context, ring, seed != null ? seed : options.node)) {
            Map<String, Object> beside = new LinkedHashMap<>();
            List<String> ids;
            if (waiting) {
                ids = contact.nodes().stream().filter(node -> node.standing().equals("waiting")).map(KnownNode::id)
                        .toList();
                if (ids.isEmpty()) {
                    throw new Failure("no node waits");
                }
            } else {
                ids = started(ring, contact, beside);
            }
            if (waitingOnly) {
                if (options.json) {
                    context.out().println(Json.of(beside));
                } else {
                    context.out().println("henge join --waiting stages that " + (count == 1 ? "it gets" : "they get")
                            + " vnodes; henge replace OLD NEW gives one another's.");
                }
                return 0;
            }
            contact.tell("JOIN", ids.toArray(String[]::new));
            StagingCommands.told(context, contact, commit, options.json, beside);
        }
        return 0;
    }

    private void checkWords() {
        if (count < 1 || count > COUNT_MAX) {
            throw new SettingException("--count takes 1 to " + COUNT_MAX);
        }
        if (port != null && (port < 1 || port > NodeConfig.PORT_MAX)) {
            throw new SettingException("--port takes 1 to " + NodeConfig.PORT_MAX);
        }
        if (waiting && waitingOnly || waitingOnly && commit) {
            throw new SettingException("--waiting-only stages nothing: it goes with neither --waiting nor --commit");
        }
        if (heap == null || heap.isEmpty()) {
            heap = DefaultHeap.here(count);
        }
        UpCommand.checkHeap(heap);
        for (String name : sets.keySet()) {
            if (Launch.PER_NODE.contains(Settings.named(name).name())) {
                throw new SettingException(name + " differs from node to node: join gives it by --port and --dir");
            }
        }
        if (seed != null && RingContact.Place.parse(seed).isEmpty()) {
            throw new SettingException("SEED cannot be '" + seed + "': it takes HOST:PORT");
        }
    }

    /** Starts the nodes and waits until the ring knows them; returns their ids. */
    private List<String> started(RingDirectory ring, RingContact contact, Map<String, Object> beside)
            throws IOException, InterruptedException {
        List<Joiner> joiners = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        try (FileChannel lock = ring.lockMembers()) {
            boolean known = false;
            try {
                start(ring, contact, joiners);
                for (Joiner joiner : joiners) {
                    ids.add(awaitKnown(contact, joiner));
                }
                known = true;
            } finally {
                if (!known) {
                    takeBack(ring, joiners);
                }
            }
        }
        List<Map<String, Object>> nodes = new ArrayList<>();
        for (int i = 0; i < joiners.size(); i++) {
            Map<String, Object> node = new LinkedHashMap<>();
            node.put("node", joiners.get(i).number);
            node.put("pid", joiners.get(i).process.pid());
            node.put("address", joiners.get(i).process.address());
            node.put("id", ids.get(i));
            nodes.add(node);
        }
        beside.put("nodes", nodes);
        return ids;
    }

    private void start(RingDirectory ring, RingContact contact, List<Joiner> joiners) throws IOException {
        List<KnownNode> known = contact.nodes();
        Map<String, String> common = ofTheRing(contact);
        String host = host(ring, contact);
        Set<Integer> taken = new HashSet<>();
        known.forEach(node -> taken.add(node.address().clientPort()));
        for (int i = 0; i < count; i++) {
            RingDirectory.Shape shape = ring.shape().orElse(new RingDirectory.Shape(0, host,
                    port != null ? port : UpCommand.PORT_DEFAULT));
            int number = 1 + Math.max(shape.members().stream().mapToInt(member -> member).max().orElse(0),
                    ring.nodeNumbers().stream().mapToInt(there -> there).max().orElse(0));
            Map<String, String> own = new LinkedHashMap<>(common);
            sets.forEach((name, value) -> own.put(Settings.named(name).name(), value));
            own.put("host", host);
            own.put("dir", ring.node(number).path().toString());
            own.put("seeds", seeds(contact, known));
            own.put("join", "yes");
            if (!zones.isEmpty()) {
                own.put("zone", zones.get(i % zones.size()));
            }
            if (weight != null) {
                own.put("weight", Integer.toString(weight));
            }
            takePort(own, number, port != null ? port + i : shape.port() + number - 1, taken);
            NodeProcess process = new Launch(heap, own).process(number, ring, context);
            ring.write(shape.with(number));
            joiners.add(new Joiner(number, ring.node(number), process));
            process.start();
            if (!options.json) {
                context.out().println(process.line());
            }
        }
    }

    /** Gives the node the port, or the next from there with which all its ports are free. */
    private void takePort(Map<String, String> own, int number, int first, Set<Integer> taken) {
        for (int next = first; next < first + PORTS_TRIED_MAX; next++) {
            own.put("port", Integer.toString(next));
            NodeConfig config = new Launch(heap, own).config(context.environment());
            if (port == null && taken.contains(next)) {
                continue;
            }
            try {
                Ports.refuseIfTaken(number, config);
                taken.add(next);
                return;
            } catch (Failure inUse) {
                if (port != null) {
                    throw inUse;
                }
            }
        }
        throw new Failure("no port from " + first + " on is free; --port says which to take");
    }

    /** Where the node listens: as the directory's others do, or beside a seed of this machine. */
    private String host(RingDirectory ring, RingContact contact) throws IOException {
        String said = sets.getOrDefault("host", context.environment().get("HENGE_HOST"));
        if (said != null) {
            return said;
        }
        Optional<RingDirectory.Shape> shape = ring.shape();
        if (shape.isPresent()) {
            return shape.get().host();
        }
        if (!THIS_MACHINE.contains(contact.place().host())) {
            throw new SettingException("SEED is another machine's: --set host=ADDRESS says where this node listens");
        }
        return "127.0.0.1";
    }

    /** What nodes of a ring should have in common, as the node that is asked has it. */
    private static Map<String, String> ofTheRing(RingContact contact) throws IOException {
        List<String> words = new ArrayList<>(List.of("CONFIG", "GET"));
        words.addAll(OF_THE_RING);
        Fields config = Fields.of(contact.ask(words.toArray(String[]::new)));
        Map<String, String> common = new LinkedHashMap<>();
        for (String name : OF_THE_RING) {
            String value = config.text(name);
            if (!value.isEmpty() && !value.equals(Settings.named(name).defaultText())) {
                common.put(name, value);
            }
        }
        return common;
    }

    /** The node that was asked, by the address that it answers at, and some others that live. */
    private static String seeds(RingContact contact, List<KnownNode> known) throws IOException {
        String self = contact.id();
        List<String> seeds = new ArrayList<>();
        for (KnownNode node : known) {
            String gossip = "@" + node.address().gossipPort();
            if (node.id().equals(self)) {
                seeds.add(0, contact.place() + gossip);
            } else if (node.alive()) {
                seeds.add(RingContact.address(node) + gossip);
            }
        }
        return String.join(",", seeds.subList(0, Math.min(SEEDS_MAX, seeds.size())));
    }

    private String awaitKnown(RingContact contact, Joiner joiner) throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        while (joiner.process.isAlive() && System.nanoTime() - deadlineNanos < 0) {
            Optional<String> id = joiner.directory.id();
            if (id.isPresent()
                    && contact.nodes().stream().anyMatch(node -> node.id().equals(id.get()) && node.alive())) {
                return id.get();
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        boolean died = !joiner.process.isAlive();
        String node = "node " + joiner.number;
        context.err().println(node + "  " + (died ? joiner.process.end()
                : "is not known to the ring after " + timeoutSeconds + " s") + "; its last lines:");
        joiner.process.logTail(TAIL_LINES_MAX).forEach(line -> context.err().println("    " + line));
        throw new Failure(node + " did not join; nothing is staged");
    }

    /** Nodes that the ring never got to know leave nothing behind. */
    private static void takeBack(RingDirectory ring, List<Joiner> joiners) throws IOException, InterruptedException {
        for (Joiner joiner : joiners) {
            if (joiner.process.isAlive()) {
                joiner.process.askToStop();
                if (!joiner.process.awaitEnd(TimeUnit.SECONDS.toMillis(10))) {
                    joiner.process.kill();
                    joiner.process.awaitEnd(TimeUnit.SECONDS.toMillis(10));
                }
            }
            Optional<RingDirectory.Shape> shape = ring.shape();
            if (shape.isPresent()) {
                ring.write(shape.get().without(joiner.number));
            }
            joiner.directory.delete();
        }
    }
}
