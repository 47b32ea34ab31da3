package dev.unroll.rnn.data;

/**
 * Some sequences of equal length, step by step: element {@code t * size + b} is step t of sequence b.
 *
 * @param steps how many
 * @param size how many sequences
 * @param inputs ids, {@code steps * size}
 * @param targets the ids to predict, {@code steps * size}
 * @param continues whether sequence b goes on where sequence b of the batch before ended, so that its state carries over
 */
public record Batch(int steps, int size, int[] inputs, int[] targets, boolean continues) {
    /** Checks the counts. */
    public Batch {
        if (steps <= 0 || size <= 0 || inputs.length != steps * size || targets.length != inputs.length) {
            throw new IllegalArgumentException("a batch of " + steps + " steps and " + size + " sequences needs "
                    + (long) steps * size + " inputs and targets, not " + inputs.length + " and " + targets.length);
        }
    }

    /**
     * How many tokens are predicted.
     *
     * @return {@code steps * size}
     */
    public int tokens() {
        return inputs.length;
    }
}
