package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import dev.unroll.rnn.train.TrainingListener.Progress;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Two threads and one network: the second is refused every time, nothing is changed, and all of it can be closed. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoThreadsTest {
    private static final int ROUNDS = 100;
    private static final String TEXT = "now and then some text repeats itself; ";
    private static final Vocabulary VOCABULARY = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, TEXT);
    private static final Tokens TOKENS = new Tokens(VOCABULARY.encode(TEXT));
    private static final Batch BATCH = TOKENS.sequential(2, 3).getFirst();

    private final ExecutorService worker = Executors.newSingleThreadExecutor(work -> new Thread(work, "the worker"));
    private final Gate gate = new Gate();

    @AfterEach
    void shutdown() {
        worker.shutdownNow();
    }

    /** Where the worker stops in the middle of its work until it is told to go on. */
    private static final class Gate {
        private final SynchronousQueue<String> messages = new SynchronousQueue<>();

        void pass() {
            if (Thread.currentThread().getName().equals("the worker")) {
                try {
                    messages.put("here");
                    messages.take();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }

        void awaitWorker() throws InterruptedException {
            messages.take();
        }

        void open() throws InterruptedException {
            messages.put("go on");
        }
    }

    private static NetworkBuilder lstm() {
        return NetworkBuilder.lstm(VOCABULARY.size(), 8, 1).seed(7).pool(WorkerPool.caller());
    }

    /** A network in the middle of whose runs the worker stops. */
    private DeepRnn stopping() {
        int size = VOCABULARY.size();
        return lstm().outputs(size, (parameters, name, inputs, outputs) -> {
            Linear linear = new Linear(parameters, name, inputs, outputs, Initializer.uniformByUnits(inputs));
            return (tape, h) -> {
                gate.pass();
                return linear.predict(tape, h);
            };
        }).build();
    }

    /** SGD in the middle of whose updates the worker stops. */
    private Optimizer stoppingSgd() {
        Optimizer sgd = new Sgd(1);
        return (parameters, factors, pool) -> {
            gate.pass();
            sgd.update(parameters, factors, pool);
        };
    }

    private static Trainer trainer(DeepRnn network, Optimizer optimizer) {
        return new Trainer(network, optimizer, Clip.norm(1));
    }

    private static float[] afterSteps(int steps) {
        try (DeepRnn network = lstm().build(); Trainer trainer = trainer(network, new Sgd(1))) {
            for (int i = 0; i < steps; i++) {
                trainer.step(BATCH);
            }
            return network.parameters().values().toFloats();
        }
    }

    private static void assertRefused(String name, String holder, Executable use) {
        String message = assertThrows(IllegalStateException.class, use, name).getMessage();
        assertTrue(message.contains("is held by " + holder + " of thread the worker"), () -> name + ": " + message);
        assertTrue(message.length() <= 300 && message.lines().count() == 1, message);
        if (!name.endsWith("close")) {
            assertTrue(message.contains(" of thread " + Thread.currentThread().getName()), () -> name + ": " + message);
            assertTrue(message.contains("let one thread work at a time"), () -> name + ": " + message);
        }
    }

    /** What a thread may do with a network, each of which another one that works on it must not meet. */
    private static Map<String, Executable> uses(DeepRnn network, Trainer trainer, CarriedState state, Path folder) {
        Trainer another = trainer(network, new Adam(0.01));
        LanguageModel model = new LanguageModel(network, VOCABULARY);
        Parameters parameters = network.parameters();
        DeepRnn source = lstm().build();
        Map<String, Executable> uses = new LinkedHashMap<>();
        uses.put("step", () -> trainer.step(BATCH));
        uses.put("step of another trainer", () -> another.step(BATCH));
        uses.put("steps of several batches", () -> another.step(List.of(BATCH, BATCH)));
        uses.put("fit", () -> another.fit(1, _ -> List.of(BATCH), TrainingListener.NONE));
        uses.put("validated", () -> another.validated(1));
        uses.put("update", () -> new Sgd(1).update(parameters, WorkerPool.caller()));
        uses.put("predict", () -> network.predict(BATCH, Readout.EVERY_STEP));
        uses.put("predict with a state", () -> network.predict(state, new Ids(1)));
        uses.put("Evaluation", () -> Evaluation.of(network, Task.nextToken(), List.of(BATCH)));
        uses.put("sample", () -> model.sample("now", 3));
        uses.put("perplexity", () -> model.perplexity(TOKENS));
        uses.put("copyFrom", () -> parameters.copyFrom(source.parameters(), ""));
        uses.put("copy to another", () -> source.parameters().copyFrom(parameters, ""));
        uses.put("new EarlyStopping", () -> new EarlyStopping(parameters));
        uses.put("reserve", () -> network.reserve("work"));
        uses.put("inference", () -> network.inference("work", state));
        uses.put("recording", () -> network.recording("work", state));
        uses.put("run", () -> runOnAnOwnTape(network));
        uses.put("close", network::close);
        if (folder != null) {
            uses.put("save", () -> network.save(folder));
        }
        return uses;
    }

    private static void runOnAnOwnTape(DeepRnn network) {
        try (Workspace own = new Workspace("own"); CarriedState state = network.newState(1)) {
            Tape tape = Tape.inference(own, ElementType.F32, WorkerPool.caller());
            network.forward(tape, tape.ids(1), SequenceLayout.of(1, 1), state.on(tape));
        }
    }

    @Test
    void whileOneThreadTrainsEveryUseByAnotherIsRefusedEveryTime(@TempDir Path folder) throws Exception {
        try (DeepRnn network = lstm().build();
                Trainer trainer = trainer(network, stoppingSgd());
                CarriedState state = network.newState(1);
                EarlyStopping best = new EarlyStopping(network.parameters())) {
            best.onEpoch(new EpochReport(new Progress(1, 1, 1, 1, 1, 1, 1), 1));
            Map<String, Executable> uses = uses(network, trainer, state, folder.resolve("saved"));
            uses.put("restore", best::restore);
            for (int round = 0; round < ROUNDS; round++) {
                Future<Double> step = worker.submit(() -> trainer.step(BATCH));
                gate.awaitWorker();
                uses.forEach((name, use) -> assertRefused(name, "a training step", use));
                gate.open();
                step.get();
            }
            assertArrayEquals(afterSteps(ROUNDS), network.parameters().values().toFloats());
            trainer.step(BATCH);
            assertArrayEquals(afterSteps(ROUNDS + 1), network.parameters().values().toFloats());
        }
    }

    @Test
    void aTrainingIsOneThreadsFromTheFirstStepToTheLast() throws Exception {
        try (DeepRnn network = lstm().build();
                Trainer trainer = trainer(network, new Sgd(1));
                CarriedState state = network.newState(1)) {
            Map<String, Executable> uses = uses(network, trainer, state, null);
            Future<List<EpochReport>> training =
                    worker.submit(() -> trainer.fit(ROUNDS, _ -> List.of(BATCH), new TrainingListener() {
                        @Override
                        public void onStep(Progress progress) { // between two steps
                            gate.pass();
                        }
                    }));
            for (int step = 0; step < ROUNDS; step++) {
                gate.awaitWorker();
                uses.forEach((name, use) -> assertRefused(name, "a training", use));
                gate.open();
            }
            training.get();
            assertArrayEquals(afterSteps(ROUNDS), network.parameters().values().toFloats());
        }
    }

    @Test
    void whileOneThreadPredictsEveryUseByAnotherIsRefusedEveryTime() throws Exception {
        try (DeepRnn network = stopping();
                Trainer trainer = trainer(network, new Sgd(1));
                CarriedState own = network.newState(1);
                CarriedState state = network.newState(1)) {
            float[] before = network.parameters().values().toFloats();
            Frames expected = network.predict(new Ids(1, 2, 3), SequenceLayout.of(3, 1), Readout.EVERY_STEP);
            Map<String, Executable> uses = uses(network, trainer, own, null);
            for (int round = 0; round < ROUNDS; round++) {
                state.clear();
                Future<Frames> prediction = worker.submit(() -> network.predict(state, new Ids(1, 2, 3)));
                gate.awaitWorker();
                uses.forEach((name, use) -> assertRefused(name, "a prediction", use));
                assertRefused("clear", "a prediction", state::clear);
                assertRefused("state close", "a prediction", state::close);
                gate.open();
                assertEquals(expected, prediction.get());
            }
            assertArrayEquals(before, network.parameters().values().toFloats());
        }
    }

    @Test
    void samplingAndEvaluationsAreOneThreadsToo() throws Exception {
        try (LanguageModel model = new LanguageModel(stopping(), VOCABULARY)) {
            DeepRnn network = model.network();
            Map<String, Runnable> work = Map.of(
                    "sampling", () -> model.sample("now", 1),
                    "an evaluation", () -> model.perplexity(TOKENS));
            for (Map.Entry<String, Runnable> kind : work.entrySet()) {
                Future<?> running = worker.submit(kind.getValue());
                gate.awaitWorker();
                assertRefused("predict", kind.getKey(), () -> network.predict(BATCH, Readout.EVERY_STEP));
                gate.open();
                running.get();
            }
            Future<?> evaluation = worker.submit(() -> Evaluation.of(network, Task.nextToken(), List.of(BATCH)));
            gate.awaitWorker();
            assertRefused("predict", "an evaluation", () -> network.predict(BATCH, Readout.EVERY_STEP));
            gate.open();
            evaluation.get();
        }
    }

    /** Runs something in some threads at the same time; how often it was not refused. */
    private static int race(int threads, int times, Runnable work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        AtomicInteger done = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<Object>> all = pool.invokeAll(Collections.nCopies(threads, () -> {
                start.await();
                for (int i = 0; i < times; i++) {
                    try {
                        work.run();
                        done.incrementAndGet();
                    } catch (IllegalStateException e) {
                        assertTrue(e.getMessage().contains("let one thread work at a time"), e.getMessage());
                    }
                }
                return null;
            }));
            for (Future<Object> one : all) {
                one.get();
            }
        }
        return done.get();
    }

    @Test
    void stepsOfTwoThreadsAreDoneOneAfterTheOtherOrRefused() throws Exception {
        for (boolean ownTrainers : new boolean[] {false, true}) {
            try (DeepRnn network = lstm().build(); Trainer trainer = trainer(network, new Sgd(1))) {
                int done = race(2, 200, () -> {
                    if (ownTrainers) {
                        try (Trainer own = trainer(network, new Sgd(1))) {
                            own.step(BATCH);
                        }
                    } else {
                        trainer.step(BATCH);
                    }
                });
                assertArrayEquals(afterSteps(done), network.parameters().values().toFloats());
            }
        }
    }

    @Test
    void aTrainerCannotBeClosedNorItsCheckpointMadeByAnotherThreadWhileItTrains(@TempDir Path temp) throws Exception {
        try (DeepRnn network = lstm().build();
                Trainer trainer = trainer(network, new Sgd(1));
                Checkpoints checkpoints = Checkpoints.in(temp, trainer);
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            AutoCloseable closing = trainer;
            trainer.fit(3, _ -> List.of(BATCH), new TrainingListener() {
                @Override
                public void onStep(Progress progress) {
                    for (Callable<?> call : List.<Callable<?>>of(checkpoints::save, () -> {
                        closing.close();
                        return null;
                    })) {
                        Throwable refused =
                                assertThrows(ExecutionException.class, () -> other.submit(call).get()).getCause();
                        assertTrue(refused instanceof IllegalStateException, refused::toString);
                        assertTrue(refused.getMessage().contains("thread "), refused.getMessage());
                    }
                }
            });
            checkpoints.save();
        }
    }

    @Test
    void predictionsOfManyThreadsAreRightOrRefused() throws Exception {
        try (DeepRnn network = lstm().build()) {
            Frames expected = network.predict(BATCH, Readout.EVERY_STEP);
            int done = race(8, 300, () -> assertTrue(
                    expected.equals(network.predict(BATCH, Readout.EVERY_STEP))));
            assertTrue(done > 0);
        }
    }

    @Test
    void oneThreadMayNestWhatItDoes() {
        try (DeepRnn network = lstm().build(); Trainer trainer = trainer(network, new Sgd(1))) {
            LanguageModel model = new LanguageModel(network, VOCABULARY);
            trainer.fit(2, _ -> List.of(BATCH), () -> model.perplexity(TOKENS), new TrainingListener() {
                @Override
                public void onStep(Progress progress) {
                    assertEquals(3, model.sample("now", 3).length());
                }
            });
        }
    }
}
