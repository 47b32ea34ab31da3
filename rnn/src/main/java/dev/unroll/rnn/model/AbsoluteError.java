package dev.unroll.rnn.model;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;

/** Sums absolute errors, and the weights of their rows. */
final class AbsoluteError {
    private double sum;
    private double weights;

    void add(Frames outputs, Batch batch) {
        if (!(batch.targets() instanceof Frames targets) || targets.columns() != outputs.columns()) {
            throw new IllegalArgumentException("outputs of " + outputs.columns()
                    + " columns need targets of as many numbers, not " + (batch.targets() instanceof Frames frames
                            ? frames.columns() + " columns"
                            : "ids"));
        }
        Counted rows = new Counted(outputs, batch);
        for (int row = 0; row < targets.count(); row++) {
            double weight = rows.weight(row);
            if (weight > 0) {
                rows.requireFinite(row);
                sum += weight * ofRow(outputs, targets, row);
                weights += weight;
            }
        }
    }

    private static double ofRow(Frames outputs, Frames targets, int row) {
        double error = 0;
        for (int c = 0; c < targets.columns(); c++) {
            double target = targets.get(row, c);
            if (!Double.isFinite(target)) {
                throw new IllegalArgumentException("number " + c + " of target " + row + " is " + target
                        + "; expected a finite number, or a weight of 0");
            }
            error += Math.abs(outputs.get(row, c) - target);
        }
        return error / targets.columns();
    }

    /** Returns the weighted mean over rows of the mean over columns. */
    double mean() {
        Evaluation.requireSomething(weights);
        return sum / weights;
    }
}
