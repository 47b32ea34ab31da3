package dev.unroll.bench.jmh;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counters of the work of a benchmark's calls, from which JMH also reports the time per unit. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Amounts {
    /** Floating-point operations of products. */
    public long flops;

    /** Bytes that were read and written. */
    public long bytes;

    /** Elements of results. */
    public long elements;

    /**
     * Counts a product.
     *
     * @param m rows
     * @param n columns
     * @param k depth
     */
    void product(long m, long n, long k) {
        flops += 2 * m * n * k;
    }

    /**
     * Counts a pass over elements.
     *
     * @param count of the results
     * @param bytesEach read and written for one of them
     */
    void pass(long count, long bytesEach) {
        elements += count;
        bytes += count * bytesEach;
    }
}
