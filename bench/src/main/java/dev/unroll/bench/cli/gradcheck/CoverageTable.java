package dev.unroll.bench.cli.gradcheck;

import dev.unroll.gradcheck.finding.Coverage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The lines of a table of what checks looked at. */
final class CoverageTable {
    static final List<String> HEADER = List.of("looked at", "sizes", "strides", "types", "threads", "deltas");

    private CoverageTable() {}

    static List<String> line(String name, Coverage coverage) {
        NavigableSet<Long> sizes = new TreeSet<>(coverage.sizes());
        List<String> strides = new ArrayList<>();
        if (coverage.contiguousRuns() > 0) {
            strides.add("none");
        }
        if (coverage.stridedRuns() > 0) {
            strides.add("wider");
        }
        return List.of(
                name,
                sizes.isEmpty() ? "" : sizes.first() + " to " + sizes.last(),
                String.join(", ", strides),
                joined(new TreeMap<>(coverage.types()).keySet()),
                joined(coverage.threads().keySet()),
                Arrays.stream(Coverage.Delta.values())
                        .filter(coverage.deltas()::containsKey)
                        .map(CoverageTable::word)
                        .collect(Collectors.joining(", ")));
    }

    private static String joined(Collection<?> all) {
        return all.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    private static String word(Coverage.Delta delta) {
        return delta.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All counts for programs. */
    static Map<String, Object> values(Coverage coverage) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("sizes", List.copyOf(coverage.sizes()));
        values.put("contiguous_runs", coverage.contiguousRuns());
        values.put("strided_runs", coverage.stridedRuns());
        values.put("types", named(coverage.types()));
        values.put("threads", named(coverage.threads()));
        Map<String, Object> deltas = new TreeMap<>();
        coverage.deltas().forEach((delta, count) -> deltas.put(word(delta), count));
        values.put("deltas", deltas);
        return values;
    }

    private static Map<String, Object> named(Map<?, Long> counts) {
        Map<String, Object> named = new TreeMap<>();
        counts.forEach((key, count) -> named.put(key.toString(), count));
        return named;
    }
}
