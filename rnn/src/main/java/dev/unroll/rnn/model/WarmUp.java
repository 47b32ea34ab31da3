package dev.unroll.rnn.model;

import java.time.Duration;

/** Runs steps until they no longer become faster. */
final class WarmUp {
    private static final long LIMIT = Duration.ofSeconds(5).toNanos();

    /** Steps after which everything that a step calls has been compiled, or is being so. */
    private static final int COMPILED = 20_000;

    private static final int ROUND = 1_000;
    private static final int SLOW_ROUNDS = 5;
    private static final double FASTER = 0.95;

    private WarmUp() {}

    /**
     * The compilers come by after some thousand calls; a round that is not faster may be one in which they work.
     *
     * @return the number of steps
     */
    static long run(Runnable step) {
        long end = System.nanoTime() + LIMIT;
        long steps = 0;
        double best = Double.POSITIVE_INFINITY;
        for (int slowRounds = 0; slowRounds < SLOW_ROUNDS || steps < COMPILED;) {
            long start = System.nanoTime();
            for (int i = 0; i < ROUND; i++) {
                step.run();
                if (System.nanoTime() - end > 0) {
                    return steps + i + 1;
                }
            }
            steps += ROUND;
            double time = System.nanoTime() - start;
            slowRounds = time < FASTER * best ? 0 : slowRounds + 1;
            best = Math.min(best, time);
        }
        return steps;
    }
}
