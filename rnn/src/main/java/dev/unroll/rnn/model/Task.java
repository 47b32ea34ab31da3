package dev.unroll.rnn.model;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Readout;
import java.util.Arrays;

/**
 * What a network is trained for and evaluated on.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param readout what is predicted from
 * @param loss of the predictions
 */
public record Task(Readout readout, Loss loss) {
    /** Checks the arguments. */
    public Task {
        Nulls.require("Task", "readout", readout);
        Nulls.require("Task", "loss", loss);
    }

    /**
     * Returns the task of predicting at every step.
     *
     * @param loss of the predictions
     * @return the task
     */
    public static Task everyStep(Loss loss) {
        return new Task(Readout.EVERY_STEP, loss);
    }

    /**
     * Returns the task of a language model: to predict the next token at every step.
     *
     * @return the task
     */
    public static Task nextToken() {
        return everyStep(Loss.crossEntropy());
    }

    /**
     * Computes the loss of a network on a batch, such as for a check of its gradients. The state is not changed.
     *
     * @param network to run
     * @param tape to compute on
     * @param batch to predict
     * @param state that the batch begins with
     * @return the weighted mean over what is predicted, {@code [1, 1]}
     */
    public Variable loss(DeepRnn network, Tape tape, Batch batch, CarriedState state) {
        Variable inputs = tape.constant(batch.inputs());
        return loss(tape, network.forward(tape, inputs, batch.layout(), readout, state.on(tape)).logits(), batch);
    }

    /**
     * Computes the loss of predictions.
     *
     * @param tape to compute on
     * @param outputs logits of the batch
     * @param batch that was predicted
     * @return the weighted mean over what is predicted, {@code [1, 1]}
     */
    public Variable loss(Tape tape, Variable outputs, Batch batch) {
        float[] weights = batch.effectiveWeights();
        if (weights.length == 0) {
            return loss.of(tape, outputs, tape.constant(batch.targets()), tape.equalWeights());
        }
        return loss.of(tape, outputs, tape.constant(withoutGaps(batch.targets(), weights)), tape.row(weights));
    }

    /** A target without weight may be any id: it is not read. */
    private static Values withoutGaps(Values targets, float... weights) {
        if (!(targets instanceof Ids given)) {
            return targets;
        }
        int[] ids = given.toInts();
        Arrays.setAll(ids, i -> weights[i] == 0 ? Batch.NO_TARGET : ids[i]);
        return new Ids(ids);
    }
}
