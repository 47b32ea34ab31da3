package dev.unroll.rnn.model;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.internal.Nulls;
import java.util.concurrent.CancellationException;

/** Computes what a network costs on data that it does not learn from. */
public final class Evaluation {
    private Evaluation() {}

    /**
     * Computes the mean loss of all predictions, such as nats per frame: one weighted mean over the rows of all batches, not
     * a mean of the means of batches. States carry over as the batches say. Nothing is random.
     *
     * @param network to run, as it is
     * @param task what is predicted and what it costs
     * @param batches in their order
     * @return the mean; NaN or infinite if the outputs of the network are
     * @throws IllegalArgumentException if the batches predict nothing
     * @throws CancellationException if the thread is interrupted, which it stays
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public static double of(DeepRnn network, Task task, Iterable<Batch> batches) {
        Nulls.require("Evaluation.of", "network", network);
        Nulls.require("Evaluation.of", "task", task);
        Nulls.require("Evaluation.of", "batches", batches);
        double sum = 0;
        double count = 0;
        try (var _ = network.reserve("an evaluation");
                CarriedState state = network.newState()) {
            for (Batch batch : batches) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("the evaluation was interrupted");
                }
                state.begin(batch);
                double predicted = batch.predicted();
                sum += predicted * loss(network, task, batch, state);
                count += predicted;
            }
        }
        if (count == 0) {
            throw new IllegalArgumentException("there is nothing to evaluate: every row of the batches is padding or"
                    + " has weight 0; give at least one that counts");
        }
        return sum / count;
    }

    private static double loss(DeepRnn network, Task task, Batch batch, CarriedState state) {
        try (Pass pass = network.inference("an evaluation", state)) {
            var logits = pass.run(batch, task.readout());
            pass.keep();
            return task.loss(pass.tape(), logits, batch).value().get(0, 0);
        }
    }
}
