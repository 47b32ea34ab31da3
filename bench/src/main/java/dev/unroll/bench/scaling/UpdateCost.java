package dev.unroll.bench.scaling;

/**
 * What an update of data-parallel training costs besides the step itself: a reduce-scatter and an all-gather of the
 * gradients, in each of which every worker sends {@code (W - 1) / W} of them to the others, and copies and sums in memory.
 * Networks are taken to be full duplex, and without a bottleneck beyond the connection of each worker.
 *
 * @param gradientBytes of all parameters
 * @param bandwidth bytes per second that a worker sends and receives at a time
 * @param latency seconds of a round in which nothing is sent
 * @param adding bytes of sums per second that a worker computes
 */
public record UpdateCost(long gradientBytes, double bandwidth, double latency, double adding) {
    /** One for the losses, one for each half of the exchange. */
    private static final int ROUNDS = 3;

    /** Over gradients in memory: a copy of a worker's own, and the sums of its part with the copy of the result. */
    private static final double PASSES = 2;

    /**
     * Returns what every worker sends for an update.
     *
     * @param workers at least 1
     * @return bytes
     */
    public double bytesSent(int workers) {
        return 2.0 * gradientBytes * (workers - 1) / workers;
    }

    /**
     * Returns the time of the exchange of an update.
     *
     * @param workers at least 1
     * @return seconds, 0 for one worker
     */
    public double seconds(int workers) {
        if (workers == 1) {
            return 0;
        }
        return ROUNDS * latency + bytesSent(workers) / bandwidth + PASSES * gradientBytes / adding;
    }
}
