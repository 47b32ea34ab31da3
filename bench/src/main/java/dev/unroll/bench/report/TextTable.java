package dev.unroll.bench.report;

import java.util.ArrayList;
import java.util.List;

/** A table of plain text: the first column begins at the left, numbers end at the right. */
public final class TextTable {
    private static final String GAP = "  ";

    private final List<List<String>> lines = new ArrayList<>();

    /**
     * Adds a line.
     *
     * @param cells as many as every line has
     */
    public void add(List<String> cells) {
        lines.add(cells);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int[] widths = new int[lines.isEmpty() ? 0 : lines.getFirst().size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder(line.getFirst()).repeat(' ', widths[0] - line.getFirst().length());
            for (int i = 1; i < widths.length; i++) {
                row.append(GAP).repeat(' ', widths[i] - line.get(i).length()).append(line.get(i));
            }
            text.append(row.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }
}
