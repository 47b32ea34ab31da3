package dev.unroll.bench.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The results of one comparison in several virtual machines, one after the other. Not thread-safe. */
public final class ForkedResults {
    private final List<Work> works;
    private final Map<String, String> peers = new LinkedHashMap<>();
    private final Map<String, String> skipped = new LinkedHashMap<>();
    private final Set<String> leftOut = new LinkedHashSet<>();
    private final Map<List<Object>, List<Row>> rows = new LinkedHashMap<>();

    /**
     * No results yet.
     *
     * @param works that every virtual machine computes
     */
    public ForkedResults(List<Work> works) {
        this.works = works;
    }

    /**
     * Adds those of one virtual machine.
     *
     * @param fork its results
     */
    public void add(PeerResults fork) {
        peers.putAll(fork.peers());
        skipped.putAll(fork.skipped());
        leftOut.addAll(fork.leftOut());
        for (Row row : fork.rows()) {
            List<Object> key = Arrays.asList(row.work(), row.shape(), row.type(), row.threads(), row.peer());
            rows.computeIfAbsent(key, _ -> new ArrayList<>()).add(row);
        }
    }

    /**
     * Returns the versions of the peers.
     *
     * @return by name
     */
    public Map<String, String> peers() {
        return peers;
    }

    /**
     * Returns why peers are missing.
     *
     * @return the reason by name
     */
    public Map<String, String> skipped() {
        return skipped;
    }

    /**
     * Returns who was too slow to wait for.
     *
     * @return a line for each
     */
    public List<String> leftOut() {
        return List.copyOf(leftOut);
    }

    /**
     * Merges what was measured so far.
     *
     * @return a row for each work, number of threads and peer
     */
    public List<ForkedRow> rows() {
        return rows.values().stream().map(forks -> ForkedRow.of(work(forks.getFirst()), forks)).toList();
    }

    private Work work(Row row) {
        return works.stream()
                .filter(work -> work.name().equals(row.work()) && work.shape().equals(row.shape())
                        && work.type().name().equalsIgnoreCase(row.type()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "the results of a virtual machine have " + row.work() + " " + row.shape() + " " + row.type()
                                + ", which was not asked for"));
    }
}
