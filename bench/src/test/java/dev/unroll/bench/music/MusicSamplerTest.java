package dev.unroll.bench.music;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.operator.Readout;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MusicSamplerTest {
    private static final Frames NOTHING = new Frames(88);

    private static DeepRnn network(String layers) {
        DeepRnn network = NetworkBuilder.of(layers, 88).seed(4).build();
        Parameter bias = network.parameters().list().getLast();
        bias.write(values -> {
            for (int column = 0; column < 88; column++) {
                values.set(0, column, column % 5 - 3); // quiet and loud notes
            }
        });
        return network;
    }

    /** A network whose logits are these, whatever sounds. */
    private static DeepRnn constant(IntToDoubleFunction logit) {
        DeepRnn network = NetworkBuilder.of("rnn:3", 88).build();
        List<Parameter> parameters = network.parameters().list();
        for (Parameter parameter : parameters) {
            parameter.write(Tensor::clear);
        }
        parameters.getLast().write(values -> {
            for (int column = 0; column < 88; column++) {
                values.set(0, column, logit.applyAsDouble(column));
            }
        });
        return network;
    }

    /** What the network says of a whole piece at once decides every draw: state and notes went from step to step. */
    @ParameterizedTest
    @CsvSource({"gru:16,0,40,1", "lstm:2x8,0,30,0.7", "dots:12;12;12,5,30,2", "gru:16,300,20,1"})
    void everyNoteIsDrawnFromItsProbabilityGivenAllFramesBefore(
            String layers, int given, int length, double temperature) {
        try (DeepRnn network = network(layers.replace(';', ','))) {
            Frames beginning = Pieces.random(given, 0, 9).frames();
            Piece piece = new MusicSampler(network).sample(beginning, length, temperature, 17);
            assertEquals(given, piece.given());
            assertEquals(given + length, piece.count());
            float[] frames = piece.frames().toFloats();
            assertArrayEquals(beginning.toFloats(), Arrays.copyOf(frames, given * 88));

            float[] before = given > 0 ? frames : new float[frames.length + 88];
            if (given == 0) {
                System.arraycopy(frames, 0, before, 88, frames.length);
            }
            int steps = before.length / 88;
            Frames logits = network.predict(new Frames(88, before), SequenceLayout.of(steps, 1), Readout.EVERY_STEP);
            RandomGenerator random = Randoms.of(17);
            for (int t = given; t < piece.count(); t++) {
                float[] row = logits.frames(given == 0 ? t : t - 1, 1).toFloats();
                for (int column = 0; column < 88; column++) {
                    double probability = 1 / (1 + StrictMath.exp(-row[column] / temperature));
                    assertEquals(random.nextDouble() < probability, piece.sounds(t, column), t + " " + column);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 0.5, 3})
    void notesComeAsOftenAsTheirProbabilitiesSayAndByThemselves(double temperature) {
        int frames = 4_000;
        try (DeepRnn network = constant(column -> (column - 44) / 12.0)) {
            Piece piece = new MusicSampler(network).sample(NOTHING, frames, temperature, 1);
            for (int column = 0; column < 88; column++) {
                double p = 1 / (1 + Math.exp(-(column - 44) / 12.0 / temperature));
                assertCount(p, frames, count(piece, column, column));
                int other = (column + 1) % 88;
                double q = 1 / (1 + Math.exp(-(other - 44) / 12.0 / temperature));
                assertCount(p * q, frames, count(piece, column, other));
            }
        }
    }

    /** Within five standard deviations. */
    private static void assertCount(double probability, int frames, int count) {
        double deviation = Math.sqrt(frames * probability * (1 - probability));
        assertEquals(frames * probability, count, 5 * deviation, "of probability " + probability);
    }

    private static int count(Piece piece, int column, int other) {
        int count = 0;
        for (int t = 0; t < piece.count(); t++) {
            count += piece.sounds(t, column) && piece.sounds(t, other) ? 1 : 0;
        }
        return count;
    }

    @Test
    void whatIsCertainAlwaysComes() {
        try (DeepRnn network = constant(column -> column % 2 == 0 ? 800 : -800)) {
            for (double temperature : new double[] {1, 1e-300}) {
                Piece piece = new MusicSampler(network).sample(NOTHING, 50, temperature, 3);
                for (int column = 0; column < 88; column++) {
                    assertEquals(column % 2 == 0 ? 50 : 0, count(piece, column, column));
                }
            }
        }
    }

    @Test
    void aSeedGivesOnePieceOnAnyNumberOfThreads() {
        float[] one = sample(1, 5);
        assertArrayEquals(one, sample(1, 5));
        assertArrayEquals(one, sample(2, 5));
        assertFalse(Arrays.equals(one, sample(1, 6)), "another seed gives another piece");
    }

    private static float[] sample(int threads, long seed) {
        try (WorkerPool pool = new WorkerPool(threads);
                DeepRnn network = NetworkBuilder.of("gru:2x256", 88).seed(2).pool(pool).build()) {
            return new MusicSampler(network).sample(NOTHING, 60, 1, seed).frames().toFloats();
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aLogitThatIsNotFiniteIsNamedAndNotDrawnFrom(float logit) {
        try (DeepRnn network = constant(column -> column == 39 ? logit : 0)) {
            ArithmeticException e = assertThrows(
                    ArithmeticException.class, () -> new MusicSampler(network).sample(NOTHING, 3, 1, 0));
            assertTrue(e.getMessage().startsWith("no music can be made: in frame 0 the logit of C4 is " + logit),
                    e.getMessage());
        }
    }

    @Test
    void whatCannotBeSampledIsRefused() {
        try (DeepRnn small = NetworkBuilder.of("rnn:3", 12).build();
                DeepRnn seer = NetworkBuilder.of("gru:4:bidirectional", 88).build();
                DeepRnn network = constant(_ -> 0)) {
            assertRefused("12 inputs and 12 outputs, but a frame has 88 notes", () -> new MusicSampler(small));
            assertRefused("looks ahead", () -> new MusicSampler(seer));
            MusicSampler sampler = new MusicSampler(network);
            assertRefused("at least 1 more", () -> sampler.sample(NOTHING, 0, 1, 0));
            assertRefused("at most 100000 in all",
                    () -> sampler.sample(new Frames(88, new float[88]), MusicSampler.MAX_FRAMES, 1, 0));
            assertRefused("not 0.0", () -> sampler.sample(NOTHING, 1, 0, 0));
            assertRefused("not NaN", () -> sampler.sample(NOTHING, 1, Double.NaN, 0));
            assertRefused("not Infinity", () -> sampler.sample(NOTHING, 1, Double.POSITIVE_INFINITY, 0));
            assertRefused("88 columns, one for each note, not 12", () -> sampler.sample(new Frames(12), 1, 1, 0));
        }
    }

    private static void assertRefused(String part, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
