package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.EpochRandom;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Sequences;
import dev.unroll.rnn.io.CheckpointFile;
import dev.unroll.rnn.io.DamagedCheckpointException;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Adadelta;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Momentum;
import dev.unroll.rnn.optim.Nesterov;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.optim.RmsProp;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class CheckpointsTest {
    private static final boolean FULL = Boolean.getBoolean("unroll.full");
    private static final int SYMBOLS = 7;
    private static final int EPOCHS = 4;

    @TempDir
    Path temp;

    /** A way to train. */
    private record Recipe(
            String network, Supplier<Optimizer> optimizer, Schedule schedule, double noise, int accumulate, int threads,
            ElementType type, double average) {
        private static final double NOT_AVERAGED = -1;

        Recipe(String network, Supplier<Optimizer> optimizer, Schedule schedule) {
            this(network, optimizer, schedule, 0, 1, 1, ElementType.F32, NOT_AVERAGED);
        }

        Recipe averaged(double decay) {
            return new Recipe(network, optimizer, schedule, noise, accumulate, threads, type, decay);
        }

        Recipe on(int otherThreads) {
            return new Recipe(network, optimizer, schedule, noise, accumulate, otherThreads, type, average);
        }

        boolean isAveraged() {
            return average != NOT_AVERAGED;
        }
    }

    static final List<Recipe> RECIPES = List.of(
            new Recipe("lstm:2x9", () -> new Sgd(1), Schedule.constant()),
            new Recipe("gru:9", () -> new Momentum(0.1), Schedule.stepDecay(0.5, 7)),
            new Recipe("rnn:9:learned", () -> new Nesterov(0.1), Schedule.cosine(30, 0.1)),
            new Recipe("dts:8,9", () -> new RmsProp(0.01), Schedule.halveOnPlateau()),
            new Recipe("lstm:9", () -> new Adadelta(), Schedule.inverseAfterRise(5)),
            new Recipe("gru:2x8:dropout=0.3", () -> new Adam(0.03), Schedule.halveOnPlateau().warmedUp(5)),
            new Recipe("lstm:8:zoneout=0.2", () -> new Adam(0.3), Schedule.halveOnPlateau(), 0.075, 1, 2,
                    ElementType.F32, Recipe.NOT_AVERAGED),
            new Recipe("gru:8:dropout=0.3:variational", () -> new Adam(0.03), Schedule.constant(), 0.1, 2, 2,
                    ElementType.F64, 0.95),
            new Recipe("lstm:2x9", () -> new Sgd(1), Schedule.constant()).averaged(0.8),
            new Recipe("gru:9", () -> new Adam(0.3), Schedule.halveOnPlateau()).averaged(0.999));

    /** The first of them, with and without averages. */
    static final List<Recipe> TWO = List.of(RECIPES.getFirst(), RECIPES.getFirst().averaged(0.9));

    private static final Tokens TEXT = text(400, 1);
    private static final List<Batch> HELD_OUT = text(90, 2).sequential(2, 11);

    private static Tokens text(int length, long seed) {
        Random random = new Random(seed);
        int[] ids = new int[length];
        Arrays.setAll(ids, i -> i % 3 == 0 ? i / 3 % SYMBOLS : random.nextInt(SYMBOLS));
        return new Tokens(ids);
    }

    /** What a training ends with. */
    private record End(List<String> reports, int kept, double[] last, double[] best) {
        void assertEquals(End other) {
            org.junit.jupiter.api.Assertions.assertEquals(reports, other.reports);
            org.junit.jupiter.api.Assertions.assertEquals(kept, other.kept);
            assertArrayEquals(last, other.last, 0, "the last parameters");
            assertArrayEquals(best, other.best, 0, "the best parameters");
        }
    }

    /** One process's part of a training. */
    private final class Session implements AutoCloseable {
        private final WorkerPool pool;
        private final DeepRnn network;
        private final Trainer trainer;
        private final EarlyStopping best;
        private final Checkpoints checkpoints;
        private final Recipe recipe;

        Session(Recipe recipe, Path folder) throws IOException {
            this.recipe = recipe;
            pool = new WorkerPool(recipe.threads);
            network = NetworkBuilder.of(recipe.network, SYMBOLS).type(recipe.type).seed(3).pool(pool).build();
            trainer = new Trainer(network, recipe.optimizer.get(), Clip.norm(1))
                    .seed(5)
                    .schedule(recipe.schedule)
                    .weightNoise(recipe.noise)
                    .accumulate(recipe.accumulate);
            if (recipe.isAveraged()) {
                trainer.average(recipe.average);
            }
            best = new EarlyStopping(network.parameters());
            checkpoints = Checkpoints.in(folder, trainer, best).every(Duration.ofDays(1));
        }

        List<EpochReport> fit(TrainingListener listener) {
            DoubleSupplier validation = () -> Evaluation.of(network, Task.nextToken(), HELD_OUT);
            return trainer.fit(
                    EPOCHS, epoch -> TEXT.sequential(3, 10, EpochRandom.of(9, epoch)), validation,
                    best.and(checkpoints).and(listener));
        }

        End end(List<EpochReport> reports) {
            double[] last = values();
            int kept = best.restore().progress().epoch();
            List<String> texts = reports.stream()
                    .map(r -> r.progress().epoch() + " " + r.progress().step() + "/" + r.progress().steps() + " "
                            + r.progress().loss() + " " + r.progress().tokens() + " " + r.validation())
                    .toList();
            return new End(texts, kept, last, values());
        }

        double[] values() {
            return recipe.type == ElementType.F64
                    ? network.parameters().values().toDoubles()
                    : doubles(network.parameters().values().toFloats());
        }

        @Override
        public void close() {
            checkpoints.close();
            best.close();
            trainer.close();
            network.close();
            pool.close();
        }
    }

    private static double[] doubles(float[] floats) {
        double[] doubles = new double[floats.length];
        Arrays.setAll(doubles, i -> floats[i]);
        return doubles;
    }

    /** Ends a training after so many steps of this session. */
    private static TrainingListener stopAfter(int steps) {
        return new TrainingListener() {
            private int made;

            @Override
            public void onStep(Progress progress) {
                made++;
            }

            @Override
            public boolean isCancelled() {
                return made >= steps;
            }
        };
    }

    private End undisturbed(Recipe recipe) throws IOException {
        try (Session session = new Session(recipe, temp.resolve("undisturbed"))) {
            return session.end(session.fit(TrainingListener.NONE));
        }
    }

    @ParameterizedTest
    @FieldSource("RECIPES")
    void aTrainingThatWasStoppedAgainAndAgainEndsWithTheSameBits(Recipe recipe) throws IOException {
        End expected = undisturbed(recipe);
        for (int steps : FULL ? new int[] {1, 5, 13} : new int[] {5}) { // an epoch has 12 or 13
            Path folder = temp.resolve("stopped" + steps);
            for (int sessions = 0;; sessions++) {
                assertTrue(sessions < 60, "it must come to its end");
                // As in another machine: another number of threads, which changes no bit.
                try (Session session = new Session(recipe.on(1 + sessions % 2), folder)) {
                    assertEquals(sessions > 0, session.checkpoints.resume());
                    List<EpochReport> reports = session.fit(stopAfter(steps));
                    if (reports.size() == EPOCHS) {
                        session.end(reports).assertEquals(expected);
                        break;
                    }
                    session.checkpoints.save();
                }
            }
        }
    }

    @Test
    void musicGoesOnInTheMiddleOfAPiece() throws IOException {
        List<Frames> pieces = new ArrayList<>();
        Random random = new Random(4);
        for (int length : new int[] {31, 17, 44, 23}) {
            float[] notes = new float[length * 5];
            for (int i = 0; i < notes.length; i++) {
                notes[i] = random.nextInt(4) == 0 ? 1 : 0;
            }
            pieces.add(new Frames(5, notes));
        }
        float[][] ends = new float[2][];
        for (int way = 0; way < 2; way++) {
            int stops = way * 9;
            Path folder = temp.resolve("music" + way);
            for (boolean over = false; !over;) {
                try (DeepRnn network = NetworkBuilder.of("lstm:6", 5).build();
                        Trainer trainer = new Trainer(
                                network, Task.everyStep(Loss.bernoulli()), new Adam(0.01), Clip.norm(1));
                        Checkpoints checkpoints = Checkpoints.in(folder, trainer)) {
                    checkpoints.resume();
                    List<EpochReport> reports = trainer.fit(
                            5, epoch -> new Sequences(pieces).nextFrame(2, 8, EpochRandom.of(1, epoch)),
                            stops == 0 ? TrainingListener.NONE : stopAfter(stops));
                    checkpoints.save();
                    over = reports.size() == 5;
                    ends[way] = network.parameters().values().toFloats();
                }
            }
        }
        assertArrayEquals(ends[0], ends[1], 0);
    }

    @Test
    void checkpointsComeWhenTheyAreDueAndTheNewestAreKept() throws IOException {
        Path folder = temp.resolve("c");
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            session.checkpoints.everyUpdates(4).keep(3);
            session.fit(stopAfter(18));
            // The first one comes at once, to show that it can be done, and the last one at the end.
            assertEquals(List.of(name(13), name(17), name(18)), names(folder));
            assertTrue(session.checkpoints.hasUnfinished());
            session.checkpoints.deleteOlder();
            assertEquals(List.of(name(18)), names(folder));
            session.checkpoints.finish();
            assertEquals(List.of(name(18).replace("checkpoint", "finished")), names(folder));
            assertFalse(session.checkpoints.hasUnfinished());
        }
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            assertTrue(session.checkpoints.resume(), "with more epochs than before");
            assertEquals(18, session.trainer.updates());
            session.checkpoints.every(Duration.ZERO);
            session.fit(stopAfter(3));
            assertEquals(List.of(name(20), name(21)), names(folder), "what was finished is not any more");
        }
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            assertThrows(IllegalStateException.class, session.checkpoints::save, "of an earlier training");
            assertThrows(IllegalStateException.class, () -> session.fit(stopAfter(1)), "at the first step");
        }
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            session.checkpoints.clear();
            assertEquals(List.of(name(20), name(21)), names(folder), "until there is another");
            session.fit(stopAfter(1));
            assertEquals(List.of(name(1)), names(folder));
        }
    }

    /** A validation is told to the schedule only after the listeners have seen its epoch. */
    @Test
    void halfAnEpochCannotBeSaved() throws IOException {
        try (Session session = new Session(RECIPES.get(3), temp.resolve("c"))) {
            List<String> messages = new ArrayList<>();
            session.fit(new TrainingListener() {
                @Override
                public void onEpoch(EpochReport report) {
                    messages.add(assertThrows(IllegalStateException.class, session.checkpoints::save).getMessage());
                }
            });
            assertEquals(EPOCHS, messages.size());
            assertTrue(messages.getFirst().contains("not in onEpoch"), messages.getFirst());
        }
    }

    @Test
    void ofSeveralTrainingsOneAfterTheOtherTheRightOneIsResumed() throws IOException {
        float[][] ends = new float[2][];
        for (int way = 0; way < 2; way++) {
            for (boolean over = false; !over;) {
                try (DeepRnn network = NetworkBuilder.of("gru:4", SYMBOLS).build();
                        Trainer trainer = new Trainer(network, new Adam(0.01), Clip.none());
                        Checkpoints checkpoints = Checkpoints.in(temp.resolve("c" + way), trainer)) {
                    checkpoints.resume();
                    TrainingListener stop = way == 0 ? TrainingListener.NONE : stopAfter(9);
                    List<EpochReport> first = trainer.fit(2, _ -> HELD_OUT, checkpoints.and(stop));
                    if (first.size() == 2 || first.isEmpty() && trainer.updates() > 2 * HELD_OUT.size()) {
                        List<EpochReport> second =
                                trainer.fit(2, _ -> TEXT.sequential(3, 10), checkpoints.and(stop));
                        over = second.size() == 2;
                    }
                    ends[way] = network.parameters().values().toFloats();
                }
            }
        }
        assertArrayEquals(ends[0], ends[1], 0);
    }

    private static String name(long updates) {
        return String.format(Locale.ROOT, "checkpoint-%012d.safetensors", updates);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    /** A folder with the checkpoints of updates 3 and 5. */
    private Path stopped(String name) throws IOException {
        Path folder = temp.resolve(name);
        for (int steps : new int[] {3, 2}) {
            try (Session session = new Session(RECIPES.getFirst(), folder)) {
                session.checkpoints.resume();
                session.fit(stopAfter(steps));
            }
        }
        return folder;
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOneBeforeIsTakenAndKept() throws IOException {
        End expected = undisturbed(RECIPES.getFirst());
        byte[] good = Files.readAllBytes(stopped("good").resolve(name(5)));
        byte[] flipped = good.clone();
        flipped[good.length - 50] ^= 4;
        byte[] described = good.clone();
        described[400] ^= 1;
        int way = 0;
        for (byte[] damaged : new byte[][] {
            flipped, described, Arrays.copyOf(good, 1000), new byte[0], "foreign".getBytes()}) {
            Path folder = stopped("damaged" + way++);
            Files.write(folder.resolve(name(5)), damaged);
            try (Session session = new Session(RECIPES.getFirst(), folder)) {
                List<String> warnings = new ArrayList<>();
                session.checkpoints.warnings(warnings::add).keep(1);
                assertTrue(session.checkpoints.resume());
                assertEquals(3, session.trainer.updates());
                assertEquals(1, warnings.size());
                assertTrue(warnings.getFirst().contains(name(5)), warnings.getFirst());
                session.checkpoints.everyUpdates(1);
                session.fit(stopAfter(1));
                assertEquals(List.of(name(4), name(5) + ".damaged"), names(folder));
            }
            try (Session session = new Session(RECIPES.getFirst(), folder)) {
                assertTrue(session.checkpoints.resume());
                session.end(session.fit(TrainingListener.NONE)).assertEquals(expected);
            }
        }
    }

    @Test
    void whereAllAreDamagedTheyStayAndTheNewestIsNamed() throws IOException {
        Path folder = stopped("stopped");
        Files.write(folder.resolve(name(3)), new byte[9]);
        Files.write(folder.resolve(name(5)), new byte[9]);
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            List<String> warnings = new ArrayList<>();
            session.checkpoints.warnings(warnings::add);
            String message =
                    assertThrows(DamagedCheckpointException.class, session.checkpoints::resume).getMessage();
            assertTrue(message.contains(name(5)), message);
            assertTrue(warnings.getLast().contains("no checkpoint in it can be read"), warnings.toString());
            assertEquals(List.of(name(3), name(5)), names(folder));
        }
    }

    @Test
    void aCheckpointOfALaterVersionIsNotTakenForADamagedOne() throws IOException {
        Path folder = stopped("stopped");
        CheckpointFile.write(folder.resolve(name(7)), new Resumable() {
            @Override
            public void saveState(StateWriter checkpoint) {
                checkpoint.put("x", 1);
            }

            @Override
            public void restoreState(StateReader checkpoint) {}
        });
        byte[] file = Files.readAllBytes(folder.resolve(name(7)));
        String text = new String(file, StandardCharsets.ISO_8859_1);
        String now = "{\"checkpoint\":1,\"x\":1}";
        String later = now.replace("t\":1", "t\":2");
        text = text.replace(now.replace("\"", "\\\""), later.replace("\"", "\\\""))
                .replace(sha256(now), sha256(later));
        Files.write(folder.resolve(name(7)), text.getBytes(StandardCharsets.ISO_8859_1));
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            String message =
                    assertThrows(IllegalArgumentException.class, session.checkpoints::resume).getMessage();
            assertTrue(message.contains("is a checkpoint of version 2, and this library reads version 1"), message);
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aCheckpointOfAnotherTrainingIsRefusedWithAllDifferences() throws IOException {
        Path folder = stopped("stopped");
        Recipe other = new Recipe("gru:9", () -> new Adam(0.01), Schedule.stepDecay(0.5, 3));
        try (Session session = new Session(other, folder)) {
            double[] before = session.values();
            String message =
                    assertThrows(IllegalArgumentException.class, session.checkpoints::resume).getMessage();
            for (String part : new String[] {
                "cannot resume: network was lstm:2x9", "and is gru:9", "optimizer", "schedule", "; give the same"}) {
                assertTrue(message.contains(part), message);
            }
            assertTrue(message.length() <= 300 && !message.contains("...."), message);
            assertArrayEquals(before, session.values(), 0, "nothing has changed");
        }
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            session.checkpoints.describe(Map.of("corpus", "b", "machine", "here"), "machine");
            String message =
                    assertThrows(IllegalArgumentException.class, session.checkpoints::resume).getMessage();
            assertTrue(message.contains("corpus was not given and is b"), message);
            assertFalse(message.contains("machine"), message);
        }
    }

    @Test
    void anAverageIsNotResumedWithoutOneOrWithAnother() throws IOException {
        Path folder = stopped("stopped");
        try (Session session = new Session(TWO.getLast(), folder)) {
            String message =
                    assertThrows(IllegalArgumentException.class, session.checkpoints::resume).getMessage();
            assertTrue(message.contains("average was not given and is 0.9"), message);
        }
    }

    @Test
    void otherDataThanThoseOfTheCheckpointAreRefused() throws IOException {
        Path folder = stopped("stopped");
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            session.checkpoints.resume();
            String message = assertThrows(IllegalArgumentException.class, () -> session.trainer.fit(
                    EPOCHS, epoch -> text(400, 8).sequential(3, 10), TrainingListener.NONE)).getMessage();
            assertTrue(message.contains("the batches of epoch 0, counted from 0, are not those"), message);
        }
    }

    @Test
    void oneTrainingAtATimeHasAFolder() throws IOException {
        Path folder = temp.resolve("c");
        try (Session _ = new Session(RECIPES.getFirst(), folder)) {
            String message =
                    assertThrows(IOException.class, () -> new Session(RECIPES.getFirst(), folder)).getMessage();
            assertTrue(message.contains("another training is running there"), message);
        }
        new Session(RECIPES.getFirst(), folder).close();
    }

    @Test
    void aDiskThatTakesNoCheckpointDoesNotEndTheTraining() throws IOException {
        Path folder = temp.resolve("c");
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            List<String> warnings = new ArrayList<>();
            session.checkpoints.every(Duration.ZERO).warnings(warnings::add);
            Files.delete(folder.resolve(".lock"));
            Files.delete(folder);
            Files.createFile(folder);
            assertEquals(EPOCHS, session.fit(TrainingListener.NONE).size());
            assertTrue(warnings.getFirst().contains("no checkpoint was made"), warnings.getFirst());
        }
    }

    /** A listener of a user's own with something to remember. */
    private static final class Counter implements TrainingListener, Resumable {
        private long steps;

        @Override
        public void onStep(Progress progress) {
            steps++;
        }

        @Override
        public void saveState(StateWriter checkpoint) {
            checkpoint.put("steps", steps).put("limits", List.of(Double.NaN, Double.POSITIVE_INFINITY, 0.1));
        }

        @Override
        public void restoreState(StateReader checkpoint) throws IOException {
            steps = checkpoint.values().integer("steps");
        }
    }

    @Test
    void aListenerOfOnesOwnIsResumedToo() throws IOException {
        Path folder = temp.resolve("c");
        for (int session = 0; session < 3; session++) {
            Counter counter = new Counter();
            try (DeepRnn network = NetworkBuilder.of("gru:4", SYMBOLS).build();
                    Trainer trainer = new Trainer(network, new Sgd(1), Clip.none());
                    Checkpoints checkpoints = Checkpoints.in(folder, trainer, counter)) {
                checkpoints.resume();
                trainer.fit(1, _ -> TEXT.sequential(3, 10), counter.and(stopAfter(4)));
                checkpoints.save();
                assertEquals(Math.min(4 * (session + 1), 13), counter.steps);
            }
        }
        try (DeepRnn network = NetworkBuilder.of("gru:4", SYMBOLS).build();
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.none());
                EarlyStopping best = new EarlyStopping(network.parameters());
                Checkpoints checkpoints = Checkpoints.in(folder, trainer, best)) {
            String message = assertThrows(IllegalArgumentException.class, checkpoints::resume).getMessage();
            assertTrue(message.contains("its parts are [0 Counter], but [0 EarlyStopping] are given"), message);
        }
    }

    @Test
    void aCancelledFutureStopsAtTheNextStepAndItsStateIsSaved() throws Exception {
        Path folder = temp.resolve("c");
        AtomicReference<Future<?>> self = new AtomicReference<>();
        Counter counter = new Counter();
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<?> barrier = thread.submit(() -> {
                while (self.get() == null) {
                    Thread.onSpinWait();
                }
            });
            self.set(thread.submit(() -> {
                try (Session session = new Session(RECIPES.getFirst(), folder)) {
                    session.fit(counter.and(new TrainingListener() {
                        @Override
                        public void onStep(Progress progress) {
                            if (progress.epoch() == 2 && progress.step() == 3) {
                                self.get().cancel(true);
                            }
                        }
                    }));
                    assertTrue(Thread.currentThread().isInterrupted());
                    session.checkpoints.save();
                }
                return null;
            }));
            barrier.get();
        }
        try (Session session = new Session(RECIPES.getFirst(), folder)) {
            assertTrue(session.checkpoints.resume());
            assertEquals(counter.steps, session.trainer.updates());
            session.end(session.fit(TrainingListener.NONE)).assertEquals(undisturbed(RECIPES.getFirst()));
        }
    }

    @ParameterizedTest
    @FieldSource("TWO")
    void anInterruptedValidationIsDoneAgainWhenResumed(Recipe recipe) throws Exception {
        Path folder = temp.resolve("c");
        try (Session session = new Session(recipe, folder)) {
            try {
                session.trainer.fit(
                        EPOCHS, epoch -> TEXT.sequential(3, 10, EpochRandom.of(9, epoch)), () -> {
                            Thread.currentThread().interrupt();
                            return Evaluation.of(session.network, Task.nextToken(), HELD_OUT);
                        }, session.best);
                session.checkpoints.save();
            } finally {
                assertTrue(Thread.interrupted());
            }
            assertFalse(session.best.hasEpoch());
        }
        try (Session session = new Session(recipe, folder)) {
            assertTrue(session.checkpoints.resume());
            session.end(session.fit(TrainingListener.NONE)).assertEquals(undisturbed(recipe));
        }
    }

    @Test
    void patienceThatHasComeToItsEndStaysThere() throws IOException {
        Path folder = temp.resolve("c");
        List<Integer> epochs = new ArrayList<>();
        for (int way = 0; way < 2; way++) {
            try (DeepRnn network = NetworkBuilder.of("gru:4", SYMBOLS).build();
                    Trainer trainer = new Trainer(network, new Sgd(1e-9), Clip.none());
                    EarlyStopping best = new EarlyStopping(network.parameters()).patience(2);
                    Checkpoints checkpoints = Checkpoints.in(folder, trainer, best)) {
                checkpoints.resume();
                epochs.add(trainer.fit(50, _ -> TEXT.sequential(3, 10), () -> 1.0, best.and(checkpoints)).size());
                checkpoints.save();
            }
        }
        assertEquals(List.of(3, 3), epochs);
    }

    @Test
    void wrongArgumentsAreRefused() throws IOException {
        try (Session session = new Session(RECIPES.getFirst(), temp.resolve("c"))) {
            Checkpoints checkpoints = session.checkpoints;
            assertThrows(IllegalArgumentException.class, () -> checkpoints.keep(0));
            assertThrows(IllegalArgumentException.class, () -> checkpoints.every(Duration.ofSeconds(-1)));
            assertThrows(IllegalArgumentException.class, () -> checkpoints.everyUpdates(0));
            assertThrows(IllegalArgumentException.class, () -> checkpoints.describe(Map.of("x", new Object())));
        }
    }
}
