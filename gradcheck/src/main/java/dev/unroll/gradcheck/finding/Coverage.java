package dev.unroll.gradcheck.finding;

import dev.unroll.kernels.ElementType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Counts what checks looked at: in which types, on how many threads and with which memory layouts of the inputs a
 * function ran, and which gradients of its outputs ("deltas") its backward got. Not thread-safe.
 */
public final class Coverage {
    /** The patterns of the deltas of a backward run, over all its outputs. */
    public enum Delta {
        /** Numbers that differ, or a single one. */
        RANDOM,
        /** One element is not 0, and is 1. */
        ONE_HOT,
        /** All of several are 1. */
        ONES,
        /** All of several are equal, but not 1 or 0. */
        EQUAL,
        /** All are 0. */
        ZERO,
        /** Numbers that differ, none larger than 1e-2. */
        SMALL,
        /** Numbers that differ, none but 0 smaller than 1e2. */
        LARGE
    }

    private static final double FEW = 1e-2;
    private static final double MANY = 1e2;

    private final Map<Delta, Long> deltas = new EnumMap<>(Delta.class);
    private final Map<ElementType, Long> types = new EnumMap<>(ElementType.class);
    private final Map<Integer, Long> threads = new TreeMap<>();
    private final Set<Long> sizes = new TreeSet<>();
    private long contiguous;
    private long strided;

    /** Creates a coverage of nothing. */
    public Coverage() {}

    /**
     * Counts a run.
     *
     * @param type of the computation
     * @param workers threads of the pool, the caller's among them
     * @param wider whether inputs were columns of wider matrices
     */
    public void addRun(ElementType type, int workers, boolean wider) {
        types.merge(type, 1L, Long::sum);
        threads.merge(workers, 1L, Long::sum);
        strided += wider ? 1 : 0;
        contiguous += wider ? 0 : 1;
    }

    /**
     * Adds the sizes of an input.
     *
     * @param shape its sizes
     */
    public void addShape(long... shape) {
        Arrays.stream(shape).forEach(sizes::add);
    }

    /**
     * Counts a backward run.
     *
     * @param cotangents the gradient of each output, null for none
     */
    public void addDelta(double[][] cotangents) {
        deltas.merge(pattern(cotangents), 1L, Long::sum);
    }

    private static Delta pattern(double[][] cotangents) {
        double least = Double.POSITIVE_INFINITY;
        double largest = 0;
        double first = Double.NaN;
        boolean equal = true;
        long nonzero = 0;
        long elements = 0;
        for (double[] u : cotangents) {
            if (u == null || u.length == 0) {
                equal = false;
                continue;
            }
            first = Double.isNaN(first) ? u[0] : first;
            elements += u.length;
            for (double element : u) {
                equal &= element == first;
                nonzero += element != 0 ? 1 : 0;
                largest = Math.max(largest, Math.abs(element));
                least = element != 0 ? Math.min(least, Math.abs(element)) : least;
            }
        }
        if (nonzero == 0) {
            return Delta.ZERO;
        }
        if (equal && elements > 1) {
            return first == 1 ? Delta.ONES : Delta.EQUAL;
        }
        if (nonzero == 1 && largest == 1) {
            return Delta.ONE_HOT;
        }
        return largest <= FEW ? Delta.SMALL : least >= MANY ? Delta.LARGE : Delta.RANDOM;
    }

    /**
     * Returns the patterns of deltas.
     *
     * @return how many backward runs had each
     */
    public Map<Delta, Long> deltas() {
        return Map.copyOf(deltas);
    }

    /**
     * Returns the types.
     *
     * @return how many runs there were in each
     */
    public Map<ElementType, Long> types() {
        return Map.copyOf(types);
    }

    /**
     * Returns the numbers of threads.
     *
     * @return how many runs there were on each number
     */
    public Map<Integer, Long> threads() {
        return new TreeMap<>(threads);
    }

    /**
     * Returns the sizes of inputs.
     *
     * @return in rising order
     */
    public Set<Long> sizes() {
        return new TreeSet<>(sizes);
    }

    /**
     * Returns the number of runs whose inputs' rows follow each other in memory.
     *
     * @return at least 0
     */
    public long contiguousRuns() {
        return contiguous;
    }

    /**
     * Returns the number of runs whose inputs are columns of wider matrices.
     *
     * @return at least 0
     */
    public long stridedRuns() {
        return strided;
    }
}
