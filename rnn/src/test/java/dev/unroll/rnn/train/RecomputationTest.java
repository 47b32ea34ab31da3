package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.io.CheckpointFile;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.SegmentedPass;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecomputationTest {
    private static final int SYMBOLS = 6;
    private static final UnaryOperator<Trainer> WHOLE = trainer -> trainer;

    private static Batch batch(int from, int steps, int sequences) {
        int[] ids = IntStream.rangeClosed(from, from + steps * sequences + sequences)
                .map(i -> Math.floorMod(i * i * 31 + i / 5, SYMBOLS))
                .toArray();
        return Batch.ofTokens(
                steps, sequences, Arrays.copyOf(ids, steps * sequences),
                Arrays.copyOfRange(ids, sequences, sequences + steps * sequences));
    }

    /** Two batches, the second of which continues the first. */
    private static List<Batch> batches(int steps, int sequences) {
        return List.of(batch(0, steps, sequences), batch(3, steps, sequences).continuing());
    }

    /** The losses of all updates and the parameters after them. */
    private static double[] trained(
            String model, ElementType type, Task task, List<Batch> batches, UnaryOperator<Trainer> setting) {
        try (DeepRnn network = NetworkBuilder.of(model, SYMBOLS).type(type).seed(1).pool(WorkerPool.caller()).build();
                Trainer trainer = setting.apply(
                        new Trainer(network, task, new Sgd(0.5), Clip.none()).seed(5).weightNoise(0.01))) {
            double[] losses = batches.stream().mapToDouble(trainer::step).toArray();
            double[] values = type == ElementType.F64 ? Music.values(network) : floats(network);
            double[] all = Arrays.copyOf(losses, losses.length + values.length);
            System.arraycopy(values, 0, all, losses.length, values.length);
            return all;
        }
    }

    private static double[] floats(DeepRnn network) {
        float[] values = network.parameters().values().toFloats();
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private static double[] trained(String model, ElementType type, UnaryOperator<Trainer> setting) {
        return trained(model, type, Task.nextToken(), batches(23, 3), setting);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm:7", "gru:7", "gru:7:reset=before", "dts:5,4", "dots:5,4,3", "lstm:2x5:learned",
        "embedding:5/gru:2x5:learned/tied", "gru:2x6:dropout=0.3", "lstm:2x6:dropout=0.3:variational",
        "embedding:6/lstm:2x6:dropout=0.2:variational:residual", "gru:5:zoneout=0.2", "lstm:5/mlp:4/gru:3"})
    void recomputedSegmentsHaveTheBitsOfRecordedOnes(String model) {
        for (ElementType type : List.of(ElementType.F32, ElementType.F64)) {
            double[] recorded = trained(model, type, trainer -> trainer.segments(5));
            assertArrayEquals(recorded, trained(model, type, trainer -> trainer.recompute(5)), model + " " + type);
            assertArrayEquals(trained(model, type, Trainer::recompute), recorded, "5 is about the root of 23");
            assertArrayEquals(trained(model, type, Trainer::segments), recorded);
        }
    }

    @ParameterizedTest
    @CsvSource({"lstm:7,5", "gru:7,1", "gru:7:reset=before,22", "dts:5,7", "lstm:2x5:learned,5",
        "embedding:4/gru:2x5:learned,8", "lstm:2x6:dropout=0.3:variational,5"})
    void gradientsAreThoseOfTheWholeBatch(String model, int steps) {
        double[] whole = trained(model, ElementType.F64, WHOLE);
        // Sums of 69 rows in another order; values are below 10.
        assertArrayEquals(whole, trained(model, ElementType.F64, trainer -> trainer.recompute(steps)), 1e-12);
    }

    /** Of an input that is the same at all steps: outputs differ by their masks alone. */
    @ParameterizedTest
    @CsvSource({"mlp:50:dropout=0.5, 4", "mlp:50:dropout=0.5:variational, 1"})
    void segmentsHaveMasksOfTheirOwnOrThoseOfTheSequence(String model, int different) {
        Batch batch = Batch.ofTokens(4, 2, new int[8], new int[8]);
        Set<List<Double>> outputs = new HashSet<>();
        try (DeepRnn network = Music.network(model);
                CarriedState state = network.newState(2);
                SegmentedPass pass = network.segmented("a test", state, batch, 1, true)) {
            pass.training(tape -> tape.training(1, 1)).backward(Readout.EVERY_STEP, (tape, logits, segment, step) -> {
                outputs.add(Arrays.stream(logits.value().toDoubles()).boxed().toList());
                return null;
            });
        }
        assertEquals(different, outputs.size());
    }

    @Test
    void gradientsFlowAcrossSegments() {
        List<Batch> cut = IntStream.range(0, 4).mapToObj(i -> batch(0, 20, 3).steps(5 * i, 5)).toList();
        double[] segments = trained("gru:7", ElementType.F64, Task.nextToken(), List.of(batch(0, 20, 3)),
                trainer -> trainer.recompute(5));
        try (DeepRnn network = NetworkBuilder.of("gru:7", SYMBOLS).type(ElementType.F64).seed(1).build();
                Trainer trainer = new Trainer(network, new Sgd(0.5), Clip.none()).seed(5).weightNoise(0.01)) {
            assertEquals(segments[0], trainer.step(cut), 1e-12);
            double[] truncated = network.parameters().values().toDoubles();
            double largest = IntStream.range(0, truncated.length)
                    .mapToDouble(i -> Math.abs(truncated[i] - segments[i + 1])).max().orElseThrow();
            assertTrue(largest > 1e-4, "truncated gradients must differ");
        }
    }

    @Test
    void aBatchOfOneSegmentIsTrainedOnAsAWhole() {
        assertArrayEquals(
                trained("lstm:7:dropout=0.3", ElementType.F32, WHOLE),
                trained("lstm:7:dropout=0.3", ElementType.F32, trainer -> trainer.recompute(23)));
    }

    @Test
    void sequencesOfDifferentLengthsAreCutToo() {
        for (int steps : new int[] {1, 3, 4, 10}) {
            List<Batch> batches = List.of(
                    Music.batch(Music.BITS, 1, false, 11, 2, 7, 0, 11),
                    Music.batch(Music.BITS, 9, true, 3, 12, 1, 5, 9));
            double[] whole = trained("lstm:5:learned/gru:4", ElementType.F64, Music.BITS, batches, WHOLE);
            double[] recomputed = trained(
                    "lstm:5:learned/gru:4", ElementType.F64, Music.BITS, batches, trainer -> trainer.recompute(steps));
            assertArrayEquals(whole, recomputed, 1e-12);
            assertArrayEquals(recomputed, trained("lstm:5:learned/gru:4", ElementType.F64, Music.BITS, batches,
                    trainer -> trainer.segments(steps)));
        }
    }

    @Test
    void weightsOfRowsCountAsInTheWholeBatch() {
        float[] weights = new float[23 * 3];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = i / 15 % 2 == 0 ? 0 : i % 4; // some segments predict nothing
        }
        List<Batch> batches = batches(23, 3).stream().map(batch -> batch.weighted(weights)).toList();
        double[] whole = trained("gru:5", ElementType.F64, Task.nextToken(), batches, WHOLE);
        assertArrayEquals(
                whole, trained("gru:5", ElementType.F64, Task.nextToken(), batches, trainer -> trainer.recompute(5)),
                1e-12);
    }

    @ParameterizedTest
    @EnumSource(names = {"LAST_STEP", "BOTH_ENDS"})
    void aPredictionPerSequenceIsMadeInTheLastSegment(Readout readout) {
        Task task = new Task(readout, Loss.crossEntropy());
        Batch whole = batch(0, 23, 3);
        List<Batch> batches = List.of(new Batch(whole.layout(), whole.inputs(), new Ids(1, 5, 2)));
        double[] expected = trained("lstm:2x5", ElementType.F64, task, batches, WHOLE);
        double[] recomputed =
                trained("lstm:2x5", ElementType.F64, task, batches, trainer -> trainer.recompute(4));
        assertArrayEquals(expected, recomputed, 1e-12);
        assertArrayEquals(
                recomputed, trained("lstm:2x5", ElementType.F64, task, batches, trainer -> trainer.segments(4)));
    }

    @Test
    void aLongSequenceIsTrainedOnInTheMemoryOfItsSquareRoot() {
        Batch batch = batch(0, 20_000, 2);
        // Of 20,000 steps the states alone take 2.5 MB, of 142 steps all activations and gradients less than 200 kB.
        try (DeepRnn network = NetworkBuilder.of("gru:16", SYMBOLS).memoryLimit(1 << 20).build();
                Trainer whole = new Trainer(network, new Sgd(0.1), Clip.norm(1));
                Trainer recomputing = new Trainer(network, new Sgd(0.1), Clip.norm(1)).recompute()) {
            Exception e = assertThrows(IllegalStateException.class, () -> whole.step(batch));
            assertTrue(e.getMessage().contains("limit"), e.getMessage());
            double first = recomputing.step(batch);
            assertTrue(recomputing.step(batch) < first, "it must learn");
        }
    }

    @Test
    void aStepThatFailsLeavesNothing() {
        int[] targets = new int[23 * 3];
        targets[0] = SYMBOLS; // in the first segment, which runs backward last
        Batch good = batch(0, 23, 3);
        Batch broken = new Batch(good.layout(), good.inputs(), new Ids(targets));
        for (UnaryOperator<Trainer> setting : List.<UnaryOperator<Trainer>>of(
                trainer -> trainer.recompute(5), trainer -> trainer.segments(5))) {
            try (DeepRnn network = Music.network("gru:5");
                    Trainer trainer = setting.apply(new Trainer(network, new Sgd(0.5), Clip.none()))) {
                double[] before = Music.values(network);
                assertThrows(RuntimeException.class, () -> trainer.step(broken));
                assertArrayEquals(before, Music.values(network));
                assertArrayEquals(new double[before.length], network.parameters().gradients().toDoubles());
                trainer.step(good);
            }
        }
    }

    @Test
    void theFirstStepThatIsNotFiniteIsNamedAmongThoseOfAllSegments() {
        Batch batch = batch(0, 23, 3);
        try (DeepRnn network = NetworkBuilder.of("gru:5", SYMBOLS).build();
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.none()).recompute(5)) {
            int token = ((Ids) batch.inputs()).get(0);
            int first = IntStream.range(0, 23 * 3).filter(i -> ((Ids) batch.inputs()).get(i) != token).findFirst()
                    .orElseThrow();
            int broken = ((Ids) batch.inputs()).get(first);
            network.parameters().list().getFirst().write(values -> values.set(broken, 0, Double.NaN));
            Exception e = assertThrows(ArithmeticException.class, () -> trainer.step(batch));
            assertTrue(e.getMessage().contains("step " + first / 3 + " of sequence " + first % 3), e.getMessage());
        }
    }

    @Test
    void whatCannotBeCutIsRefused() {
        try (DeepRnn causal = Music.network("gru:5");
                DeepRnn variational = Music.network("gru:5:dropout=0.2:variational");
                DeepRnn ahead = Music.network("gru:5:bidirectional");
                Trainer whole = new Trainer(ahead, new Sgd(1), Clip.none());
                Trainer mean = new Trainer(
                        causal, new Task(Readout.MEAN, Loss.crossEntropy()), new Sgd(1), Clip.none());
                Trainer last = new Trainer(
                        causal, new Task(Readout.LAST_STEP, Loss.crossEntropy()), new Sgd(1), Clip.none()).recompute(2);
                Trainer every = new Trainer(causal, new Sgd(1), Clip.none()).recompute(2);
                Trainer masked = new Trainer(variational, Music.BITS, new Sgd(1), Clip.none()).recompute(2)) {
            assertRefused("looks ahead", () -> whole.recompute(2));
            assertRefused("MEAN", () -> mean.segments(2));
            assertRefused("at least 1", () -> every.recompute(0));
            Batch padded = Music.batch(Music.BITS, 1, false, 5, 3);
            assertRefused("different lengths", () -> masked.step(padded));
            Batch ofSequences = new Batch(SequenceLayout.padded(5, 5, 3), padded.inputs(), new Ids(1, 2));
            assertRefused("different lengths", () -> last.step(ofSequences));
            assertRefused("needs 10 targets", () -> every.step(ofSequences));
        }
    }

    private static void assertRefused(String why, Runnable call) {
        Exception e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    @Test
    void aCheckpointIsResumedWithSegmentsOfTheSameLengthAlone(@TempDir Path temp) throws IOException {
        Path file = temp.resolve("checkpoint");
        List<Batch> batches = batches(23, 3);
        try (DeepRnn network = Music.network("lstm:5:dropout=0.2");
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.none()).recompute(5)) {
            trainer.step(batches.get(0));
            CheckpointFile.write(file, trainer);
            double loss = trainer.step(batches.get(1));
            for (UnaryOperator<Trainer> other : List.<UnaryOperator<Trainer>>of(
                    WHOLE, resumed -> resumed.recompute(6), Trainer::recompute)) {
                try (DeepRnn copy = Music.network("lstm:5:dropout=0.2");
                        Trainer resumed = other.apply(new Trainer(copy, new Sgd(1), Clip.none()))) {
                    assertRefusedToRead(file, resumed);
                }
            }
            try (DeepRnn copy = Music.network("lstm:5:dropout=0.2");
                    Trainer resumed = new Trainer(copy, new Sgd(1), Clip.none()).segments(5)) {
                CheckpointFile.read(file, resumed);
                assertEquals(loss, resumed.step(batches.get(1)));
                assertArrayEquals(Music.values(network), Music.values(copy));
            }
        }
    }

    private static void assertRefusedToRead(Path file, Trainer trainer) {
        Exception e = assertThrows(IllegalArgumentException.class, () -> CheckpointFile.read(file, trainer));
        assertTrue(e.getMessage().contains("steps of a segment was 5"), e.getMessage());
        assertFalse(e.getMessage().contains("recompute"), "recomputation itself changes nothing");
    }
}
