package dev.unroll.bench.scaling;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.train.Trainer;
import java.util.Random;

/**
 * What every worker trains.
 *
 * @param model the network
 * @param batch sequences of one worker
 * @param steps of a sequence
 * @param frames whether inputs and targets are frames of numbers, not tokens
 */
public record ScalingLoad(ModelSpec model, int batch, int steps, boolean frames) {
    private static final double RATE = 0.1;

    DeepRnn network(WorkerPool pool) {
        return NetworkBuilder.of(model).seed(1).pool(pool).build();
    }

    Trainer trainer(DeepRnn network) {
        Task task = frames ? Task.everyStep(Loss.bernoulli()) : Task.nextToken();
        return new Trainer(network, task, new Sgd(RATE), Clip.norm(1));
    }

    /** A batch of so many workers. */
    Batch batch(int workers) {
        SequenceLayout layout = SequenceLayout.of(steps, batch * workers);
        Random random = new Random(1);
        int rows = Math.toIntExact(layout.rows());
        return new Batch(layout, values(random, rows, model.inputs()), values(random, rows, model.outputs()));
    }

    private Values values(Random random, int rows, int size) {
        if (!frames) {
            return new Ids(random.ints(rows, 0, size).toArray());
        }
        float[] notes = new float[Math.multiplyExact(rows, size)];
        for (int i = 0; i < notes.length; i++) {
            notes[i] = random.nextInt(2);
        }
        return new Frames(size, notes);
    }
}
