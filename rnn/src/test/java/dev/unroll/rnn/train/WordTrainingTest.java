package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Momentum;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.optim.Sgd;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Trainings on ids of many types, of which a batch has few, against the same trainings with passes over all gradients: a
 * network whose gradients were asked for makes these.
 */
class WordTrainingTest {
    private static final int TYPES = 3000;

    /** A training in one way or another. */
    private record Training(
            String spec, Supplier<Optimizer> optimizer, ElementType type, int threads,
            UnaryOperator<Trainer> settings) {
        @Override
        public String toString() {
            return spec + " by " + optimizer.get().description() + ", " + type + ", " + threads + " threads";
        }
    }

    private static Training of(String spec, Supplier<Optimizer> optimizer) {
        return new Training(spec, optimizer, ElementType.F32, 1, trainer -> trainer);
    }

    static Stream<Training> trainings() {
        String words = "embedding:8/lstm:6";
        Supplier<Optimizer> sgd = () -> new Sgd(0.5);
        return Stream.of(
                of(words, sgd), of("gru:4", sgd), of("embedding:6/gru:6/tied", sgd), of("embedding:8/rnn:5", sgd),
                of(words, () -> new Sgd(0.5, 0.01)), of(words, () -> new Momentum(0.1)),
                of(words, () -> new Adam(0.01)),
                new Training(words, sgd, ElementType.F64, 1, trainer -> trainer),
                new Training(words, sgd, ElementType.F32, 2, trainer -> trainer),
                new Training(words, sgd, ElementType.F32, 1, trainer -> trainer.weightNoise(0.05)),
                new Training(words, sgd, ElementType.F32, 1, trainer -> trainer.average(0.9)));
    }

    private static final class Run implements AutoCloseable {
        final WorkerPool pool;
        final DeepRnn network;
        final Trainer trainer;

        Run(Training training) {
            pool = new WorkerPool(training.threads);
            network = NetworkBuilder.of(training.spec, TYPES).outputs(training.spec.endsWith("tied") ? TYPES : 9)
                    .type(training.type).seed(7).pool(pool).build();
            trainer = training.settings.apply(new Trainer(network, training.optimizer.get(), Clip.norm(0.05)).seed(5));
        }

        Run visitingAll() {
            network.parameters().gradients();
            return this;
        }

        /** The values, and of an average the averages. */
        byte[] bytes() {
            try (var _ = trainer.averaged()) {
                byte[] bytes = new byte[(int) (network.parameters().values().size() * network.type().bytes())];
                network.parameters().values().copyTo(MemorySegment.ofArray(bytes));
                return bytes;
            }
        }

        @Override
        public void close() {
            trainer.close();
            network.close();
            pool.close();
        }
    }

    private static Batch batch(int seed) {
        Random random = new Random(seed);
        int[] inputs = random.ints(14, 0, TYPES).toArray();
        inputs[3] = inputs[5];
        return Batch.ofTokens(7, 2, inputs, random.ints(14, 0, 9).toArray());
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void hasTheBitsOfPassesOverAllGradients(Training training) {
        try (Run some = new Run(training);
                Run all = new Run(training).visitingAll()) {
            byte[] before = some.bytes();
            for (int update = 0; update < 6; update++) {
                List<Batch> batches = List.of(batch(update), batch(update / 2)).subList(0, 1 + update % 2);
                assertEquals(all.trainer.step(batches), some.trainer.step(batches));
                assertArrayEquals(all.bytes(), some.bytes(), "update " + update);
            }
            assertFalse(Arrays.equals(before, some.bytes()));
            assertZeroGradients(some);
        }
    }

    private static void assertZeroGradients(Run run) {
        assertEquals(0, Reductions.norm(run.network.parameters().gradients(), run.pool));
    }

    @Test
    void aFailedUpdateLeavesNothingBehind() {
        Training training = trainings().toList().getFirst();
        Batch unknown = Batch.ofTokens(1, 1, new int[] {TYPES}, new int[] {1});
        try (Run some = new Run(training);
                Run fresh = new Run(training)) {
            byte[] before = some.bytes();
            assertThrows(IllegalArgumentException.class, () -> some.trainer.step(List.of(batch(1), unknown)));
            assertArrayEquals(before, some.bytes());
            some.trainer.step(batch(2));
            fresh.trainer.step(batch(2));
            assertArrayEquals(fresh.bytes(), some.bytes());
            assertZeroGradients(some);
        }
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void goesOnFromACheckpointWithTheSameBits(Training training, @TempDir Path folder) throws IOException {
        try (Run whole = new Run(training).visitingAll();
                Run first = new Run(training);
                Run second = new Run(training)) {
            for (int update = 0; update < 4; update++) {
                whole.trainer.step(batch(update));
            }
            first.trainer.step(batch(0));
            first.trainer.step(batch(1));
            try (Checkpoints checkpoints = Checkpoints.in(folder, first.trainer)) {
                checkpoints.save();
            }
            try (Checkpoints checkpoints = Checkpoints.in(folder, second.trainer)) {
                checkpoints.resume();
            }
            second.trainer.step(batch(2));
            second.trainer.step(batch(3));
            assertArrayEquals(whole.bytes(), second.bytes());
        }
    }
}
