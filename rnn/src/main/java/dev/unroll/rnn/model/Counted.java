package dev.unroll.rnn.model;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;

/** The rows of outputs with the weights of their targets. */
final class Counted {
    private final Frames outputs;
    private final float[] weights;

    Counted(Frames outputs, Batch batch) {
        if (outputs.count() != batch.targets().count()) {
            throw new IllegalArgumentException("there are " + outputs.count() + " predictions for "
                    + batch.targets().count()
                    + " targets; choose the readout that predicts them: every step, or one row"
                    + " per sequence");
        }
        this.outputs = outputs;
        weights = batch.effectiveWeights();
    }

    /** Returns the weight of a row, 0 if it does not count. */
    double weight(int row) {
        return weights.length == 0 ? 1 : weights[row];
    }

    /** Refuses outputs that compare with nothing. */
    void requireFinite(int row) {
        for (int c = 0; c < outputs.columns(); c++) {
            if (!Double.isFinite(outputs.get(row, c))) {
                throw new ArithmeticException("output " + c + " of prediction " + row + " is " + outputs.get(row, c)
                        + ": it cannot be judged; look at the parameters of the network");
            }
        }
    }
}
