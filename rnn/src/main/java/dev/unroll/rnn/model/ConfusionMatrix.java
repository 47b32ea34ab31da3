package dev.unroll.rnn.model;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.Objects;

/**
 * How often each class was predicted for each actual class. What counts is the weight of a target: 1 unless a batch is
 * weighted; padding and targets of {@link Batch#NO_TARGET} do not count. The predicted class is that of the largest output,
 * the first of equal ones. Immutable and safe for any thread.
 */
public final class ConfusionMatrix {
    private static final int SHOWN = 12;

    private final double[][] counts;

    private ConfusionMatrix(double[]... counts) {
        this.counts = counts;
    }

    /**
     * Returns the matrix of the predictions of a batch.
     *
     * @param outputs a row per target, a column per class
     * @param batch whose targets are classes
     * @return the matrix
     * @throws IllegalArgumentException if the targets are no ids, there are more or fewer rows, or a target is no class
     * @throws ArithmeticException if an output that counts is NaN or infinite
     */
    public static ConfusionMatrix of(Frames outputs, Batch batch) {
        Nulls.require("ConfusionMatrix.of", "outputs", outputs);
        Nulls.require("ConfusionMatrix.of", "batch", batch);
        ConfusionMatrix matrix = none(outputs.columns());
        matrix.add(outputs, batch);
        return matrix;
    }

    static ConfusionMatrix none(int classes) {
        return new ConfusionMatrix(new double[classes][classes]);
    }

    /** To be called before anybody sees the matrix. */
    void add(Frames outputs, Batch batch) {
        if (!(batch.targets() instanceof Ids targets)) {
            throw new IllegalArgumentException(
                    "the targets are numbers, but classes are counted by ids; give targets of Ids");
        }
        Counted rows = new Counted(outputs, batch);
        for (int row = 0; row < targets.count(); row++) {
            double weight = rows.weight(row);
            if (weight > 0) {
                int actual = targets.get(row);
                if (actual < 0 || actual >= counts.length) {
                    throw new IllegalArgumentException("target " + row + " is class " + actual
                            + "; the network predicts classes 0 to " + (counts.length - 1));
                }
                rows.requireFinite(row);
                counts[actual][largest(outputs, row)] += weight;
            }
        }
    }

    private static int largest(Frames outputs, int row) {
        int largest = 0;
        for (int c = 1; c < outputs.columns(); c++) {
            largest = outputs.get(row, c) > outputs.get(row, largest) ? c : largest;
        }
        return largest;
    }

    /** {@return the number of classes} */
    public int classes() {
        return counts.length;
    }

    /**
     * Returns how often a class was predicted for an actual class.
     *
     * @param actual the class of the target, from 0
     * @param predicted the class of the prediction, from 0
     * @return the sum of the weights of such targets: their number if nothing is weighted
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public double count(int actual, int predicted) {
        return counts[Objects.checkIndex(actual, counts.length)][Objects.checkIndex(predicted, counts.length)];
    }

    /** {@return the sum of all counts} */
    public double total() {
        return Arrays.stream(counts).flatMapToDouble(Arrays::stream).sum();
    }

    /** {@return the share of the predictions that are right; NaN if nothing was counted} */
    public double accuracy() {
        double right = 0;
        for (int c = 0; c < counts.length; c++) {
            right += counts[c][c];
        }
        return right / total();
    }

    /**
     * Returns the share of the targets of a class that were predicted.
     *
     * @param actual from 0
     * @return from 0 to 1; NaN if there were none
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public double recall(int actual) {
        return count(actual, actual) / Arrays.stream(counts[actual]).sum();
    }

    /**
     * Returns the share of the predictions of a class that are right.
     *
     * @param predicted from 0
     * @return from 0 to 1; NaN if there were none
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public double precision(int predicted) {
        return count(predicted, predicted) / Arrays.stream(counts).mapToDouble(row -> row[predicted]).sum();
    }

    /** Returns the counts, a line per actual class; of many classes only the accuracy. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                "accuracy " + accuracy() + " of " + total() + " predictions of " + counts.length + " classes");
        for (int c = 0; c < counts.length && counts.length <= SHOWN; c++) {
            text.append(System.lineSeparator()).append("actual ").append(c).append(": ")
                    .append(Arrays.toString(counts[c]));
        }
        return text.toString();
    }
}
