package dev.unroll.rnn.train;

import dev.unroll.kernels.ElementType;
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
import dev.unroll.rnn.spec.ModelSpec;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/** Small networks over random frames of 6 notes, for the tests of training. */
final class Music {
    static final int NOTES = 6;
    static final Task BITS = Task.everyStep(Loss.bernoulli());
    static final Task CLASSES = Task.everyStep(Loss.crossEntropy());

    private Music() {}

    static DeepRnn network(String spec, ElementType type, WorkerPool pool) {
        return NetworkBuilder.of(ModelSpec.parse(spec, NOTES, NOTES)).type(type).seed(7).pool(pool).build();
    }

    static DeepRnn network(String spec) {
        return network(spec, ElementType.F64, WorkerPool.caller());
    }

    /** Sequences of these lengths, padded to the longest, with targets of the task; each has a seed of its own. */
    static Batch batch(Task task, int firstSeed, boolean continues, int... lengths) {
        int size = lengths.length;
        int steps = Arrays.stream(lengths).max().orElseThrow();
        float[] inputs = new float[steps * size * NOTES];
        float[] bits = new float[inputs.length];
        int[] classes = new int[steps * size];
        for (int b = 0; b < size; b++) {
            Random random = new Random(firstSeed + b);
            for (int t = 0; t < lengths[b]; t++) {
                int row = t * size + b;
                IntStream.range(0, NOTES).forEach(n -> inputs[row * NOTES + n] = random.nextInt(2));
                IntStream.range(0, NOTES).forEach(n -> bits[row * NOTES + n] = random.nextInt(2));
                classes[row] = random.nextInt(NOTES);
            }
        }
        Values targets = task == BITS ? new Frames(NOTES, bits) : new Ids(classes);
        Batch batch = new Batch(SequenceLayout.padded(steps, lengths), new Frames(NOTES, inputs), targets);
        return continues ? batch.continuing() : batch;
    }

    static double[] values(DeepRnn network) {
        return network.parameters().values().toDoubles();
    }
}
