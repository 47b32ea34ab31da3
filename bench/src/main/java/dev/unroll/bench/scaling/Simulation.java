package dev.unroll.bench.scaling;

import java.util.Random;

/**
 * Updates of many workers on paper: each has the time of some measured step, all wait for the slowest, and exchange their
 * gradients then.
 *
 * @param stepSeconds measured times of steps of one worker
 * @param cost of the exchange
 */
public record Simulation(double[] stepSeconds, UpdateCost cost) {
    private static final int UPDATES = 1000;

    /**
     * Returns the mean time of an update, of {@value #UPDATES} that are drawn with a fixed seed.
     *
     * @param workers at least 1
     * @return seconds
     */
    public double seconds(int workers) {
        Random random = new Random(workers);
        double sum = 0;
        for (int update = 0; update < UPDATES; update++) {
            double slowest = 0;
            for (int worker = 0; worker < workers; worker++) {
                slowest = Math.max(slowest, stepSeconds[random.nextInt(stepSeconds.length)]);
            }
            sum += slowest;
        }
        return sum / UPDATES + cost.seconds(workers);
    }

    /**
     * Returns the speed of workers with batches of their own beside that of as many that need not wait.
     *
     * @param workers at least 1
     * @return 1 for linear scaling
     */
    public double efficiency(int workers) {
        return seconds(1) / seconds(workers);
    }
}
