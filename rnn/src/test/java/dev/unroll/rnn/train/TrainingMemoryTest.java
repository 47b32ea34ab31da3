package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a training step takes of memory, and that it does not matter what memory that was. */
class TrainingMemoryTest {
    private static final int SYMBOLS = 6;

    /** Of 35 steps, whatever the sizes: objects of the state and of each call's arguments. */
    private static final long MOST_BYTES = 10_000;

    private static Batch batch(int steps, int sequences) {
        int[] ids = IntStream.range(0, steps * sequences + sequences).map(i -> i * i % SYMBOLS).toArray();
        return Batch.ofTokens(
                steps, sequences, IntStream.of(ids).limit((long) steps * sequences).toArray(),
                IntStream.of(ids).skip(sequences).toArray());
    }

    @Tag("compiled")
    @ParameterizedTest
    @ValueSource(strings = {"rnn:2x5", "gru:2x5", "lstm:2x5", "dts:5,4", "dots:5,4,3", "gru:5:reset=before"})
    void aSteadyStepAllocatesLittle(String model) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Batch batch = batch(35, 2).continuing();
        try (DeepRnn network = NetworkBuilder.of(model, SYMBOLS).pool(WorkerPool.caller()).build();
                Trainer trainer = new Trainer(network, new Sgd(0.1), Clip.norm(1))) {
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 60 && least > MOST_BYTES; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 50; i++) {
                    trainer.step(batch);
                }
                least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / 50);
            }
            assertTrue(least <= MOST_BYTES, model + ": " + least + " bytes per step");
        }
    }

    /** Steps of changing shapes, with evaluations between them, against each in a trainer of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"lstm:2x5", "gru:5:dropout=0.3", "lstm:5:bidirectional",
        "embedding:3/dts:5,4:input=0.2:variational"})
    void whatASteppedOverMemoryHeldChangesNoBit(String model) {
        List<Batch> batches = new ArrayList<>();
        for (int[] shape : new int[][] {{7, 2}, {7, 2}, {3, 2}, {7, 2}, {7, 3}, {7, 3}, {1, 1}, {7, 2}}) {
            batches.add(batch(shape[0], shape[1]));
        }
        try (DeepRnn one = NetworkBuilder.of(model, SYMBOLS).seed(1).build();
                DeepRnn other = NetworkBuilder.of(model, SYMBOLS).seed(1).build();
                Trainer trainer = new Trainer(one, new Sgd(0.5), Clip.norm(1));
                Trainer disturbed = new Trainer(other, new Sgd(0.5), Clip.norm(1))) {
            for (Batch batch : batches) {
                trainer.step(batch);
                try (CarriedState state = other.newState(2); Pass pass = other.inference("a disturbance", state)) {
                    pass.run(batch(5, 2), Task.nextToken().readout());
                }
                disturbed.step(batch);
                assertArrayEquals(one.parameters().values().toFloats(), other.parameters().values().toFloats());
            }
        }
    }

    @Test
    void tenThousandStepsTakeTheMemoryOfOne() {
        try (DeepRnn network = NetworkBuilder.of("gru:4", SYMBOLS).memoryLimit(1 << 20).build();
                Trainer trainer = new Trainer(network, new Sgd(0.1), Clip.norm(1))) {
            for (int i = 0; i < 10_000; i++) {
                trainer.step(batch(1 + i / 100 % 5, 1 + i / 10 % 2));
            }
        }
    }
}
