package dev.henge.node.cli;

import dev.henge.resp.session.RingAdmin.KnownNode;
import dev.henge.ring.transfer.TransferStanding;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge status}: a table of the nodes of a directory and whether they agree on the ring. */
@Command(name = "status", sortOptions = false, description = {
    "Show the nodes of a directory, and the others of their ring.",
    "Exit status 0 if all of the directory run and agree on the ring, else 1."})
final class StatusCommand implements Callable<Integer> {
    private final Context context;

    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "./henge-data",
            description = "Directory of the ring (default: ${DEFAULT-VALUE}).")
    private Path dir;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    /**
     * One line of the table.
     *
     * @param node  its number in the directory; 0 if it is not there
     * @param known what the ring says of it, if it says something
     */
    private record Line(int node, OptionalLong pid, String address, String state, NodeView view,
            Optional<KnownNode> known) {
    }

    /** What one node says of the ring, as far as it says something. */
    private record Ring(List<KnownNode> nodes, Optional<TransferStanding> transfers, boolean staged) {
        static final Ring SILENT = new Ring(List.of(), Optional.empty(), false);

        Optional<KnownNode> node(Optional<String> id) {
            return nodes.stream().filter(node -> id.equals(Optional.of(node.id()))).findAny();
        }
    }

    StatusCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        RingDirectory directory = new RingDirectory(dir);
        RingDirectory.Shape shape = directory.shape().orElseThrow(() -> new Failure("no ring in " + dir));
        Ring ring = ring(directory);
        String password = context.environment().getOrDefault("HENGE_REQUIREPASS", "");
        List<Line> lines = new ArrayList<>();
        for (int node : shape.members()) {
            lines.add(look(directory, shape, node, password, ring));
        }
        boolean agreed = NodeView.agree(lines.stream().map(Line::view).toList(), shape.members().size());
        ring.nodes().stream().filter(node -> lines.stream().noneMatch(line -> line.known.equals(Optional.of(node))))
                .sorted(Comparator.comparing(node -> RingContact.sortable(RingContact.address(node)))).toList()
                .forEach(node -> lines.add(elsewhere(node)));
        if (json) {
            context.out().println(json(lines, agreed, ring));
        } else {
            table(lines, shape, agreed, ring);
        }
        return agreed ? 0 : Shell.STATUS_FAILED;
    }

    /** Asks the first that answers. A node that knows no such questions is silent, and status tells what it can. */
    private Ring ring(RingDirectory directory) throws IOException {
        try (RingContact contact = RingContact.open(context, directory, (String) null)) {
            return new Ring(contact.nodes(), Optional.of(contact.transfers()), !contact.plan().changes().isEmpty());
        } catch (Failure | IOException e) {
            return Ring.SILENT;
        }
    }

    private static Line look(RingDirectory directory, RingDirectory.Shape shape, int node, String password, Ring ring)
            throws IOException {
        int port = directory.port(shape, node);
        boolean held = directory.node(node).isHeld();
        NodeView view = held ? NodeView.whole(directory.host(shape, node), port, password)
                : NodeView.absent("not running");
        Optional<KnownNode> known = ring.node(directory.node(node).id());
        return new Line(node, directory.node(node).runningPid(), shape.host() + ":" + port, state(held, view, known),
                view, known);
    }

    private static String state(boolean held, NodeView view, Optional<KnownNode> known) {
        if (!held) {
            return "down";
        }
        if (!view.answers()) {
            return "no answer";
        }
        String standing = known.map(KnownNode::standing).orElse("up");
        if (!view.clusterOk() && !standing.equals("waiting")) {
            return "degraded";
        }
        return view.drained() ? "drained" : standing.equals("up") ? "ok" : standing;
    }

    private static Line elsewhere(KnownNode node) {
        String state = !node.alive() ? "down" : node.standing().equals("up") ? "ok" : node.standing();
        return new Line(0, OptionalLong.empty(), RingContact.address(node), state, NodeView.absent("elsewhere"),
                Optional.of(node));
    }

    private void table(List<Line> lines, RingDirectory.Shape shape, boolean agreed, Ring ring) {
        TextTable table = new TextTable(List.of("node", "pid", "address", "state", ">vnodes", "uptime", ">keys",
                ">memory"));
        for (Line line : lines) {
            NodeView view = line.view;
            table.row(List.of(line.node == 0 ? "-" : Integer.toString(line.node),
                    line.pid.isPresent() ? Long.toString(line.pid.getAsLong()) : "-", line.address, line.state,
                    vnodes(line.known), uptime(view.uptimeSeconds()),
                    view.keys() < 0 ? "-" : Long.toString(view.keys()),
                    view.memory().isEmpty() ? "-" : view.memory()));
        }
        table.lines().forEach(context.out()::println);
        for (Line line : lines) {
            if (line.state.equals("no answer")) {
                context.out().println("node " + line.node + " does not answer: " + line.view.problem());
            }
        }
        verdict(lines, shape, agreed);
        ring.transfers.filter(standing -> !standing.isDone()).ifPresent(standing ->
                context.out().println(TransfersText.summary(standing)));
        if (ring.staged) {
            context.out().println("A change of the ring is staged: henge plan shows it.");
        }
    }

    private void verdict(List<Line> lines, RingDirectory.Shape shape, boolean agreed) {
        List<Line> here = lines.stream().filter(line -> line.node > 0).toList();
        int nodes = shape.members().size();
        if (agreed) {
            context.out().println("The " + nodes + " nodes agree on the ring " + here.get(0).view.fingerprint()
                    + "; every vnode is served.");
            return;
        }
        if (here.stream().map(line -> line.view.fingerprint()).filter(ring -> !ring.isEmpty()).distinct().count() > 1) {
            here.stream().filter(line -> line.view.answers()).forEach(line -> context.out().println(
                    "node " + line.node + " has the ring " + line.view.fingerprint()));
        }
        context.out().println(here.stream().filter(line -> line.view.answers()).count() + " of " + nodes
                + " nodes answer; not all agree on a ring in which every vnode is served.");
    }

    /** What a node owns, and if that is to change, what it is to own. */
    private static String vnodes(Optional<KnownNode> known) {
        return known.map(node -> node.owned() == node.due() ? Integer.toString(node.owned())
                : node.owned() + " -> " + node.due()).orElse("-");
    }

    static String uptime(long seconds) {
        if (seconds < 0) {
            return "-";
        }
        Duration time = Duration.ofSeconds(seconds);
        if (time.toDays() > 0) {
            return time.toDays() + "d" + time.toHoursPart() + "h";
        }
        if (time.toHours() > 0) {
            return time.toHours() + "h" + time.toMinutesPart() + "m";
        }
        return time.toMinutes() > 0 ? time.toMinutes() + "m" + time.toSecondsPart() + "s" : seconds + "s";
    }

    private static String json(List<Line> lines, boolean agreed, Ring ring) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("agreed", agreed);
        fields.put("staged", ring.staged);
        fields.put("vnodes_left", ring.transfers.map(TransferStanding::vnodesLeft).orElse(null));
        fields.put("nodes", lines.stream().map(StatusCommand::json).toList());
        return Json.of(fields);
    }

    private static Map<String, Object> json(Line line) {
        NodeView view = line.view;
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("node", line.node == 0 ? null : line.node);
        fields.put("pid", line.pid.isPresent() ? line.pid.getAsLong() : null);
        fields.put("address", line.address);
        fields.put("state", line.state);
        fields.put("uptime_seconds", orNull(view.uptimeSeconds()));
        fields.put("keys", orNull(view.keys()));
        fields.put("memory", view.memory());
        fields.put("known_nodes", view.knownNodes());
        fields.put("ring", view.fingerprint());
        fields.put("id", line.known.map(KnownNode::id).orElse(null));
        fields.put("zone", line.known.map(KnownNode::zone).orElse(null));
        fields.put("weight", line.known.map(KnownNode::weight).orElse(null));
        fields.put("standing", line.known.map(KnownNode::standing).orElse(null));
        fields.put("vnodes_owned", line.known.map(KnownNode::owned).orElse(null));
        fields.put("vnodes_due", line.known.map(KnownNode::due).orElse(null));
        return fields;
    }

    private static Long orNull(long value) {
        return value < 0 ? null : value;
    }
}
