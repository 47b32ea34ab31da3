package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import java.util.concurrent.CancellationException;

/** What a network costs on data that it does not learn from. */
public final class Evaluation {
    private Evaluation() {}

    /**
     * The mean loss of all predictions, such as nats per frame: one flat mean over the rows of all batches, each row by what
     * it counts, and not a mean of the batches' means. States carry over as the batches say. Nothing is random.
     *
     * @param model to run, as it is
     * @param task what is predicted and what it costs
     * @param batches in their order
     * @return the mean; NaN or infinite where the network's outputs are
     * @throws IllegalArgumentException if the batches predict nothing
     * @throws CancellationException if the thread is interrupted, which it stays
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public static double of(DeepRnn model, Task task, Iterable<Batch> batches) {
        double sum = 0;
        double count = 0;
        try (var _ = model.hold("an evaluation");
                BatchState state = new BatchState(model)) {
            for (Batch batch : batches) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("the evaluation was interrupted");
                }
                double predicted = batch.predicted();
                sum += predicted * loss(model, task, batch, state.before(batch));
                count += predicted;
            }
        }
        if (count == 0) {
            throw new IllegalArgumentException("there is nothing to evaluate: every row of the batches is padding or"
                    + " has weight 0; give at least one that counts");
        }
        return sum / count;
    }

    private static double loss(DeepRnn model, Task task, Batch batch, CarriedState state) {
        try (var _ = model.hold("an evaluation", state)) {
            Tape tape = Tape.inference(model.steps(), model.type(), model.pool());
            DeepRnn.Output output = task.predict(model, tape, batch, state);
            state.keep(output.last());
            return task.loss(tape, output.logits(), batch).value().get(0, 0);
        }
    }
}
