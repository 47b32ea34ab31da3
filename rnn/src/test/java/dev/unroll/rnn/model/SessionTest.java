package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.Trainer;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTest {
    private static final int INPUTS = 5;
    private static final Task TASK = Task.everyStep(Loss.squaredError());

    private static float[] numbers(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1);
        }
        return numbers;
    }

    private static DeepRnn network(String model) {
        return NetworkBuilder.of(model, INPUTS).outputs(3).seed(1).build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"rnn:9", "gru:2x9", "lstm:9/mlp:4", "dts:9,8", "dots:6,5,4", "lstm:9:projection=4",
                "gru:6:reset=before", "lstm:7:gates=4", "gru:7:zoneout=0.2", "gru:6:learned", "lstm:6:norm",
                "gru:2x6:norm", "mlp:6:maxout=2/dts:5,4:lp=2"})
    void stepsHaveTheBitsOfPredictions(String model) {
        for (int batch : new int[] {1, 3}) {
            try (DeepRnn network = network(model);
                    CarriedState state = network.newState(batch);
                    Session session = network.session().batch(batch).open()) {
                float[] output = new float[batch * 3];
                for (int step = 0; step < 20; step++) {
                    float[] frame = numbers(batch * INPUTS, step);
                    session.step(frame).copyTo(output);
                    assertArrayEquals(network.predict(state, new Frames(INPUTS, frame)).toFloats(), output);
                }
                session.reset();
                state.clear();
                float[] frame = numbers(batch * INPUTS, 77);
                session.step(MemorySegment.ofArray(frame)).copyTo(MemorySegment.ofArray(output));
                assertArrayEquals(network.predict(state, new Frames(INPUTS, frame)).toFloats(), output);
            }
        }
    }

    @Test
    void idsAndDoublesAndTensorsAreInputsToo() {
        try (DeepRnn words = NetworkBuilder.of("embedding:4/gru:6", 7).type(ElementType.F64).seed(1).build();
                CarriedState state = words.newState(2);
                Session session = words.session().ids().batch(2).open();
                Session frames = words.session().open()) {
            double[] output = new double[14];
            session.step(3, 6).copyTo(output);
            assertArrayEquals(words.predict(state, new Ids(3, 6)).toDoubles(), output);
            double[] oneHot = {0, 0, 0, 1, 0, 0, 0};
            double[] row = new double[7];
            frames.step(oneHot).copyTo(row);
            assertArrayEquals(Arrays.copyOf(output, 7), row, 1e-15); // a product with 0 and 1: the same sums
            assertEquals("F64[1, 7]", frames.output().toString());
            assertThrows(IllegalArgumentException.class, () -> frames.output().set(0, 0, 1));
            assertThrows(IllegalArgumentException.class, () -> session.step(3, 7)); // no id
            session.step(1, 2).copyTo(output);
            assertArrayEquals(words.predict(state, new Ids(1, 2)).toDoubles(), output); // and the state was kept
        }
    }

    @Test
    void probabilitiesAreThoseOfTheLogits() {
        try (DeepRnn network = network("gru:6");
                Session logits = network.session().open();
                Session classes = network.session().output(Session.Output.SOFTMAX).open();
                Session bits = network.session().output(Session.Output.SIGMOID).open()) {
            float[] frame = numbers(INPUTS, 5);
            float[] x = new float[3];
            float[] p = new float[3];
            float[] q = new float[3];
            logits.step(frame).copyTo(x);
            classes.step(frame).copyTo(p);
            bits.step(frame).copyTo(q);
            double sum = Math.exp(x[0]) + Math.exp(x[1]) + Math.exp(x[2]);
            for (int i = 0; i < 3; i++) {
                assertEquals(Math.exp(x[i]) / sum, p[i], 1e-6); // of numbers up to 1 in F32
                assertEquals(1 / (1 + Math.exp(-x[i])), q[i], 1e-6);
            }
        }
    }

    /** As many threads as sessions, beginning together, so that they meet at the first packing. */
    @Test
    void manyThreadsGetTheBitsOfOne() throws Exception {
        int steps = Integer.getInteger("unroll.steps", 2_000);
        try (DeepRnn network = network("lstm:2x20");
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int round = 0; round < 3; round++) {
                List<Callable<Long>> work = IntStream.range(0, 8).<Callable<Long>>mapToObj(seed -> () -> {
                    try (Session session = network.session().open()) {
                        return digest(session, seed, steps);
                    }
                }).toList();
                List<Long> together = new ArrayList<>();
                for (Future<Long> each : threads.invokeAll(work)) {
                    together.add(each.get());
                }
                for (int i = 0; i < 8; i++) {
                    assertEquals(work.get(i).call(), together.get(i));
                }
                network.parameters().write("a change", _ -> {}); // the next round packs again
            }
        }
    }

    private static long digest(Session session, long seed, int steps) {
        float[] output = new float[3];
        long digest = seed;
        for (int step = 0; step < steps; step++) {
            session.step(numbers(INPUTS, seed * 1_000_003 + step)).copyTo(output);
            for (float number : output) {
                digest = digest * 31 + Float.floatToRawIntBits(number);
            }
        }
        return digest;
    }

    @Test
    void anInputThatIsNotFiniteIsRefusedAndTheStateStays() {
        try (DeepRnn network = network("gru:6");
                Session session = network.session().batch(2).open();
                CarriedState state = network.newState(2)) {
            float[] frame = numbers(2 * INPUTS, 1);
            session.step(frame);
            network.predict(state, new Frames(INPUTS, frame));
            float[] bad = frame.clone();
            bad[7] = Float.NaN;
            String message = assertThrows(IllegalArgumentException.class, () -> session.step(bad)).getMessage();
            assertTrue(message.startsWith("the input in row 1, column 2"), message);
            float[] output = new float[6];
            session.step(frame).copyTo(output);
            assertArrayEquals(network.predict(state, new Frames(INPUTS, frame)).toFloats(), output);
        }
    }

    @Test
    void oneSequenceBeginsAgainAndOthersGoOn() {
        try (DeepRnn network = network("lstm:6:learned");
                Session two = network.session().batch(2).open();
                Session one = network.session().open()) {
            float[] frame = numbers(2 * INPUTS, 1);
            two.step(frame).step(frame);
            two.reset(1);
            float[] both = new float[6];
            two.step(frame).copyTo(both);
            float[] alone = new float[3];
            one.step(Arrays.copyOfRange(frame, INPUTS, 2 * INPUTS)).copyTo(alone);
            assertArrayEquals(alone, Arrays.copyOfRange(both, 3, 6));
            assertThrows(IllegalArgumentException.class, () -> two.reset(2));
        }
    }

    @Test
    void aSessionGoesOnFromAStateThatHasSeenTheBeginning() {
        try (DeepRnn network = network("lstm:2x6");
                DeepRnn other = network("lstm:2x6");
                CarriedState state = network.newState(1);
                CarriedState strange = other.newState(1);
                Session session = network.session().open()) {
            session.step(numbers(INPUTS, 8)); // forgotten
            network.predict(state, new Frames(INPUTS, numbers(4 * INPUTS, 3)));
            session.continueFrom(state);
            float[] output = new float[3];
            session.step(numbers(INPUTS, 4)).copyTo(output);
            assertArrayEquals(network.predict(state, new Frames(INPUTS, numbers(INPUTS, 4))).toFloats(), output);
            assertThrows(IllegalArgumentException.class, () -> session.continueFrom(strange));
        }
    }

    @Test
    void warmingUpChangesNothing() {
        try (DeepRnn network = network("gru:6");
                Session session = network.session().open();
                Session cold = network.session().open()) {
            float[] frame = numbers(INPUTS, 2);
            session.step(frame);
            cold.step(frame);
            float[] before = session.output().toFloats();
            assertTrue(session.warmUp() > 0);
            assertArrayEquals(before, session.output().toFloats());
            float[] warm = new float[3];
            session.step(frame).copyTo(warm);
            assertArrayEquals(cold.step(frame).output().toFloats(), warm);
        }
    }

    @Test
    void aNetworkIsNeitherTrainedNorChangedNorClosedWhileASessionIsOpen(@TempDir Path folder) throws Exception {
        DeepRnn network = network("gru:6");
        Batch batch = new Batch(SequenceLayout.of(2, 1), new Frames(INPUTS, numbers(2 * INPUTS, 1)),
                new Frames(3, new float[6]));
        try (Trainer trainer = new Trainer(network, TASK, new Sgd(0.1), Clip.norm(1))) {
            Session session = network.session().open();
            Session second = network.session().open();
            for (Executable entry : new Executable[] {
                () -> trainer.step(batch), network::close, () -> network.reserve("a change"),
                () -> network.parameters().copyFrom(network.parameters(), "")}) {
                String message = assertThrows(IllegalStateException.class, entry).getMessage();
                assertTrue(message.contains("a session"), message);
            }
            assertEquals(2, network.predict(batch, Readout.EVERY_STEP).count()); // reading is welcome
            assertTrue(Evaluation.of(network, TASK, List.of(batch)) >= 0);
            network.save(folder);
            session.step(numbers(INPUTS, 1));
            session.close();
            session.close();
            assertThrows(IllegalStateException.class, () -> session.step(numbers(INPUTS, 1)));
            second.close();
            trainer.step(batch);
            try (Workspace.Hold _ = network.reserve("a training")) {
                String message =
                        assertThrows(IllegalStateException.class, () -> network.session().open()).getMessage();
                assertTrue(message.contains("while its network is trained"), message);
            }
        }
        network.close();
        assertThrows(IllegalStateException.class, () -> network.session().open());
    }

    @Test
    void anEvaluationIsNotDisturbedBetweenItsBatches() {
        try (DeepRnn network = network("gru:6")) {
            Batch batch = new Batch(SequenceLayout.of(2, 1), new Frames(INPUTS, numbers(2 * INPUTS, 1)),
                    new Frames(3, new float[6]));
            List<String> refused = new ArrayList<>();
            Iterable<Batch> batches = () -> Stream.of(batch, batch, batch).peek(_ -> {
                try {
                    CompletableFuture.runAsync(() -> network.predict(batch, Readout.EVERY_STEP)).join();
                } catch (CompletionException e) {
                    refused.add(e.getCause().getMessage());
                }
            }).iterator();
            Evaluation.of(network, TASK, batches);
            assertEquals(3, refused.size());
            assertTrue(refused.getFirst().contains("an evaluation"), refused::toString);
        }
    }

    @Test
    void twoThreadsOnOneSessionAreRefused() throws Exception {
        try (DeepRnn network = network("lstm:64");
                Session session = network.session().batch(16).open();
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            float[] frame = numbers(16 * INPUTS, 1);
            Callable<Integer> steps = () -> {
                int refused = 0;
                for (int i = 0; i < 2_000; i++) {
                    try {
                        session.step(frame);
                    } catch (IllegalStateException e) {
                        assertTrue(e.getMessage().contains("open one for each thread"), e.getMessage());
                        refused++;
                    }
                }
                return refused;
            };
            List<Future<Integer>> both = threads.invokeAll(List.of(steps, steps));
            both.get(0).get();
            both.get(1).get();
            session.step(frame); // and is as good as before
        }
    }

    @Test
    void inputsAndResultsOfTheWrongSizeAndKindAreNamed() {
        try (DeepRnn network = network("gru:6");
                Session session = network.session().open()) {
            for (Executable entry : new Executable[] {
                () -> session.step(new float[4]), () -> session.step(new double[5]), () -> session.step(1),
                () -> session.step((float[]) null), () -> session.copyTo(new float[4]),
                () -> session.copyTo(new double[3]), () -> session.step(MemorySegment.ofArray(new float[4])),
                () -> network.session().batch(0)}) {
                String message = assertThrows(IllegalArgumentException.class, entry).getMessage();
                assertTrue(message.length() <= 300, message);
            }
        }
        try (DeepRnn network = network("gru:6:bidirectional")) {
            assertThrows(IllegalArgumentException.class, () -> network.session().open());
        }
    }

    /** A layer whose next state lies in the memory of the state before: copied part by part it would be lost. */
    private record Delay() implements Layer {
        @Override
        public List<Integer> stateSizes() {
            return List.of(INPUTS, INPUTS);
        }

        @Override
        public int outputs() {
            return INPUTS;
        }

        @Override
        public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
            Variable older = initial.parts().get(1);
            return new Unrolled(tape.combine(1, older, 0, older), State.of(tape.add(x, tape.zeros(1, INPUTS)),
                    initial.parts().get(0)));
        }
    }

    @Test
    void aStateMayTakeOverPartsOfTheOneBefore() {
        try (DeepRnn network = NetworkBuilder.of(INPUTS, (_, _, _) -> new Delay()).outputs(2).build();
                CarriedState state = network.newState(1);
                Session session = network.session().open()) {
            for (int step = 0; step < 5; step++) {
                float[] frame = numbers(INPUTS, step);
                assertArrayEquals(
                        network.predict(state, new Frames(INPUTS, frame)).toFloats(),
                        session.step(frame).output().toFloats());
            }
        }
    }

    @Test
    void aModelThatIsOnlyReadTakesItsParametersAndTheirPackedForms() {
        NetworkBuilder builder = NetworkBuilder.of("lstm:2x256", 128).outputs(128);
        long parameters;
        try (DeepRnn network = builder.build()) {
            parameters = network.parameters().values().size() * Float.BYTES;
        }
        try (DeepRnn network = builder.memoryLimit(parameters * 21 / 10).build(); // 5% for the padding of packed forms
                Session session = network.session().memoryLimit(100_000).open()) {
            session.step(numbers(128, 1));
        }
    }

    @Tag("compiled")
    @ParameterizedTest
    @ValueSource(
            strings = {"rnn:9", "gru:2x9", "lstm:2x9", "dts:9,8", "dots:6,5,4", "gru:6:reset=before", "lstm:7:gates=4",
                "lstm:6:norm", "gru:6:zoneout=0.2"})
    void aStepAllocatesNothing(String model) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (DeepRnn network = network(model);
                Session session = network.session().output(Session.Output.SOFTMAX).open()) {
            float[] frame = numbers(INPUTS, 1);
            float[] output = new float[3];
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 40 && least > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 1_000; i++) {
                    session.step(frame).copyTo(output);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least, model + ": bytes of 1,000 steps");
        }
    }
}
