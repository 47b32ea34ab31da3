package dev.unroll.rnn.data;

import dev.unroll.rnn.internal.Nulls;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Sequences of frames, such as the pieces of a collection of music, cut into batches in which every frame is to be
 * predicted from those before it in its own sequence.
 *
 * <p>Sequences of like length come together, so that little of a batch is padding. Longer ones than a batch go on in the
 * next one, which carries their states.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class Sequences {
    /** Random batches are made of so many batches' sequences at a time: the more, the less padding and the less chance. */
    private static final int BATCHES_SORTED_TOGETHER = 8;

    private final List<Frames> all;
    private final int columns;

    /**
     * Some sequences.
     *
     * @param sequences at least one, all with frames of one size
     * @throws IllegalArgumentException if there is none, or the sizes differ
     */
    public Sequences(List<Frames> sequences) {
        Nulls.require("Sequences", "sequences", sequences);
        if (sequences.isEmpty()) {
            throw new IllegalArgumentException("no sequences; give at least one");
        }
        all = List.copyOf(sequences);
        columns = all.getFirst().columns();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).columns() != columns) {
                throw new IllegalArgumentException("sequence " + i + " has frames of " + all.get(i).columns()
                        + " columns, but sequence 0 has frames of " + columns + " columns; make them equal");
            }
            if (all.get(i).isDouble() != all.getFirst().isDouble()) {
                throw new IllegalArgumentException(
                        "sequence " + i + " is of " + noun(all.get(i)) + ", but sequence 0 is of "
                                + noun(all.getFirst()) + "; give all as floats or all as doubles");
            }
        }
    }

    private static String noun(Frames frames) {
        return frames.isDouble() ? "doubles" : "floats";
    }

    /**
     * The size of a frame.
     *
     * @return columns
     */
    public int columns() {
        return columns;
    }

    /**
     * How many sequences there are.
     *
     * @return at least 1
     */
    public int count() {
        return all.size();
    }

    /**
     * Batches in a fixed order, for evaluation.
     *
     * @param size sequences a batch, at the most
     * @param steps of a batch, at the most
     * @return the batches of all sequences; every frame but the first of each is predicted once
     */
    public List<Batch> nextFrame(int size, int steps) {
        check(size, steps);
        return batches(byLength(all), size, steps);
    }

    /**
     * Batches in an order drawn anew, for an epoch of training.
     *
     * @param size sequences a batch, at the most
     * @param steps of a batch, at the most
     * @param random of the order
     * @return the batches of all sequences; every frame but the first of each is predicted once
     */
    public List<Batch> nextFrame(int size, int steps, RandomGenerator random) {
        check(size, steps);
        List<Frames> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, Random.from(random));
        int together = (int) Math.min(shuffled.size(), (long) size * BATCHES_SORTED_TOGETHER);
        List<List<Batch>> groups = new ArrayList<>();
        for (int from = 0; from < shuffled.size(); from += together) {
            List<Frames> sorted = byLength(shuffled.subList(from, Math.min(from + together, shuffled.size())));
            for (int i = 0; i < sorted.size(); i += size) {
                groups.add(windows(sorted.subList(i, Math.min(i + size, sorted.size())), steps));
            }
        }
        Collections.shuffle(groups, Random.from(random));
        return groups.stream().flatMap(List::stream).toList();
    }

    private static void check(int size, int steps) {
        if (size <= 0 || steps <= 0) {
            throw new IllegalArgumentException(
                    "batch size and steps must be positive, not " + size + " and " + steps);
        }
    }

    private static List<Frames> byLength(List<Frames> sequences) {
        return sequences.stream().sorted(Comparator.comparingInt(Frames::count)).toList();
    }

    private static List<Batch> batches(List<Frames> sequences, int size, int steps) {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < sequences.size(); i += size) {
            batches.addAll(windows(sequences.subList(i, Math.min(i + size, sequences.size())), steps));
        }
        return batches;
    }

    /** Some sequences side by side, cut in time. */
    private static List<Batch> windows(List<Frames> sequences, int steps) {
        int predicted = sequences.stream().mapToInt(Frames::count).max().orElse(0) - 1;
        List<Batch> batches = new ArrayList<>();
        for (int from = 0; from < predicted; from += steps) {
            batches.add(window(sequences, from, Math.min(steps, predicted - from)));
        }
        return batches;
    }

    private static Batch window(List<Frames> sequences, int from, int steps) {
        int size = sequences.size();
        int columns = sequences.getFirst().columns();
        boolean isDouble = sequences.getFirst().isDouble();
        int[] lengths = new int[size];
        Frames inputs = Frames.zeros(columns, Math.multiplyExact(steps, size), isDouble);
        Frames targets = Frames.zeros(columns, steps * size, isDouble);
        for (int b = 0; b < size; b++) {
            Frames frames = sequences.get(b);
            lengths[b] = Math.clamp(frames.count() - 1L - from, 0, steps);
            for (int t = 0; t < lengths[b]; t++) {
                frames.copyFrame(from + t, inputs, t * size + b);
                frames.copyFrame(from + t + 1, targets, t * size + b);
            }
        }
        Batch batch = new Batch(SequenceLayout.padded(steps, lengths), inputs, targets);
        return from > 0 ? batch.continuing() : batch;
    }
}
