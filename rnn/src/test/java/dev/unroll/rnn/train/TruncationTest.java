package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backpropagation through time ends where a batch begins, while the state goes on. */
class TruncationTest {
    private static final double DISTANCE = 1e-5;
    private static final Batch FIRST = Music.batch(Music.BITS, 1, false, 6, 6);
    private static final Batch NEXT = Music.batch(Music.BITS, 3, true, 4, 4);

    @ParameterizedTest
    @ValueSource(strings = {"rnn:5", "lstm:4", "dts:4,5"})
    void theGradientIsThatWithTheCarriedStateHeldFast(String spec) {
        double truncated = gradient(spec);
        double held = (loss(spec, true, DISTANCE) - loss(spec, true, -DISTANCE)) / (2 * DISTANCE);
        double whole = (loss(spec, false, DISTANCE) - loss(spec, false, -DISTANCE)) / (2 * DISTANCE);
        // The quotient is off by some DISTANCE^2 times third derivatives, and 1e-16 / DISTANCE of rounding.
        assertEquals(held, truncated, 1e-9);
        assertTrue(Math.abs(whole - truncated) > 1e-6, "the state depends on the weight too: " + whole);
    }

    private static Parameter recurrent(DeepRnn network) {
        return network.parameters().list().stream()
                .filter(parameter -> parameter.name().equals("layer0.recurrent"))
                .findFirst().orElseThrow();
    }

    /** That of one recurrent weight in the second batch: what a step at rate 1 takes away. */
    private static double gradient(String spec) {
        try (DeepRnn network = Music.network(spec);
                Trainer trainer = new Trainer(network, Music.BITS, new Sgd(1), Clip.none())) {
            trainer.learningRateMultiplier(0);
            trainer.step(FIRST);
            trainer.learningRateMultiplier(1);
            double before = recurrent(network).value().get(1, 2);
            trainer.step(NEXT);
            return before - recurrent(network).value().get(1, 2);
        }
    }

    /** The loss of the second batch with one recurrent weight moved, from the second batch on or from the first. */
    private static double loss(String spec, boolean onlyInSecond, double distance) {
        try (DeepRnn network = Music.network(spec);
                Trainer trainer = new Trainer(network, Music.BITS, new Sgd(1), Clip.none())) {
            trainer.learningRateMultiplier(0);
            if (onlyInSecond) {
                trainer.step(FIRST);
            }
            recurrent(network).write(weight -> weight.set(1, 2, weight.get(1, 2) + distance));
            if (!onlyInSecond) {
                trainer.step(FIRST);
            }
            return trainer.step(NEXT);
        }
    }
}
