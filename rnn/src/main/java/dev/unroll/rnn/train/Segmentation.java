package dev.unroll.rnn.train;

import dev.unroll.rnn.data.Batch;

/**
 * How the batches of a training are cut in time for backpropagation.
 *
 * @param steps of a segment; 0 for about the square root of those of a batch
 * @param recomputes whether segments are recorded anew when their gradients are computed
 */
record Segmentation(int steps, boolean recomputes) {
    private static final int SQUARE_ROOT = 0;

    static Segmentation ofSquareRoot(boolean recomputes) {
        return new Segmentation(SQUARE_ROOT, recomputes);
    }

    static Segmentation of(int steps, boolean recomputes) {
        if (steps < 1) {
            throw new IllegalArgumentException("a segment needs at least 1 step, not " + steps);
        }
        return new Segmentation(steps, recomputes);
    }

    /** The steps of a segment of a batch. */
    int stepsOf(Batch batch) {
        return steps == SQUARE_ROOT ? (int) Math.ceil(Math.sqrt(batch.layout().steps())) : steps;
    }

    /** What the order of sums depends on. */
    Object setting() {
        return steps == SQUARE_ROOT ? "square root" : (Object) steps;
    }
}
