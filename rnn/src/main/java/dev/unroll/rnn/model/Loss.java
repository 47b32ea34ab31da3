package dev.unroll.rnn.model;

import dev.unroll.rnn.autograd.LossOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.internal.Nulls;

/**
 * A loss function: the weighted mean over rows of what each prediction costs.
 *
 * <p>Implementations are safe for use by many threads, each with a tape of its own.
 */
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
     * Returns the name of the loss, which a checkpoint is compared by: a training is not resumed with a loss of another
     * name.
     *
     * @return the same text for losses that compute the same, with all their settings; {@code unnamed} if a user-defined
     *     loss has no name, which all such losses share
     */
    default String name() {
        return "unnamed";
    }

    /**
     * Returns a user-defined loss under a name, such as {@code Loss.named("pinball(0.9)", loss)}.
     *
     * @param name says what it computes, with all its settings
     * @param loss computes it
     * @return the loss with that {@link #name()}
     * @throws IllegalArgumentException if the name is blank
     */
    static Loss named(String name, Loss loss) {
        Nulls.require("Loss.named", "name", name);
        Nulls.require("Loss.named", "loss", loss);
        if (name.isBlank()) {
            throw new IllegalArgumentException("Loss.named: name is blank; give one that tells the loss from others");
        }
        return new NamedLoss(name, loss);
    }

    /**
     * Returns the cross-entropy of a softmax, in nats per row: for next tokens and for classes.
     *
     * @return the loss; its targets are ids
     */
    static Loss crossEntropy() {
        return new NamedLoss("cross-entropy", Tape::crossEntropy);
    }

    /**
     * Returns the sum of the cross-entropies of independent bits, in nats per row: for the notes of a frame.
     *
     * @return the loss; its targets are numbers from 0 to 1
     */
    static Loss bernoulli() {
        return new NamedLoss("bernoulli", Tape::binaryCrossEntropy);
    }

    /**
     * Returns the mean squared error.
     *
     * @return the loss; its targets are numbers
     */
    static Loss squaredError() {
        return new NamedLoss("squared error", Tape::squaredError);
    }

    /**
     * Returns the loss of Huber (1964), for numbers with outliers.
     *
     * @param delta the absolute error above which the loss is linear, positive
     * @return the loss; its targets are numbers
     */
    static Loss huber(double delta) {
        Op huber = LossOps.huber(delta);
        return new NamedLoss("huber(" + delta + ")",
                (tape, outputs, targets, weights) -> tape.apply(huber, outputs, targets, weights)[0]);
    }
}
