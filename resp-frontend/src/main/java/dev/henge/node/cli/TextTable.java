package dev.henge.node.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows under heads, each column as wide as its widest cell; a head that begins with {@code >} has its column right. */
final class TextTable {
    private static final String GAP = "  ";

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    TextTable(List<String> heads) {
        right = new boolean[heads.size()];
        String[] names = new String[heads.size()];
        for (int i = 0; i < names.length; i++) {
            right[i] = heads.get(i).startsWith(">");
            names[i] = right[i] ? heads.get(i).substring(1) : heads.get(i);
        }
        rows.add(names);
    }

    TextTable row(List<String> cells) {
        if (cells.size() != right.length) {
            throw new IllegalArgumentException(cells + " are not " + right.length + " cells");
        }
        rows.add(cells.toArray(String[]::new));
        return this;
    }

    /** The heads and the rows, without blanks at their ends. */
    List<String> lines() {
        int[] widths = new int[right.length];
        rows.forEach(row -> Arrays.setAll(widths, i -> Math.max(widths[i], row[i].length())));
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String blanks = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? "" : GAP).append(right[i] ? blanks + row[i] : row[i] + blanks);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
