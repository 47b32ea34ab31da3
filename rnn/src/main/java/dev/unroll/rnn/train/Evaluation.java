package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import java.util.List;

/** Measures a network on batches that it does not learn from. */
public final class Evaluation {
    private Evaluation() {}

    /**
     * The mean loss of all predictions of some batches, each counting as its batch says: one flat mean.
     *
     * @param model to measure
     * @param task what it is for
     * @param batches in their order; those that continue get the states of the ones before
     * @return the mean, such as nats a token
     * @throws IllegalArgumentException if nothing is predicted
     */
    public static double of(DeepRnn model, Task task, List<Batch> batches) {
        double sum = 0;
        double count = 0;
        CarriedState state = null;
        try {
            for (Batch batch : batches) {
                if (state == null || state.batch() != batch.size()) {
                    close(state);
                    state = model.newState(batch.size());
                } else if (!batch.continues()) {
                    state.clear();
                }
                sum += loss(model, task, batch, state) * batch.predicted();
                count += batch.predicted();
            }
        } finally {
            close(state);
        }
        if (count == 0) {
            throw new IllegalArgumentException("nothing is predicted in " + batches.size()
                    + " batches; give at least one prediction that counts");
        }
        return sum / count;
    }

    private static double loss(DeepRnn model, Task task, Batch batch, CarriedState state) {
        try (var _ = model.hold("an evaluation")) {
            Tape tape = Tape.inference(model.steps(), model.type(), model.pool());
            DeepRnn.Output output = model.run(
                    tape, batch.inputs().on(tape), Trainer.steps(batch), task.readout(), state.on(tape));
            state.keep(output.last());
            return task.loss(tape, output.logits(), batch).value().get(0, 0);
        }
    }

    private static void close(CarriedState state) {
        if (state != null) {
            state.close();
        }
    }
}
