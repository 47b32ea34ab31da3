package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Noise;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoisyTrainingTest {
    private static final Batch BATCH = Music.batch(Music.BITS, 1, false, 7, 7);

    private static Trainer trainer(DeepRnn network, double rate) {
        return new Trainer(network, Music.BITS, new Sgd(rate), Clip.norm(1)).seed(5).weightNoise(0.1);
    }

    private static float[] trained(String spec, WorkerPool pool) {
        try (DeepRnn network = Music.network(spec, ElementType.F32, pool);
                Trainer trainer = trainer(network, 1)) {
            for (int i = 0; i < 4; i++) {
                trainer.step(BATCH);
            }
            return network.parameters().values().toFloats();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dts:37,35", "gru:37:dropout=0.5"})
    void oneSeedGivesTheSameBitsAgainAndOnAnyNumberOfThreads(String spec) {
        float[] first = trained(spec, WorkerPool.caller());
        assertArrayEquals(first, trained(spec, WorkerPool.caller()));
        for (int threads = 2; threads <= 3; threads++) {
            try (WorkerPool pool = new WorkerPool(threads)) {
                assertArrayEquals(first, trained(spec, pool), threads + " threads");
            }
        }
    }

    @Test
    void everyUpdateHasANoiseOfItsOwnAndAllItsBatchesShareIt() {
        try (DeepRnn network = Music.network("rnn:9");
                Trainer trainer = trainer(network, 1)) {
            trainer.learningRateMultiplier(0);
            double first = trainer.step(BATCH);
            double second = trainer.step(List.of(BATCH, BATCH));
            assertFalse(first == second);
            try (Trainer again = trainer(network, 1)) {
                again.learningRateMultiplier(0);
                assertEquals(first, again.step(List.of(BATCH, BATCH)), 1e-15, "a rounding of the mean of two");
                assertEquals(second, again.step(BATCH), 1e-15);
            }
        }
    }

    @Test
    void theNoiseIsNeverAddedToTheParameters() {
        try (DeepRnn network = Music.network("rnn:9");
                Trainer trainer = trainer(network, 1)) {
            double[] before = Music.values(network);
            double clean = Evaluation.of(network, Music.BITS, List.of(BATCH));
            trainer.learningRateMultiplier(0);
            for (int i = 0; i < 3; i++) {
                trainer.step(BATCH);
                assertArrayEquals(before, Music.values(network));
                assertEquals(clean, Evaluation.of(network, Music.BITS, List.of(BATCH)));
            }
        }
    }

    @Test
    void theGradientsAreThoseOfANetworkWithTheNoisyWeights() {
        try (DeepRnn network = Music.network("dts:9,8");
                DeepRnn moved = Music.network("dts:9,8");
                Trainer noisy = trainer(network, 1);
                Trainer clean = new Trainer(moved, Music.BITS, new Sgd(1), Clip.norm(1))) {
            addNoise(moved, 0.1, 5, 0);
            double[] noisyWeights = Music.values(moved);
            double[] weights = Music.values(network);
            assertEquals(clean.step(BATCH), noisy.step(BATCH));
            double[] expected = difference(noisyWeights, Music.values(moved));
            // Subtracting and adding round at 1e-16 of weights around 1.
            assertArrayEquals(expected, difference(weights, Music.values(network)), 1e-15);
        }
    }

    /** What the kernel gives a matrix: streams count down from the end of the update's 2^24. */
    private static void addNoise(DeepRnn network, double sigma, long seed, long update) {
        List<Parameter> all = network.parameters().list();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).shape().length == 2) {
                long stream = (update + 1 << 24) - 1 - i;
                all.get(i).write(values -> Noise.add(sigma, seed, stream, values, values, WorkerPool.caller()));
            }
        }
    }

    private static double[] difference(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray();
    }

    @Test
    void aSigmaThatIsNoneIsRefused() {
        try (DeepRnn network = Music.network("rnn:3");
                Trainer trainer = trainer(network, 1)) {
            for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
                assertThrows(IllegalArgumentException.class, () -> trainer.weightNoise(wrong));
            }
        }
    }
}
