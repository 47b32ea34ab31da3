package dev.unroll.rnn.text;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.internal.Nulls;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/**
 * A text as ids, in about two bytes each, and the ways to cut it into batches.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class Tokens {
    private final IdStore ids;
    private final int size;

    /**
     * Tokens.
     *
     * @param ids in the order of the text
     */
    public Tokens(int... ids) {
        this(stored(ids));
    }

    /** The ids so far in a store, to which none may be added that is to be seen here. */
    Tokens(IdStore ids) {
        this(ids, ids.size());
    }

    private Tokens(IdStore ids, int size) {
        this.ids = ids;
        this.size = size;
    }

    private static IdStore stored(int[] ids) {
        Nulls.require("Tokens", "ids", ids);
        IdStore store = new IdStore();
        for (int id : ids) {
            store.add(id);
        }
        return store;
    }

    /**
     * How many there are.
     *
     * @return the length of the text
     */
    public int size() {
        return size;
    }

    /**
     * One of the ids.
     *
     * @param index from 0
     * @return the id
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public int id(int index) {
        return ids.get(Objects.checkIndex(index, size));
    }

    /**
     * The ids.
     *
     * @return a copy
     */
    public int[] ids() {
        int[] all = new int[size];
        Arrays.setAll(all, ids::get);
        return all;
    }

    /**
     * The beginning of the text.
     *
     * @param count how many tokens at the most
     * @return as many, or all
     */
    public Tokens first(int count) {
        return new Tokens(ids, Math.min(count, size));
    }

    /**
     * Sequential batches from the start of the text: sequence b of a batch goes on in the next one.
     *
     * @param size sequences a batch
     * @param steps a sequence
     * @return the batches, each made when it is asked for; what is left over at the end is not in them
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
     * @return the batches, each made when it is asked for; what is left over at the end is not in them
     * @throws IllegalArgumentException if there is not enough text for one batch, wherever it starts
     */
    public List<Batch> sequential(int size, int steps, RandomGenerator random) {
        checkEnough(size, steps, steps - 1);
        return sequentialFrom(random.nextInt(steps), size, steps);
    }

    private List<Batch> sequentialFrom(int start, int size, int steps) {
        checkEnough(size, steps, start);
        int perSequence = (this.size - start - 1) / size;
        return batches(perSequence / steps, i -> {
            int[] starts = new int[size];
            Arrays.setAll(starts, b -> start + b * perSequence + i * steps);
            return batch(steps, starts, i > 0);
        });
    }

    /**
     * The whole text as one sequence, for evaluation: every token but the first is predicted once, from all before it.
     *
     * @param steps of a batch, at the most
     * @return batches of one sequence, each made when it is asked for
     * @throws IllegalArgumentException if there are not at least two tokens, or the steps are not positive
     */
    public List<Batch> whole(int steps) {
        checkEnough(1, Math.min(steps, Math.max(1, size - 1)), 0);
        int predicted = size - 1;
        return batches((predicted + steps - 1) / steps, i -> {
            int from = i * steps;
            return batch(Math.min(steps, predicted - from), new int[] {from}, i > 0);
        });
    }

    /**
     * Random batches: the text from a random start is cut into sequences, which come in random order and begin with no
     * state (D2L).
     *
     * @param size sequences a batch
     * @param steps a sequence
     * @param random of the start and the order
     * @return the batches, each made when it is asked for; what is left over is not in them
     * @throws IllegalArgumentException if there is not enough text for one batch, wherever it starts
     */
    public List<Batch> random(int size, int steps, RandomGenerator random) {
        checkEnough(size, steps, steps - 1);
        int start = random.nextInt(steps);
        int[] starts = new int[(this.size - start - 1) / steps];
        for (int i = 0; i < starts.length; i++) { // Fisher and Yates, from the inside out
            int j = random.nextInt(i + 1);
            starts[i] = starts[j];
            starts[j] = start + i * steps;
        }
        return batches(
                starts.length / size, i -> batch(steps, Arrays.copyOfRange(starts, i * size, (i + 1) * size), false));
    }

    /** Batches that are made when they are asked for: all at once they would take four times the memory of the text. */
    private static List<Batch> batches(int count, IntFunction<Batch> maker) {
        return new AbstractList<>() {
            @Override
            public Batch get(int i) {
                return maker.apply(Objects.checkIndex(i, count));
            }

            @Override
            public int size() {
                return count;
            }
        };
    }

    private void checkEnough(int size, int steps, int start) {
        if (size <= 0 || steps <= 0) {
            throw new IllegalArgumentException(
                    "batch size and steps must be positive, not " + size + " and " + steps);
        }
        long needed = (long) size * steps + start + 1;
        if (this.size < needed) {
            throw new IllegalArgumentException("a batch of " + size + " x " + steps + " steps needs " + needed
                    + " tokens, but the text has " + this.size + "; use a smaller batch, fewer steps or more text");
        }
    }

    private Batch batch(int steps, int[] starts, boolean continues) {
        int size = starts.length;
        int[] inputs = new int[steps * size];
        int[] targets = new int[steps * size];
        for (int t = 0; t < steps; t++) {
            for (int b = 0; b < size; b++) {
                inputs[t * size + b] = ids.get(starts[b] + t);
                targets[t * size + b] = ids.get(starts[b] + t + 1);
            }
        }
        Batch batch = Batch.ofTokens(steps, size, inputs, targets);
        return continues ? batch.continuing() : batch;
    }
}
