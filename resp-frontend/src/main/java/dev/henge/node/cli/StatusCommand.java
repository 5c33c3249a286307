package dev.henge.node.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge status}: a table of the nodes of a directory and whether they agree on the ring. */
@Command(name = "status", sortOptions = false,
        description = "Show the nodes of a directory. Exit status 0 if all run and agree on the ring, else 1.")
final class StatusCommand implements Callable<Integer> {
    private static final String ROW = "%-5s %-8s %-22s %-10s %-9s %10s %9s  %s%n";
    private final Context context;

    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "./henge-data",
            description = "Directory of the ring (default: ${DEFAULT-VALUE}).")
    private Path dir;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    /** One line of the table. */
    private record Line(int node, OptionalLong pid, String address, String state, NodeView view) {
    }

    StatusCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        RingDirectory ring = new RingDirectory(dir);
        RingDirectory.Shape shape = ring.shape().orElseThrow(() -> new Failure("no ring in " + dir));
        String password = context.environment().getOrDefault("HENGE_REQUIREPASS", "");
        List<Line> lines = new ArrayList<>();
        for (int node = 1; node <= shape.nodes(); node++) {
            lines.add(look(ring, shape, node, password));
        }
        List<NodeView> views = lines.stream().map(Line::view).toList();
        boolean agreed = NodeView.agree(views, shape.nodes());
        if (json) {
            context.out().println(json(lines, agreed));
        } else {
            table(lines, shape, agreed);
        }
        return agreed ? 0 : Shell.STATUS_FAILED;
    }

    private static Line look(RingDirectory ring, RingDirectory.Shape shape, int node, String password) {
        int port = shape.port() + node - 1;
        boolean held = ring.node(node).isHeld();
        NodeView view = held ? NodeView.whole(shape.host(), port, password) : NodeView.absent("not running");
        String state = !held ? "down" : !view.answers() ? "no answer" : view.clusterOk() ? "ok" : "degraded";
        return new Line(node, ring.node(node).runningPid(), shape.host() + ":" + port, state, view);
    }

    private void table(List<Line> lines, RingDirectory.Shape shape, boolean agreed) {
        context.out().printf(ROW, "node", "pid", "address", "state", "uptime", "keys", "memory", "ring");
        for (Line line : lines) {
            NodeView view = line.view;
            context.out().printf(ROW, line.node, line.pid.isPresent() ? line.pid.getAsLong() : "-", line.address,
                    line.state, uptime(view.uptimeSeconds()), view.keys() < 0 ? "-" : view.keys(),
                    view.memory().isEmpty() ? "-" : view.memory(),
                    view.fingerprint().isEmpty() ? "-" : view.fingerprint());
        }
        for (Line line : lines) {
            if (line.state.equals("no answer")) {
                context.out().println("node " + line.node + " does not answer: " + line.view.problem());
            }
        }
        long running = lines.stream().filter(line -> line.view.answers()).count();
        context.out().println(agreed ? "The " + shape.nodes() + " nodes agree on the ring; every vnode is served."
                : running + " of " + shape.nodes() + " nodes answer; not all agree on a ring in which every vnode "
                        + "is served.");
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

    private static String json(List<Line> lines, boolean agreed) {
        return "{\"agreed\":" + agreed + ",\"nodes\":["
                + lines.stream().map(StatusCommand::json).collect(Collectors.joining(",")) + "]}";
    }

    private static String json(Line line) {
        NodeView view = line.view;
        return "{\"node\":" + line.node
                + ",\"pid\":" + (line.pid.isPresent() ? Long.toString(line.pid.getAsLong()) : "null")
                + ",\"address\":" + quoted(line.address) + ",\"state\":" + quoted(line.state)
                + ",\"uptime_seconds\":" + orNull(view.uptimeSeconds()) + ",\"keys\":" + orNull(view.keys())
                + ",\"memory\":" + quoted(view.memory()) + ",\"known_nodes\":" + view.knownNodes()
                + ",\"ring\":" + quoted(view.fingerprint()) + "}";
    }

    private static String orNull(long value) {
        return value < 0 ? "null" : Long.toString(value);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
