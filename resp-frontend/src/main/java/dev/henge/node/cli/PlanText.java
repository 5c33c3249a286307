package dev.henge.node.cli;

import dev.henge.ring.transfer.RingPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A plan as an operator reads it, and as a program does. */
final class PlanText {
    private static final int NORMAL_WEIGHT = 100;

    private final RingPlan plan;
    private final long bytesPerSecond;
    private final Map<String, String> addresses;

    /** @param addresses of the nodes, by their ids */
    PlanText(RingPlan plan, long bytesPerSecond, Map<String, String> addresses) {
        this.plan = plan;
        this.bytesPerSecond = bytesPerSecond;
        this.addresses = addresses;
    }

    boolean isEmpty() {
        return plan.changes().isEmpty();
    }

    /** What is staged, and what it moves in all. */
    List<String> brief() {
        if (isEmpty()) {
            return List.of("Nothing is staged.");
        }
        List<String> lines = new ArrayList<>();
        plan.changes().forEach(change -> lines.add("staged   " + readable(change)));
        lines.add("moves    " + moves());
        plan.warnings().forEach(warning -> lines.add("warning  " + readable(warning)));
        return lines;
    }

    /** The same with every node before and after. */
    List<String> full() {
        List<String> lines = new ArrayList<>(brief());
        if (!isEmpty()) {
            lines.add("");
            lines.addAll(table());
            lines.add("");
            lines.add("henge commit begins it; henge unstage forgets it.");
        }
        return lines;
    }

    /** In all: copies of vnodes, bytes, time. */
    String moves() {
        if (plan.vnodesMoved() == 0) {
            return "nothing";
        }
        String unsized = plan.vnodesUnsized() == 0 ? ""
                : " and " + plan.vnodesUnsized() + " of a size that is not known";
        return plan.vnodesMoved() + (plan.vnodesMoved() == 1 ? " vnode, " : " vnodes, ")
                + ProgressLine.size(plan.bytesMoved()) + unsized + time();
    }

    private String time() {
        return bytesPerSecond == 0 ? "; no rate is set"
                : "; about " + StatusCommand.uptime(plan.seconds()) + " at " + ProgressLine.size(bytesPerSecond) + "/s a node";
    }

    private List<String> table() {
        boolean zones = plan.nodes().stream().anyMatch(node -> !node.zone().isEmpty());
        boolean weights = plan.nodes().stream().anyMatch(node -> node.weight() != NORMAL_WEIGHT && node.weight() != 0);
        List<String> heads = new ArrayList<>(List.of("node"));
        if (zones) {
            heads.add("zone");
        }
        if (weights) {
            heads.add(">weight");
        }
        heads.addAll(List.of(">vnodes", ">primaries", ">data", ">takes"));
        TextTable table = new TextTable(heads);
        List<RingPlan.NodeLoad> inOrder = plan.nodes().stream().sorted(Comparator.comparing(
                node -> RingContact.sortable(addresses.getOrDefault(node.node(), node.node())))).toList();
        for (RingPlan.NodeLoad node : inOrder) {
            List<String> cells = new ArrayList<>(List.of(addresses.getOrDefault(node.node(), node.node())));
            if (zones) {
                cells.add(node.zone().isEmpty() ? "-" : node.zone());
            }
            if (weights) {
                cells.add(node.weight() == 0 ? "-" : weight(node.weight()));
            }
            cells.add(change(node.vnodesBefore(), node.vnodesAfter()));
            cells.add(change(node.primariesBefore(), node.primariesAfter()));
            cells.add(ProgressLine.size(node.bytesBefore()) + " -> " + ProgressLine.size(node.bytesAfter()));
            cells.add(node.bytesIn() == 0 ? "-" : ProgressLine.size(node.bytesIn()));
            table.row(cells);
        }
        return table.lines();
    }

    private static String change(int before, int after) {
        return before + " -> " + after;
    }

    /** A weight in normal nodes: 1, 1.5, 0.25. */
    static String weight(int hundredths) {
        String text = hundredths / NORMAL_WEIGHT + String.format(".%02d", hundredths % NORMAL_WEIGHT);
        return text.replaceAll("\\.?0+$", "");
    }

    /** The ring's words with addresses in the place of ids. */
    private String readable(String words) {
        String readable = words;
        for (Map.Entry<String, String> node : addresses.entrySet()) {
            readable = readable.replace(node.getKey(), node.getValue());
        }
        return readable;
    }

    /** Everything, by names. */
    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("changes", plan.changes());
        fields.put("warnings", plan.warnings());
        fields.put("vnodes_moved", plan.vnodesMoved());
        fields.put("bytes_moved", plan.bytesMoved());
        fields.put("vnodes_unsized", plan.vnodesUnsized());
        fields.put("bytes_per_second", bytesPerSecond);
        fields.put("seconds", plan.seconds());
        fields.put("nodes", plan.nodes().stream().map(this::fields).toList());
        return fields;
    }

    private Map<String, Object> fields(RingPlan.NodeLoad node) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("node", node.node());
        fields.put("address", addresses.get(node.node()));
        fields.put("zone", node.zone());
        fields.put("weight", node.weight());
        fields.put("vnodes_before", node.vnodesBefore());
        fields.put("vnodes_after", node.vnodesAfter());
        fields.put("primaries_before", node.primariesBefore());
        fields.put("primaries_after", node.primariesAfter());
        fields.put("bytes_before", node.bytesBefore());
        fields.put("bytes_after", node.bytesAfter());
        fields.put("bytes_in", node.bytesIn());
        fields.put("bytes_out", node.bytesOut());
        return fields;
    }
}
