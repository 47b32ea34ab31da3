package dev.unroll.rnn.data;

import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A batch of sequences with what is to be predicted from them. Immutable; {@link #weighted} and {@link #continuing} return
 * changed copies.
 *
 * <p>Inputs have a row for every step, in the order of the {@link SequenceLayout}. Targets have a row for every step, or one
 * for every sequence. A target that is an id of {@value #NO_TARGET}, and one of padding, counts nothing.
 */
public final class Batch {
    /** The id of a target that counts nothing. */
    public static final int NO_TARGET = -1;

    private final SequenceLayout layout;
    private final Values inputs;
    private final Values targets;
    private final float[] weights;
    private final boolean continues;

    /**
     * Makes a batch of new sequences whose targets count alike.
     *
     * @param layout of the sequences
     * @param inputs {@code steps * batch} rows
     * @param targets {@code steps * batch} rows, or {@code batch}
     * @throws IllegalArgumentException if the rows do not fit the layout
     */
    public Batch(SequenceLayout layout, Values inputs, Values targets) {
        this(layout, inputs, targets, new float[0], false);
    }

    private Batch(SequenceLayout layout, Values inputs, Values targets, float[] weights, boolean continues) {
        Nulls.require("Batch", "layout", layout);
        Nulls.require("Batch", "inputs", inputs);
        Nulls.require("Batch", "targets", targets);
        Nulls.require("Batch", "weights", weights);
        long rows = layout.rows();
        if (inputs.count() != rows || targets.count() != rows && targets.count() != layout.batch()) {
            throw new IllegalArgumentException("a batch of " + layout.steps() + " steps and " + layout.batch()
                    + " sequences needs " + rows + " inputs and as many targets, or one for each sequence, not "
                    + inputs.count() + " and " + targets.count());
        }
        if (weights.length > 0 && weights.length != targets.count()) {
            throw new IllegalArgumentException(
                    targets.count() + " targets need as many weights, not " + weights.length);
        }
        for (int i = 0; i < weights.length; i++) {
            if (!(weights[i] >= 0) || Float.isInfinite(weights[i])) {
                throw new IllegalArgumentException(
                        "the weight of target " + i + " must be 0 or a positive number, not " + weights[i]);
            }
        }
        this.layout = layout;
        this.inputs = inputs;
        this.targets = targets;
        this.weights = weights;
        this.continues = continues;
    }

    /**
     * Makes a batch of tokens, each to be predicted from those before it.
     *
     * @param steps per sequence
     * @param batch number of sequences
     * @param inputs ids, {@code steps * batch}
     * @param targets the ids to predict, {@code steps * batch}
     * @return a batch of new sequences
     * @throws IllegalArgumentException if the numbers do not fit
     */
    public static Batch ofTokens(int steps, int batch, int[] inputs, int[] targets) {
        return new Batch(SequenceLayout.of(steps, batch), new Ids(inputs), new Ids(targets));
    }

    /**
     * Returns this batch with weights.
     *
     * @param weights of each row of targets, 0 or positive
     * @return a copy
     * @throws IllegalArgumentException if there are more or fewer than rows of targets, or one is negative, NaN or infinite
     */
    public Batch weighted(float... weights) {
        Nulls.require("Batch.weighted", "weights", weights);
        return new Batch(layout, inputs, targets, weights.clone(), continues);
    }

    /**
     * Returns this batch as one whose sequences continue those of the batch before it, so that their states carry over.
     *
     * @return a copy
     */
    public Batch continuing() {
        return new Batch(layout, inputs, targets, weights, true);
    }

    /**
     * Returns some steps of all sequences, as a batch that continues the one of the steps before them.
     *
     * @param from the first step
     * @param count number of steps
     * @return a copy of those rows; targets that are one for each sequence stay as they are
     * @throws IllegalArgumentException if there are no such steps, or the layout is packed
     */
    public Batch steps(int from, int count) {
        if (from < 0 || count < 1 || count > layout.steps() - from) {
            throw new IllegalArgumentException("a batch of " + layout.steps() + " steps has no " + count
                    + " steps from step " + from + " on, counted from 0");
        }
        if (layout.isPacked()) {
            throw new IllegalArgumentException(
                    "Batch.steps: a batch of a packed layout cannot be cut; give the padded one");
        }
        int size = layout.batch();
        SequenceLayout part = layout.isPadded()
                ? SequenceLayout.padded(
                        count, IntStream.range(0, size)
                                .map(b -> Math.clamp(layout.length(b) - from, 0, count)).toArray())
                : SequenceLayout.of(count, size);
        boolean ofSteps = targets.count() == layout.rows();
        return new Batch(
                part, rows(inputs, from * size, count * size),
                ofSteps ? rows(targets, from * size, count * size) : targets,
                ofSteps && weights.length > 0
                        ? Arrays.copyOfRange(weights, from * size, (from + count) * size)
                        : weights,
                continues || from > 0);
    }

    /**
     * Returns some sequences of all steps, as a batch of as many steps.
     *
     * @param from the first sequence
     * @param count number of sequences
     * @return a copy of those rows
     * @throws IllegalArgumentException if there are no such sequences, or the layout is packed
     */
    public Batch sequences(int from, int count) {
        int size = layout.batch();
        if (from < 0 || count < 1 || count > size - from) {
            throw new IllegalArgumentException("a batch of " + size + " sequences has no " + count
                    + " sequences from sequence " + from + " on, counted from 0");
        }
        if (layout.isPacked()) {
            throw new IllegalArgumentException(
                    "Batch.sequences: a batch of a packed layout cannot be cut; give the padded one");
        }
        SequenceLayout part = layout.isPadded()
                ? SequenceLayout.padded(layout.steps(), Arrays.copyOfRange(layout.lengths(), from, from + count))
                : SequenceLayout.of(layout.steps(), count);
        int targetSteps = targets.count() / size;
        float[] partWeights = new float[weights.length == 0 ? 0 : targetSteps * count];
        for (int t = 0; t < targetSteps && weights.length > 0; t++) {
            System.arraycopy(weights, t * size + from, partWeights, t * count, count);
        }
        return new Batch(
                part, columns(inputs, layout.steps(), from, count), columns(targets, targetSteps, from, count),
                partWeights, continues);
    }

    /** Some of the rows of every step. */
    private static Values columns(Values values, int steps, int from, int count) {
        return switch (values) {
            case Ids ids -> ids.ofEvery(steps, from, count);
            case Frames frames -> frames.ofEvery(steps, from, count);
        };
    }

    private static Values rows(Values values, int from, int count) {
        return switch (values) {
            case Ids ids -> ids.ids(from, count);
            case Frames frames -> frames.frames(from, count);
        };
    }

    /**
     * Returns how the rows are steps of sequences.
     *
     * @return the layout
     */
    public SequenceLayout layout() {
        return layout;
    }

    /**
     * Returns the inputs.
     *
     * @return {@code steps * batch} rows
     */
    public Values inputs() {
        return inputs;
    }

    /**
     * Returns the targets.
     *
     * @return {@code steps * batch} rows, or {@code batch}
     */
    public Values targets() {
        return targets;
    }

    /**
     * Returns whether sequence b continues sequence b of the batch before.
     *
     * @return false if new sequences begin
     */
    public boolean continues() {
        return continues;
    }

    /**
     * Returns the weights that were given.
     *
     * @return a copy; empty if there are none
     */
    public float[] weights() {
        return weights.clone();
    }

    /**
     * Returns the weight with which every row of targets counts: 0 for padding and for an id of {@value #NO_TARGET}.
     *
     * @return a weight per row of targets; empty if all count alike
     */
    public float[] effectiveWeights() {
        boolean hasGaps = false;
        for (int i = 0; i < targets.count() && !hasGaps; i++) {
            hasGaps = isGap(i);
        }
        if (!layout.isPadded() && !hasGaps) {
            return weights();
        }
        float[] effective = new float[targets.count()];
        for (int i = 0; i < effective.length; i++) {
            effective[i] = isGap(i) ? 0 : weights.length == 0 ? 1 : weights[i];
        }
        return effective;
    }

    private boolean isGap(int target) {
        return targets instanceof Ids ids && ids.get(target) == NO_TARGET
                || (targets.count() == layout.batch() ? layout.length(target) == 0 : layout.isPadding(target));
    }

    /**
     * Returns how much is predicted.
     *
     * @return the sum of the {@linkplain #effectiveWeights() effective weights}: the number of rows if all count alike
     */
    public double predicted() {
        float[] effective = effectiveWeights();
        if (effective.length == 0) {
            return targets.count();
        }
        double sum = 0;
        for (float weight : effective) {
            sum += weight;
        }
        return sum;
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Batch other
                && layout.equals(other.layout)
                && inputs.equals(other.inputs)
                && targets.equals(other.targets)
                && Arrays.equals(weights, other.weights)
                && continues == other.continues;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * layout.hashCode() + inputs.hashCode()) + targets.hashCode();
    }

    @Override
    public String toString() {
        return "batch of " + layout + (continues ? ", continuing" : "") + ": " + inputs + " -> " + targets
                + (weights.length == 0 ? "" : ", weighted");
    }
}
