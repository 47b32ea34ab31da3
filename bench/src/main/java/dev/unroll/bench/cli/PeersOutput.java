package dev.unroll.bench.cli;

import dev.unroll.bench.peers.ForkedResults;
import dev.unroll.bench.peers.ForkedRow;
import dev.unroll.bench.peers.Peers;
import dev.unroll.bench.peers.Row;
import dev.unroll.bench.peers.SideBySide;
import dev.unroll.bench.peers.Work;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.LineChart;
import dev.unroll.bench.report.Machine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@code unroll peers} prints and writes.
 *
 * @param out for people
 * @param json for programs; may be null
 */
record PeersOutput(PrintWriter out, Path json) {
    /** The title of a work's table, without the threads. */
    static String title(Work work) {
        return work.table() + " " + work.type().name().toLowerCase(Locale.ROOT);
    }

    private static String title(Row row) {
        return title(row.source()) + ", " + row.threads() + (row.threads() == 1 ? " thread" : " threads");
    }

    void line(String line) {
        out.println(line);
        out.flush();
    }

    void announce(Map<String, String> versions, Map<String, String> skipped) {
        Machine.description().forEach((name, value) -> out.println(name + ": " + value));
        versions.forEach((name, version) -> out.println(name + ": " + version));
        skipped.forEach((name, reason) -> out.println("skipped: " + name + ": " + reason));
        line("");
    }

    /** Prints the rows of one table. */
    void table(List<Row> rows) {
        if (!rows.isEmpty()) {
            out.println(title(rows.getFirst()) + ", " + rows.getFirst().unit());
            out.println(new SideBySide(rows));
            out.flush();
        }
    }

    void leftOut(List<String> lines) {
        lines.forEach(line -> out.println("left out: " + line));
        out.flush();
    }

    /** Prints what all virtual machines found. */
    void print(ForkedResults results, int forks) {
        line("medians of " + forks + " virtual machines");
        announce(results.peers(), results.skipped());
        List<ForkedRow> all = results.rows();
        all.stream().map(ForkedRow::row)
                .collect(Collectors.groupingBy(PeersOutput::title, LinkedHashMap::new, Collectors.toList()))
                .values().forEach(this::table);
        all.stream().flatMap(row -> row.remarks().stream().map(remark -> title(row.row()) + ": " + remark))
                .distinct().forEach(out::println);
        leftOut(results.leftOut());
    }

    void write(ForkedResults results) throws IOException {
        write(results.peers(), results.skipped(), results.leftOut(), results.rows());
    }

    void write(Map<String, String> versions, Map<String, String> skipped, List<String> leftOut, List<?> rows)
            throws IOException {
        if (json != null) {
            Map<String, Object> results = new LinkedHashMap<>(Machine.description());
            results.put("peers", versions);
            results.put("skipped", skipped);
            results.put("left_out", leftOut);
            results.put("rows", rows);
            JsonReport.write(json, results);
        }
    }

    /** The percentages of the peak, a panel for each table. */
    static LineChart chart(List<Row> rows) {
        LineChart lines = new LineChart("percent of the machine's peak");
        for (Row row : rows) {
            boolean isOneThread = Peers.ONE_THREAD.equals(row.peer());
            if (!isOneThread) { // its peak is another
                lines.add(title(row), "Unroll", SideBySide.label(row.source()), row.percentOfPeak());
            }
            if (row.hasPeer() && !isOneThread) {
                lines.add(title(row), row.peer(), SideBySide.label(row.source()), row.peerPercentOfPeak());
            }
        }
        return lines;
    }
}
