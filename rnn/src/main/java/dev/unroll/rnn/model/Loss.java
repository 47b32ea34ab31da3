package dev.unroll.rnn.model;

import dev.unroll.rnn.autograd.LossOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/** A loss function: the weighted mean over rows of what each prediction costs. */
@FunctionalInterface
public interface Loss {
    /**
     * Computes the loss.
     *
     * @param tape to compute on
     * @param outputs {@code [m, n]}
     * @param targets ids {@code [m]} or numbers {@code [m, n]}
     * @param weights {@code [m]}, 0 or positive; or, if all rows count alike, {@code [1]}: {@link Tape#equalWeights}
     * @return the weighted mean over rows, {@code [1, 1]}
     */
    Variable of(Tape tape, Variable outputs, Variable targets, Variable weights);

    /**
     * Returns the cross-entropy of a softmax, in nats per row: for next tokens and for classes.
     *
     * @return the loss; its targets are ids
     */
    static Loss crossEntropy() {
        return Tape::crossEntropy;
    }

    /**
     * Returns the sum of the cross-entropies of independent bits, in nats per row: for the notes of a frame.
     *
     * @return the loss; its targets are numbers from 0 to 1
     */
    static Loss bernoulli() {
        return Tape::binaryCrossEntropy;
    }

    /**
     * Returns the mean squared error.
     *
     * @return the loss; its targets are numbers
     */
    static Loss squaredError() {
        return Tape::squaredError;
    }

    /**
     * Returns the loss of Huber (1964), for numbers with outliers.
     *
     * @param delta the absolute error above which the loss is linear, positive
     * @return the loss; its targets are numbers
     */
    static Loss huber(double delta) {
        Op huber = LossOps.huber(delta);
        return (tape, outputs, targets, weights) -> tape.apply(huber, outputs, targets, weights)[0];
    }
}
