package dev.unroll.rnn.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** A text as ids, and the ways to cut it into batches. */
public final class Tokens {
    private final int[] ids;

    /**
     * Tokens.
     *
     * @param ids in the order of the text
     */
    public Tokens(int... ids) {
        this.ids = ids.clone();
    }

    /**
     * How many there are.
     *
     * @return the length of the text
     */
    public int size() {
        return ids.length;
    }

    /**
     * The ids.
     *
     * @return a copy
     */
    public int[] ids() {
        return ids.clone();
    }

    /**
     * The beginning of the text.
     *
     * @param count how many tokens at the most
     * @return as many, or all
     */
    public Tokens first(int count) {
        return new Tokens(Arrays.copyOf(ids, Math.min(count, ids.length)));
    }

    /**
     * Sequential batches from the start of the text: sequence b of a batch goes on in the next one.
     *
     * @param size sequences a batch
     * @param steps a sequence
     * @return the batches; what is left over at the end is not in them
     * @throws IllegalArgumentException if there is not enough text for one batch
     */
    public List<Batch> sequential(int size, int steps) {
        return sequentialFrom(0, size, steps);
    }

    /**
     * Sequential batches from a random start among the first {@code steps} tokens, drawn anew for every epoch so that
     * the cuts between batches fall elsewhere (D2L, first edition).
     *
     * @param size sequences a batch
     * @param steps a sequence
     * @param random of the start
     * @return the batches; what is left over at the end is not in them
     * @throws IllegalArgumentException if there is not enough text for one batch, wherever it starts
     */
    public List<Batch> sequential(int size, int steps, RandomGenerator random) {
        checkEnough(size, steps, steps - 1);
        return sequentialFrom(random.nextInt(steps), size, steps);
    }

    private List<Batch> sequentialFrom(int start, int size, int steps) {
        checkEnough(size, steps, start);
        int perSequence = (ids.length - start - 1) / size;
        List<Batch> batches = new ArrayList<>();
        for (int from = 0; from + steps <= perSequence; from += steps) {
            int[] starts = new int[size];
            for (int b = 0; b < size; b++) {
                starts[b] = start + b * perSequence + from;
            }
            batches.add(batch(steps, starts, from > 0));
        }
        return batches;
    }

    /**
     * Random batches: the text from a random start is cut into sequences, which come in random order and begin with no
     * state (D2L).
     *
     * @param size sequences a batch
     * @param steps a sequence
     * @param random of the start and the order
     * @return the batches; what is left over is not in them
     * @throws IllegalArgumentException if there is not enough text for one batch, wherever it starts
     */
    public List<Batch> random(int size, int steps, RandomGenerator random) {
        checkEnough(size, steps, steps - 1);
        int start = random.nextInt(steps);
        int[] starts = new int[(ids.length - start - 1) / steps];
        for (int i = 0; i < starts.length; i++) { // Fisher and Yates, from the inside out
            int j = random.nextInt(i + 1);
            starts[i] = starts[j];
            starts[j] = start + i * steps;
        }
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i + size <= starts.length; i += size) {
            batches.add(batch(steps, Arrays.copyOfRange(starts, i, i + size), false));
        }
        return batches;
    }

    private void checkEnough(int size, int steps, int start) {
        if (size <= 0 || steps <= 0) {
            throw new IllegalArgumentException(
                    "batch size and steps must be positive, not " + size + " and " + steps);
        }
        long needed = (long) size * steps + start + 1;
        if (ids.length < needed) {
            throw new IllegalArgumentException("a batch of " + size + " x " + steps + " steps needs " + needed
                    + " tokens, but the text has " + ids.length + "; use a smaller batch, fewer steps or more text");
        }
    }

    private Batch batch(int steps, int[] starts, boolean continues) {
        int size = starts.length;
        int[] inputs = new int[steps * size];
        int[] targets = new int[steps * size];
        for (int t = 0; t < steps; t++) {
            for (int b = 0; b < size; b++) {
                inputs[t * size + b] = ids[starts[b] + t];
                targets[t * size + b] = ids[starts[b] + t + 1];
            }
        }
        return new Batch(steps, size, inputs, targets, continues);
    }
}
