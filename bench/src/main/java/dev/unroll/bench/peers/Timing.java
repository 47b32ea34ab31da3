package dev.unroll.bench.peers;

import java.util.Arrays;

/**
 * How long and how often is measured.
 *
 * @param pairs samples of each side
 * @param sampleSeconds that one sample takes
 * @param warmUpSeconds at least, before the first sample
 * @param firstSeconds during which the first updates of a training are timed, before the warm-up
 */
public record Timing(int pairs, double sampleSeconds, double warmUpSeconds, double firstSeconds) {
    private static final int NETWORK = 4;

    /** For published figures. */
    public static final Timing FULL = new Timing(7, 0.06, 0.4, 1);

    /** For a quick test that everything works. */
    public static final Timing QUICK = new Timing(3, 0.005, 0.05, 0.02);

    /** {@return longer times: a network is many methods, and a call of it takes up to seconds} */
    Timing forNetworks() {
        return new Timing(pairs, NETWORK * sampleSeconds, 2 * NETWORK * warmUpSeconds, firstSeconds);
    }

    /**
     * The median.
     *
     * @param values at least one; left as they are
     * @return the middle one, or the mean of the two in the middle
     */
    static double median(double... values) {
        return quantile(0.5, values);
    }

    /**
     * Half of the distance between the quartiles, as a part of the median: how far a usual sample is off.
     *
     * @param values at least one
     * @return the part
     */
    static double spread(double... values) {
        return (quantile(0.75, values) - quantile(0.25, values)) / 2 / median(values);
    }

    /**
     * Half of the distance between the largest and the least, as a part of the median.
     *
     * @param values at least one
     * @return the part
     */
    static double halfRange(double... values) {
        return (quantile(1, values) - quantile(0, values)) / 2 / median(values);
    }

    private static double quantile(double part, double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double at = part * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
