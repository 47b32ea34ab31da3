package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.LossOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.operator.Readout;
import java.util.Arrays;

/**
 * What a network is trained for.
 *
 * @param readout what is predicted from
 * @param loss of the predictions
 */
public record Task(Readout readout, Loss loss) {
    /** The mean of what every row's prediction costs. */
    @FunctionalInterface
    public interface Loss {
        /**
         * Computes the loss.
         *
         * @param tape to compute on
         * @param outputs {@code [m, n]}
         * @param targets ids {@code [m]} or numbers {@code [m, n]}
         * @param weights {@code [m]} or {@link Tape#equalWeights}
         * @return the weighted mean over rows, {@code [1, 1]}
         */
        Variable of(Tape tape, Variable outputs, Variable targets, Variable weights);
    }

    /**
     * The next token of every step, or the class of a sequence: cross-entropy of a softmax, in nats.
     *
     * @return the loss
     */
    public static Loss crossEntropy() {
        return Tape::crossEntropy;
    }

    /**
     * Independent bits, such as the notes of a frame: the sum of their cross-entropies, in nats.
     *
     * @return the loss
     */
    public static Loss bernoulli() {
        return Tape::binaryCrossEntropy;
    }

    /**
     * Numbers: the mean squared error.
     *
     * @return the loss
     */
    public static Loss squaredError() {
        return Tape::squaredError;
    }

    /**
     * Numbers with outliers: the loss of Huber.
     *
     * @param delta above 0, where it becomes linear
     * @return the loss
     */
    public static Loss huber(double delta) {
        Op huber = LossOps.huber(delta);
        return (tape, outputs, targets, weights) -> tape.apply(huber, outputs, targets, weights)[0];
    }

    /**
     * A prediction at every step.
     *
     * @param loss of the predictions
     * @return the task
     */
    public static Task everyStep(Loss loss) {
        return new Task(Readout.EVERY_STEP, loss);
    }

    /**
     * The language model's: the next token of every step.
     *
     * @return the task
     */
    public static Task nextToken() {
        return everyStep(crossEntropy());
    }

    /**
     * The loss of a network on a batch, such as for a check of its gradients; the state stays as it is.
     *
     * @param model to run
     * @param tape to compute on
     * @param batch to predict
     * @param state that the batch begins with
     * @return the mean over what is predicted, {@code [1, 1]}
     */
    public Variable loss(DeepRnn model, Tape tape, Batch batch, CarriedState state) {
        return loss(tape, predict(model, tape, batch, state).logits(), batch);
    }

    /** The predictions of a batch, and the states after it. */
    DeepRnn.Output predict(DeepRnn model, Tape tape, Batch batch, CarriedState state) {
        return model.run(tape, batch.inputs().on(tape), batch.layout(), readout, state.on(tape));
    }

    /** The loss of a batch. */
    Variable loss(Tape tape, Variable outputs, Batch batch) {
        float[] counts = batch.counts();
        if (counts.length == 0) {
            return loss.of(tape, outputs, batch.targets().on(tape), tape.equalWeights());
        }
        return loss.of(tape, outputs, withoutGaps(batch.targets(), counts).on(tape), tape.row(counts));
    }

    /** What counts nothing need be no id: nobody looks at it. */
    private static Values withoutGaps(Values targets, float... counts) {
        if (!(targets instanceof Ids(int[] given))) {
            return targets;
        }
        int[] ids = given.clone();
        Arrays.setAll(ids, i -> counts[i] == 0 ? Batch.NO_TARGET : ids[i]);
        return new Ids(ids);
    }
}
