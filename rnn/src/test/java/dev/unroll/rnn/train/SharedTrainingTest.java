package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.internal.NotSeparable;
import dev.unroll.rnn.io.CheckpointFile;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.parallel.Exchange;
import dev.unroll.rnn.parallel.ExchangeException;
import dev.unroll.rnn.parallel.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SharedTrainingTest {
    private static final int SYMBOLS = 6;
    private static final int STEPS = 5;
    private static final UnaryOperator<Trainer> PLAIN = trainer -> trainer;

    private static Batch tokens(int from, int steps, int sequences) {
        int[] ids = IntStream.rangeClosed(from, from + steps * sequences + sequences)
                .map(i -> Math.floorMod(i * i * 31 + i / 5, SYMBOLS))
                .toArray();
        return Batch.ofTokens(
                steps, sequences, Arrays.copyOf(ids, steps * sequences),
                Arrays.copyOfRange(ids, sequences, sequences + steps * sequences));
    }

    /** Batches of which some continue the one before, of sequences of several lengths and weights. */
    private static List<Batch> batches(int sequences) {
        Random random = new Random(sequences);
        Batch whole = tokens(0, STEPS, sequences);
        int[] lengths = IntStream.range(0, sequences).map(_ -> random.nextInt(1, STEPS + 1)).toArray();
        Batch ragged = new Batch(SequenceLayout.padded(STEPS, lengths), whole.inputs(), whole.targets());
        float[] weights = new float[STEPS * sequences];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = random.nextInt(3);
        }
        return List.of(whole, tokens(3, STEPS, sequences).continuing(), ragged, whole.weighted(weights));
    }

    private static DeepRnn network(String model, ElementType type) {
        return NetworkBuilder.of(model, SYMBOLS).type(type).seed(1).pool(WorkerPool.caller()).build();
    }

    private static Trainer trainer(DeepRnn network, Optimizer optimizer) {
        return new Trainer(network, Task.nextToken(), optimizer, Clip.norm(0.5)).seed(5).weightNoise(0.01);
    }

    /** The losses of all updates and the parameters after them. */
    private static double[] trained(String model, ElementType type, UnaryOperator<Trainer> setting) {
        try (DeepRnn network = network(model, type);
                Trainer trainer = setting.apply(trainer(network, new Sgd(0.5)))) {
            double[] losses = batches(13).stream().mapToDouble(trainer::step).toArray();
            double last = trainer.step(batches(12)); // all as one update
            return Stream.of(losses, new double[] {last}, values(network)).flatMapToDouble(Arrays::stream).toArray();
        }
    }

    private static double[] values(DeepRnn network) {
        float[] floats = network.type() == ElementType.F32 ? network.parameters().values().toFloats() : new float[0];
        return network.type() == ElementType.F64
                ? network.parameters().values().toDoubles()
                : IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
    }

    @ParameterizedTest
    @CsvSource({"lstm:7,F64,2,12", "gru:2x5:dropout=0.3,F32,3,6", "'dts:5,4',F32,3,12",
        "embedding:5/gru:2x5:learned/tied,F32,4,12", "lstm:5:norm,F32,2,6", "srnn:2x5,F32,4,12",
        "'dots:5,4,3',F64,3,6", "lstm:2x6:dropout=0.3:variational,F64,2,4", "gru:5:zoneout=0.2,F32,2,12"})
    void anyNumberOfWorkersGivesTheSameBits(String model, ElementType type, int few, int many) {
        double[] alone = trained(model, type, trainer -> trainer.shards(12));
        for (int workers : new int[] {few, many}) {
            for (double[] trained : Workers.results(
                    workers, exchange -> trained(model, type, trainer -> trainer.shards(12, exchange)))) {
                assertArrayEquals(alone, trained, model + " " + type + ", " + workers + " workers");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm:7", "embedding:5/gru:2x5:learned/tied", "lstm:2x6:dropout=0.3:variational"})
    void oneShardIsAPlainTraining(String model) {
        assertArrayEquals(
                trained(model, ElementType.F32, PLAIN),
                trained(model, ElementType.F32, trainer -> trainer.shards(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm:7", "dts:5,4", "embedding:5/gru:2x5:learned/tied", "lstm:5:norm"})
    void gradientsAreThoseOfTheWholeBatch(String model) {
        double[] whole = trained(model, ElementType.F64, PLAIN);
        // Sums of some 60 rows in another order; values are below 10.
        assertArrayEquals(whole, trained(model, ElementType.F64, trainer -> trainer.shards(6)), 1e-12);
    }

    /** Around the number of symbols, from which on the bias is added to the table of the symbols' weights. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 7})
    void shardsOfAnySizeHaveTheBitsOfOneAlone(int steps) {
        for (int sequences = 4; sequences <= 12; sequences++) { // shards of 1 to 3 sequences
            Batch batch = tokens(sequences, steps, sequences);
            double[] alone = updated(batch, Exchange.alone());
            for (double[] updated : Workers.results(4, exchange -> updated(batch, exchange))) {
                assertArrayEquals(alone, updated, sequences + " sequences of " + steps + " steps");
            }
        }
    }

    private static double[] updated(Batch batch, Exchange exchange) {
        try (DeepRnn network = network("gru:4", ElementType.F32);
                Trainer trainer = trainer(network, new Sgd(0.5)).shards(4, exchange)) {
            trainer.step(batch);
            return values(network);
        }
    }

    /** Whether the shards of a worker run as one batch, or one after the other. */
    @ParameterizedTest
    @CsvSource({"lstm:7,true", "gru:2x5,true", "gru:5:reset=before,true", "'dts:5,4',true", "'dots:5,4,3',true",
        "srnn:2x5,true", "embedding:5/gru:2x5:learned/tied,true", "lstm:4:bidirectional,true",
        "embedding:6/lstm:2x6:residual,true",
        "gru:5:dropout=0.3,false", "lstm:5:norm,false"})
    void builtInNetworksWithoutRandomnessRunTheirShardsTogether(String model, boolean areJoined) {
        Batch batch = tokens(0, 3, 5);
        try (DeepRnn network = network(model, ElementType.F32);
                CarriedState state = network.newState(5)) {
            var gradients = new BatchGradients(network, Task.nextToken());
            var parts = List.of(
                    new BatchGradients.Part(batch.sequences(0, 2), 0, 0.4),
                    new BatchGradients.Part(batch.sequences(2, 3), 2, 0.6));
            List<Integer> summed = new ArrayList<>();
            var place = new BatchGradients.Place(0, 0, 0);
            if (areJoined) {
                gradients.addApart(batch, parts, state, place, summed::add);
                assertEquals(List.of(0, 1), summed);
            } else {
                assertThrows(
                        NotSeparable.class, () -> gradients.addApart(batch, parts, state, place, summed::add));
                assertEquals(List.of(), summed);
            }
        }
    }

    @Test
    void segmentsAreThoseOfEveryShard() {
        double[] segments = trained("lstm:7", ElementType.F32, trainer -> trainer.segments(3).shards(4));
        for (double[] trained : Workers.results(
                2,
                exchange -> trained(
                        "lstm:7", ElementType.F32, trainer -> trainer.shards(4, exchange).recompute(3)))) {
            assertArrayEquals(segments, trained);
        }
    }

    @Test
    void framesAreCutIntoShardsToo() {
        Frames frames = new Frames(SYMBOLS, new Random(1).doubles(4 * 6 * SYMBOLS).toArray());
        Batch batch = new Batch(SequenceLayout.of(4, 6), frames, new Ids(0, 1, 2, 3, 4, 5));
        Batch part = batch.weighted(1, 2, 3, 4, 5, 6).continuing().sequences(1, 2);
        assertEquals(SequenceLayout.of(4, 2), part.layout());
        assertEquals(new Ids(1, 2), part.targets());
        assertArrayEquals(new float[] {2, 3}, part.weights());
        assertTrue(part.continues());
        Frames rows = (Frames) part.inputs();
        for (int step = 0; step < 4; step++) {
            for (int sequence = 0; sequence < 2; sequence++) {
                assertEquals(
                        frames.frames(step * 6 + 1 + sequence, 1), rows.frames(step * 2 + sequence, 1),
                        "step " + step + " of sequence " + sequence);
            }
        }
        assertThrows(IllegalArgumentException.class, () -> batch.sequences(5, 2));
        assertThrows(IllegalArgumentException.class, () -> batch.sequences(0, 0));
    }

    /** Trains for some epochs, from the last checkpoint if there is one, and gives the parameters. */
    private static double[] fitted(Path folder, int epochs, Exchange exchange) throws IOException {
        List<Batch> batches = batches(12);
        try (DeepRnn network = network("gru:2x5:dropout=0.2", ElementType.F32);
                Trainer trainer = trainer(network, new Adam(0.01)).average(0.9).shards(12, exchange);
                EarlyStopping best = new EarlyStopping(network.parameters());
                Checkpoints checkpoints = Checkpoints.in(folder, trainer, best).everyUpdates(3)) {
            checkpoints.resume();
            trainer.fit(
                    epochs, _ -> batches, () -> Evaluation.of(network, Task.nextToken(), batches),
                    best.and(checkpoints));
            best.restore();
            return values(network);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,4", "3,2"})
    void aCheckpointIsContinuedByAnyNumberOfWorkers(int before, int after, @TempDir Path temp) throws IOException {
        double[] whole = fitted(temp.resolve("whole"), 5, Exchange.alone());
        Path folder = temp.resolve("parts");
        Workers.results(before, exchange -> fitted(folder, 2, exchange));
        for (double[] trained : Workers.results(after, exchange -> fitted(folder, 5, exchange))) {
            assertArrayEquals(whole, trained);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.filter(file -> file.toString().endsWith(".safetensors")).count());
        }
    }

    @Test
    void aWorkerWithOtherSettingsIsNamedEverywhere() {
        List<Throwable> failures = Workers.failures(3, exchange -> {
            try (DeepRnn network = network("lstm:4", ElementType.F32);
                    Trainer trainer = trainer(network, new Sgd(exchange.worker() == 2 ? 0.25 : 0.5))
                            .shards(3, exchange)) {
                return trainer.step(tokens(0, 2, 3));
            }
        });
        for (Throwable failure : failures) {
            assertInstanceOf(IllegalStateException.class, failure);
            assertTrue(
                    failure.getMessage().startsWith("worker 2: does not train as worker 0 does: optimizer is "),
                    failure.getMessage());
        }
    }

    @Test
    void aWorkerWithOtherParametersIsNamedEverywhere() {
        List<Throwable> failures = Workers.failures(3, exchange -> {
            try (DeepRnn network = network("lstm:4", ElementType.F32);
                    Trainer trainer = trainer(network, new Sgd(0.5)).shards(3, exchange)) {
                for (int update = 0; update <= 100; update++) {
                    trainer.step(tokens(0, 2, 3));
                    if (update == 50 && exchange.worker() == 1) {
                        network.parameters().write("a fault", values -> values.set(0, 0, 0.125));
                    }
                }
                return null;
            }
        });
        for (Throwable failure : failures) {
            assertInstanceOf(IllegalStateException.class, failure);
            assertTrue(
                    failure.getMessage().startsWith(
                            "worker 1 has other parameters than most of the 3 workers after update 100; "),
                    failure.getMessage());
        }
    }

    @Test
    void aLossThatIsNotFiniteEndsAllWorkersAndSaysWhere() {
        List<Throwable> failures = Workers.failures(2, exchange -> {
            try (DeepRnn network = network("rnn:4", ElementType.F32);
                    Trainer trainer = trainer(network, new Sgd(0.5)).shards(4, exchange)) {
                network.parameters().write("a fault", values -> values.set(0, 0, Double.NaN));
                int[] ids = new int[8];
                Arrays.fill(ids, 1);
                ids[6] = 0; // step 1 of sequence 2, which worker 1 has
                return trainer.step(Batch.ofTokens(2, 4, ids, ids));
            }
        });
        failures.forEach(failure -> assertInstanceOf(ArithmeticException.class, failure));
        assertTrue(failures.get(0).getMessage().contains(" in worker 1, which says where"), failures.toString());
        assertTrue(failures.get(1).getMessage().contains(" of sequence 2"), failures.toString());
    }

    /** A loss with a term of weights alone, whose gradient every shard must have. */
    @Test
    void aPenaltyOfWeightsHasTheSameBitsInAnyNumberOfWorkers() {
        double[] alone = penalized(Exchange.alone());
        for (double[] penalized : Workers.results(4, SharedTrainingTest::penalized)) {
            assertArrayEquals(alone, penalized);
        }
    }

    private static double[] penalized(Exchange exchange) {
        try (DeepRnn network = network("lstm:4", ElementType.F32)) {
            Parameter weight = network.parameters().list().getFirst();
            Loss loss = (tape, outputs, targets, weights) -> {
                Variable squares = tape.multiply(weight, weight);
                Variable sum = tape.matmul(
                        tape.matmul(tape.constant(ones(tape, 1, SYMBOLS)), squares),
                        tape.constant(ones(tape, weight.shape()[1], 1)));
                return tape.combine(1, Loss.crossEntropy().of(tape, outputs, targets, weights), 0.1, sum);
            };
            try (Trainer trainer = new Trainer(network, Task.everyStep(loss), new Sgd(0.5), Clip.none())
                    .shards(4, exchange)) {
                trainer.step(tokens(0, STEPS, 8));
                return values(network);
            }
        }
    }

    private static Tensor ones(Tape tape, long rows, long columns) {
        Tensor ones = tape.zeros(rows, columns).value();
        for (long i = 0; i < rows * columns; i++) {
            ones.set(i / columns, i % columns, 1);
        }
        return ones;
    }

    @Test
    void afterALossThatIsNotFiniteNewSequencesBeginInAllWorkers() {
        double[] alone = afterDivergence(Exchange.alone());
        for (double[] other : Workers.results(4, SharedTrainingTest::afterDivergence)) {
            assertArrayEquals(alone, other);
        }
    }

    private static double[] afterDivergence(Exchange exchange) {
        Frames frames = new Frames(2, new float[] {1, 2, 3, 4, 5, 6, 1e38f, 1e38f});
        Batch bad = new Batch(SequenceLayout.of(1, 4), frames, new Ids(0, 1, 1, 0));
        Batch good = new Batch(
                SequenceLayout.of(1, 4), new Frames(2, new float[] {1, 2, 3, 4, 5, 6, 7, 8}), new Ids(0, 1, 1, 0));
        try (DeepRnn network = NetworkBuilder.of("rnn:4:f=relu", 2).seed(1).pool(WorkerPool.caller()).build();
                Trainer trainer =
                        new Trainer(network, Task.nextToken(), new Sgd(0.1), Clip.none()).shards(4, exchange)) {
            trainer.step(good);
            network.parameters().write("large weights", all -> {
                for (long i = 0; i < all.size(); i++) {
                    all.set(0, i, all.get(0, i) * 1e4);
                }
            });
            assertThrows(ArithmeticException.class, () -> trainer.step(bad.continuing()));
            network.parameters().write("small weights", all -> {
                for (long i = 0; i < all.size(); i++) {
                    all.set(0, i, 0.01);
                }
            });
            trainer.step(good.continuing());
            return values(network);
        }
    }

    @Test
    void allEndAfterTheSameUpdateWhenOneWishesSo() {
        List<Long> updates = Workers.results(3, exchange -> {
            try (DeepRnn network = network("gru:4", ElementType.F32);
                    Trainer trainer = trainer(network, new Sgd(0.5)).shards(3, exchange)) {
                trainer.fit(9, _ -> List.of(tokens(0, 2, 3)), new TrainingListener() {
                    @Override
                    public boolean isCancelled() {
                        return exchange.worker() == 1 && trainer.updates() == 4;
                    }
                });
                return trainer.updates();
            }
        });
        assertEquals(List.of(4L, 4L, 4L), updates);
    }

    @Test
    void workersWithOtherBatchesAreNamed() {
        List<Throwable> failures = Workers.failures(2, exchange -> {
            try (DeepRnn network = network("gru:4", ElementType.F32);
                    Trainer trainer = trainer(network, new Sgd(0.5)).shards(2, exchange)) {
                return trainer.step(tokens(exchange.worker(), 2, 4));
            }
        });
        failures.forEach(
                failure -> assertEquals("worker 1 has other batches in update 1 than worker 0; give all workers"
                        + " the same whole batches, of which each runs its shards", failure.getMessage()));
    }

    @Test
    void theStatesOfOtherWorkersAreSavedByCheckpointsOnly(@TempDir Path temp) {
        List<Throwable> failures = Workers.failures(2, exchange -> {
            try (DeepRnn network = network("gru:4", ElementType.F32);
                    Trainer trainer = trainer(network, new Sgd(0.5)).shards(2, exchange)) {
                trainer.step(tokens(0, 2, 4));
                CheckpointFile.write(temp.resolve("a" + exchange.worker()), trainer);
                return null;
            }
        });
        for (Throwable failure : failures) {
            assertTrue(failure.getMessage().contains("save a training that workers share by Checkpoints"),
                    failure.toString());
        }
    }

    @Test
    void aClosedTrainerBeginsNewSequences(@TempDir Path temp) throws IOException {
        try (DeepRnn network = network("gru:4", ElementType.F32)) {
            Trainer trainer = trainer(network, new Sgd(1e-30)).weightNoise(0).shards(2);
            double first = trainer.step(tokens(0, 2, 4));
            trainer.close();
            assertEquals(first, trainer.step(tokens(0, 2, 4).continuing()));
            try (var _ = Checkpoints.in(temp, trainer)) {
                assertThrows(IllegalStateException.class, () -> trainer.shards(4));
            }
            trainer.close();
        }
    }

    @Test
    void aWorkerThatFailsEndsTheStepsOfAll() {
        List<Throwable> failures = Workers.failures(3, exchange -> {
            try (DeepRnn network = network("lstm:4", ElementType.F32);
                    Trainer trainer = trainer(network, new Sgd(0.5)).shards(3, exchange)) {
                trainer.step(tokens(0, 2, 3));
                if (exchange.worker() == 1) {
                    throw new IOException("lost");
                }
                return trainer.step(tokens(0, 2, 3));
            }
        });
        assertEquals("lost", failures.get(1).getMessage());
        for (int worker : new int[] {0, 2}) {
            assertInstanceOf(ExchangeException.class, failures.get(worker));
            assertTrue(failures.get(worker).getMessage().contains("worker "), failures.toString());
        }
    }

    @Test
    void aBatchOfFewerSequencesThanShardsIsRefused() {
        try (DeepRnn network = network("lstm:4", ElementType.F32);
                Trainer trainer = trainer(network, new Sgd(0.5)).shards(4)) {
            String message = assertThrows(IllegalArgumentException.class, () -> trainer.step(tokens(0, 2, 3)))
                    .getMessage();
            assertEquals("a batch of 3 sequences cannot be cut into 4 shards; give batches of at least as many"
                    + " sequences, or choose fewer shards", message);
            assertThrows(IllegalArgumentException.class, () -> trainer.shards(0));
        }
    }
}
