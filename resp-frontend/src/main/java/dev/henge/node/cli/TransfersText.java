package dev.henge.node.cli;

import dev.henge.ring.transfer.TransferStanding;
import dev.henge.ring.transfer.TransferStanding.NodeTransfer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How far transfers are, look after look, as an operator reads it: a line in all and a bar a node. */
final class TransfersText {
    /** Of the columns beside the bars. */
    private static final List<String> HEADS = List.of("node", "done", "taken", "to take", "lets go");
    private static final int BAR_MIN = 10;
    private static final int BAR_MAX = 30;
    /** What surrounds a bar: brackets, the gaps between five columns. */
    private static final int AROUND_BAR = 2;
    private static final int GAP = 2;

    private final Map<String, String> addresses;
    private final int width;
    /** The most vnodes that each node had to take in any look: the measure where no bytes are known. */
    private final Map<String, Integer> toTakeMost = new HashMap<>();

    /**
     * @param addresses of the nodes, by their ids
     * @param width     the columns of the terminal
     */
    TransfersText(Map<String, String> addresses, int width) {
        this.addresses = addresses;
        this.width = width;
    }

    /** The whole in a line. */
    static String summary(TransferStanding now) {
        if (now.isDone()) {
            return "done     every vnode is where it should be" + (now.paused() ? "; transfers are paused" : "");
        }
        if (now.paused()) {
            return "paused   " + left(now) + "; henge resume goes on";
        }
        return "moving   " + left(now) + (now.secondsLeft() < 0 || now.bytesLeft() == 0 ? ""
                : ", about " + StatusCommand.uptime(now.secondsLeft())) + "; " + limit(now.bytesPerSecond());
    }

    /** The rate that is set. */
    static String limit(long bytesPerSecond) {
        return bytesPerSecond == 0 ? "no rate is set" : "at most " + ProgressLine.size(bytesPerSecond) + "/s a node";
    }

    /** What is still to move; once all has moved, what the old owners still have. */
    private static String left(TransferStanding now) {
        int toTake = now.nodes().stream().mapToInt(NodeTransfer::toTake).sum();
        int toLetGo = now.nodes().stream().mapToInt(NodeTransfer::toLetGo).sum();
        if (toTake == 0 && toLetGo > 0) {
            return "all has moved, " + vnodes(toLetGo) + " to let go";
        }
        return vnodes(toTake > 0 ? toTake : now.vnodesLeft())
                + (now.bytesLeft() > 0 ? ", " + ProgressLine.size(now.bytesLeft()) : "") + " left";
    }

    private static String vnodes(int count) {
        return count + (count == 1 ? " vnode" : " vnodes");
    }

    /** Nodes in the order of their addresses, which is that of the directory's numbers. */
    private List<NodeTransfer> inOrder(List<NodeTransfer> nodes) {
        return nodes.stream().sorted(Comparator.comparing(
                node -> RingContact.sortable(addresses.getOrDefault(node.node(), node.node())))).toList();
    }

    /** The line in all, and a line with a bar for every node that takes or lets go. */
    List<String> lines(TransferStanding now) {
        List<String> lines = new ArrayList<>(List.of(summary(now)));
        if (now.nodes().isEmpty() || now.isDone()) {
            return lines;
        }
        TextTable table = new TextTable(List.of(HEADS.get(0), "", ">" + HEADS.get(1), ">" + HEADS.get(2),
                ">" + HEADS.get(3), ">" + HEADS.get(4)));
        List<List<String>> rows = new ArrayList<>();
        List<NodeTransfer> nodes = inOrder(now.nodes());
        for (NodeTransfer node : nodes) {
            rows.add(List.of(addresses.getOrDefault(node.node(), node.node()), percent(node), taken(node),
                    node.toTake() + (node.taking() == 0 ? "" : " (" + node.taking() + " now)"),
                    Integer.toString(node.toLetGo())));
        }
        int bar = bar(rows);
        for (int i = 0; i < rows.size(); i++) {
            List<String> row = rows.get(i);
            table.row(List.of(row.get(0), drawn(done(nodes.get(i)), bar), row.get(1), row.get(2), row.get(3),
                    row.get(4)));
        }
        lines.addAll(table.lines());
        return lines;
    }

    /** How long the bars may be beside the widest of the other cells. */
    private int bar(List<List<String>> rows) {
        int[] widths = HEADS.stream().mapToInt(String::length).toArray();
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        int others = AROUND_BAR;
        for (int cell : widths) {
            others += cell + GAP;
        }
        return Math.max(BAR_MIN, Math.min(BAR_MAX, width - others));
    }

    static String drawn(double done, int length) {
        if (done < 0) {
            return "";
        }
        int full = (int) Math.min(length, Math.floor(done * length));
        return "[" + "#".repeat(full) + ".".repeat(length - full) + "]";
    }

    /** From 0 to 1; negative for a node that has nothing to take. */
    private double done(NodeTransfer node) {
        int most = toTakeMost.merge(node.node(), node.toTake(), Math::max);
        long bytes = node.bytesDone() + node.bytesLeft();
        if (most == 0 && (bytes == 0 || node.toLetGo() > 0)) {
            return -1; // what it has taken, it took for an earlier goal
        }
        if (node.toTake() == 0) {
            return 1;
        }
        // Bytes that are all taken while vnodes are still to come were not known: then vnodes are what is known.
        return node.bytesLeft() > 0 ? (double) node.bytesDone() / bytes : (double) (most - node.toTake()) / most;
    }

    private String percent(NodeTransfer node) {
        double done = done(node);
        return done < 0 ? "-" : (int) Math.floor(100 * done) + " %";
    }

    private String taken(NodeTransfer node) {
        return done(node) < 0 ? "-" : node.bytesLeft() == 0 ? ProgressLine.size(node.bytesDone())
                : ProgressLine.size(node.bytesDone()) + " of " + ProgressLine.size(node.bytesDone() + node.bytesLeft());
    }

    /** Everything, by names. */
    Map<String, Object> fields(TransferStanding now) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("state", now.isDone() ? "done" : now.paused() ? "paused" : "moving");
        fields.put("bytes_per_second", now.bytesPerSecond());
        fields.put("vnodes_left", now.vnodesLeft());
        fields.put("bytes_left", now.bytesLeft());
        fields.put("seconds_left", now.secondsLeft() < 0 ? null : now.secondsLeft());
        fields.put("nodes", now.nodes().stream().map(node -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("node", node.node());
            one.put("address", addresses.get(node.node()));
            one.put("to_take", node.toTake());
            one.put("taking", node.taking());
            one.put("to_let_go", node.toLetGo());
            one.put("bytes_done", node.bytesDone());
            one.put("bytes_left", node.bytesLeft());
            return one;
        }).toList());
        return fields;
    }
}
