package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.data.Frames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What joined sessions answer; when their steps run is tested in {@link JoiningTest}. */
class JoinedSessionsTest {
    private static final int INPUTS = 5;
    private static final int OUTPUTS = 3;

    /** So long that a test would hang if a step waited for it. */
    private static final Duration FOREVER = Duration.ofDays(1);

    private static final Duration SHORT = Duration.ofNanos(1);

    private static DeepRnn network(String model) {
        return NetworkBuilder.of(model, INPUTS).outputs(OUTPUTS).seed(1).build();
    }

    private static float[] frame(SplittableRandom random) {
        float[] frame = new float[INPUTS];
        for (int i = 0; i < INPUTS; i++) {
            frame[i] = (float) random.nextDouble(-1, 1);
        }
        return frame;
    }

    private static float[] frame(long seed) {
        return frame(new SplittableRandom(seed));
    }

    private interface Steps {
        void step(float[] frame, float[] results) throws InterruptedException;
    }

    /** One client's sequence of steps and new sequences, drawn from a seed; returns a hash of all results. */
    private static long digest(Steps steps, Runnable reset, long seed, int count) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        float[] results = new float[OUTPUTS];
        long digest = seed;
        for (int i = 0; i < count; i++) {
            if (random.nextInt(8) == 0) {
                reset.run();
            }
            steps.step(frame(random), results);
            for (float each : results) {
                digest = digest * 31 + Float.floatToRawIntBits(each);
            }
        }
        return digest;
    }

    private static long joined(JoinedSessions server, long seed, int count) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(~seed);
        try (JoinedSession session = server.open()) {
            Steps steps = (frame, results) -> {
                if (random.nextBoolean()) {
                    session.step(frame, results);
                } else {
                    session.submit(frame);
                    session.await(results);
                }
            };
            return digest(steps, session::reset, seed, count);
        }
    }

    private static long alone(DeepRnn network, long seed, int count) throws InterruptedException {
        try (Session session = network.session().output(Session.Output.SOFTMAX).open()) {
            return digest((frame, results) -> session.step(frame).copyTo(results), session::reset, seed, count);
        }
    }

    @Provide
    Arbitrary<String> models() {
        return Arbitraries.of("rnn:9", "gru:2x9", "lstm:9/mlp:4", "dts:9,8", "dots:6,5,4", "lstm:9:projection=4",
                "gru:6:reset=before", "lstm:7:gates=4", "gru:7:zoneout=0.2", "gru:6:learned", "lstm:6:norm", "mlp:4",
                "mlp:6:maxout=2/dts:5,4:lp=2");
    }

    /** Threads come and go in any order, with other numbers of steps; whoever is joined, nobody sees it in the bits. */
    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void joinedSessionsHaveTheBitsOfSessionsAlone(
            @ForAll("models") String model, @ForAll @IntRange(min = 1, max = 12) int clients,
            @ForAll @IntRange(min = 1, max = 12) int rows, @ForAll boolean isVirtual, @ForAll boolean isPatient,
            @ForAll long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        int[] counts = IntStream.range(0, clients).map(_ -> random.nextInt(60)).toArray();
        try (DeepRnn network = network(model);
                ExecutorService threads = isVirtual
                        ? Executors.newVirtualThreadPerTaskExecutor()
                        : Executors.newFixedThreadPool(clients);
                JoinedSessions server = network.session()
                        .output(Session.Output.SOFTMAX)
                        .join(clients, Math.min(rows, clients), isPatient ? FOREVER : SHORT)) {
            List<Callable<Long>> work = IntStream.range(0, clients)
                    .<Callable<Long>>mapToObj(i -> () -> joined(server, seed + i, counts[i]))
                    .toList();
            List<Future<Long>> digests = threads.invokeAll(work);
            for (int i = 0; i < clients; i++) {
                assertEquals(alone(network, seed + i, counts[i]), digests.get(i).get(), "client " + i);
            }
            assertEquals(IntStream.of(counts).sum(), server.steps());
            assertEquals(0, server.openSessions());
        }
    }

    /** With steps that wait for all and never for the time, a wake-up that is lost would hang. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8})
    void manyThreadsGetTheBitsOfOne(int rows) throws Exception {
        int count = Integer.getInteger("unroll.steps", 2_000);
        try (DeepRnn network = network("lstm:2x20");
                JoinedSessions server =
                        network.session().output(Session.Output.SOFTMAX).join(8, rows, FOREVER);
                ExecutorService platform = Executors.newFixedThreadPool(4);
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> digests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                long seed = i;
                digests.add((i % 2 == 0 ? platform : virtual).submit(() -> joined(server, seed, count)));
            }
            for (int i = 0; i < 8; i++) {
                assertEquals(alone(network, i, count), digests.get(i).get());
            }
        }
    }

    @Test
    void oneThreadDrivesManySessionsAndTheirStepsAreOneBatch() throws InterruptedException {
        try (DeepRnn network = network("gru:6");
                JoinedSessions server = network.session().join(12, FOREVER);
                Session alone = network.session().open()) {
            List<JoinedSession> sessions = IntStream.range(0, 11).mapToObj(_ -> server.open()).toList();
            float[] results = new float[OUTPUTS];
            for (int round = 1; round <= 3; round++) {
                for (int i = 0; i < 11; i++) {
                    sessions.get(i).submit(frame(i));
                }
                for (int i = 10; i >= 0; i--) { // in another order
                    alone.reset();
                    for (int step = 0; step < round; step++) {
                        alone.step(frame(i));
                    }
                    sessions.get(i).await(results);
                    assertArrayEquals(alone.output().toFloats(), results);
                }
                assertEquals(round, server.batches());
                assertEquals(11 * round, server.steps());
            }
        }
    }

    @Test
    void aSizeOfABatchIsNearItsNumberOfRows() {
        assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64),
                JoinedSteps.sizes(64));
        assertEquals(List.of(1), JoinedSteps.sizes(1));
        assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8, 10, 11), JoinedSteps.sizes(11));
        for (int rows = 1; rows <= 1_000; rows++) {
            List<Integer> sizes = JoinedSteps.sizes(rows);
            int count = rows;
            int size = sizes.stream().filter(each -> each >= count).findFirst().orElseThrow();
            assertTrue(size - count <= 0.18 * size, () -> count + " rows in " + size);
            assertTrue(sizes.stream().mapToInt(each -> each).sum() <= 7.5 * rows, sizes::toString);
        }
    }

    @Test
    void doublesAndIdsAndMemoryAreInputsToo() throws InterruptedException {
        try (DeepRnn words = NetworkBuilder.of("embedding:4/gru:6", 7).type(ElementType.F64).seed(1).build();
                JoinedSessions ids = words.session().ids().join(3, FOREVER);
                JoinedSessions frames = words.session().join(1, FOREVER);
                Session alone = words.session().ids().open();
                Session aloneByFrames = words.session().open();
                Arena arena = Arena.ofConfined();
                JoinedSession a = ids.open();
                JoinedSession b = ids.open();
                JoinedSession c = frames.open()) {
            double[] first = new double[7];
            double[] second = new double[7];
            MemorySegment off = arena.allocate(7 * Double.BYTES, Double.BYTES);
            for (int step = 0; step < 4; step++) {
                a.submit(3);
                b.submit(MemorySegment.ofArray(new int[] {3}));
                a.await(first);
                b.await(off);
                alone.step(3).copyTo(second);
                assertArrayEquals(second, first);
                assertArrayEquals(second, off.toArray(ValueLayout.JAVA_DOUBLE));
                double[] oneHot = {0, 0, 0, 1, 0, 0, 0};
                c.step(oneHot, first);
                aloneByFrames.step(oneHot).copyTo(second);
                assertArrayEquals(second, first);
            }
            for (int noId : new int[] {7, -1, Integer.MIN_VALUE}) {
                String message = assertThrows(IllegalArgumentException.class, () -> a.step(noId, first)).getMessage();
                assertEquals("JoinedSession.step: id " + noId + " does not exist; expected one from 0 to 6", message);
            }
            assertThrows(IllegalArgumentException.class, () -> c.step(1, first)); // it has frames
            assertThrows(IllegalArgumentException.class, () -> a.step(1, new float[7]));
            assertThrows(IllegalArgumentException.class, () -> a.submit(new double[7]));
        }
    }

    @Test
    void anInputThatIsWrongIsRefusedInItsSessionAlone() throws InterruptedException {
        try (DeepRnn network = network("lstm:6");
                JoinedSessions server = network.session().join(2, FOREVER);
                JoinedSession good = server.open();
                JoinedSession bad = server.open();
                Session alone = network.session().open()) {
            float[] results = new float[OUTPUTS];
            for (int step = 0; step < 5; step++) {
                good.submit(frame(step));
                float[] notFinite = frame(step);
                notFinite[2] = step % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
                for (Executable entry : new Executable[] {
                    () -> bad.step(notFinite, results), () -> bad.submit(notFinite),
                    () -> bad.step(MemorySegment.ofArray(notFinite), MemorySegment.ofArray(results)),
                    () -> bad.step(new float[INPUTS + 1], results), () -> bad.submit(new float[0]),
                    () -> bad.step(frame(1), new float[OUTPUTS - 1]), () -> bad.step(frame(1), null),
                    () -> bad.step((float[]) null, results), () -> bad.step(new double[INPUTS], new double[OUTPUTS]),
                    () -> bad.step(MemorySegment.ofArray(frame(1)), MemorySegment.ofArray(results).asReadOnly()),
                    () -> bad.step(MemorySegment.ofArray(frame(1)), MemorySegment.ofArray(new float[4])),
                    () -> bad.step(1, results)}) {
                    String message = assertThrows(IllegalArgumentException.class, entry).getMessage();
                    assertTrue(message.length() <= 300, message);
                }
                bad.submit(frame(step));
                bad.await(results);
                alone.step(frame(step));
                assertArrayEquals(alone.output().toFloats(), results, "the state was kept");
                good.await(results);
                assertArrayEquals(alone.output().toFloats(), results);
                assertEquals(step + 1, server.batches());
            }
        }
    }

    @Test
    void aPlaceThatIsFreedBeginsANewSequence() throws InterruptedException {
        try (DeepRnn network = network("gru:6:learned");
                JoinedSessions server = network.session().join(2, FOREVER);
                Session alone = network.session().open()) {
            alone.step(frame(1));
            float[] results = new float[OUTPUTS];
            JoinedSession kept = server.open();
            for (int i = 0; i < 5; i++) {
                try (JoinedSession session = server.open()) {
                    kept.submit(frame(9));
                    session.step(frame(1), results);
                    assertArrayEquals(alone.output().toFloats(), results);
                    kept.await(results);
                    String message = assertThrows(IllegalStateException.class, server::open).getMessage();
                    assertEquals("JoinedSessions.open: all 2 sessions are open; close one first, or join more of them",
                            message);
                    assertEquals(2, server.openSessions());
                }
            }
            kept.close();
            kept.close();
            assertThrows(IllegalStateException.class, () -> kept.step(frame(1), results));
            assertEquals(0, server.openSessions());
        }
    }

    @Test
    void aSessionGoesOnFromAStateThatHasSeenTheBeginning() throws InterruptedException {
        try (DeepRnn network = network("lstm:2x6");
                DeepRnn other = network("lstm:2x6");
                CarriedState state = network.newState(1);
                CarriedState two = network.newState(2);
                CarriedState strange = other.newState(1);
                JoinedSessions server = network.session().join(3, FOREVER);
                JoinedSession session = server.open()) {
            float[] results = new float[OUTPUTS];
            session.step(frame(8), results); // forgotten
            network.predict(state, new Frames(INPUTS, frame(3)));
            session.continueFrom(state);
            session.step(frame(4), results);
            assertArrayEquals(network.predict(state, new Frames(INPUTS, frame(4))).toFloats(), results);
            assertThrows(IllegalArgumentException.class, () -> session.continueFrom(strange));
            assertThrows(IllegalArgumentException.class, () -> session.continueFrom(two));
            assertThrows(IllegalArgumentException.class, () -> session.continueFrom(null));
        }
    }

    @Test
    void submittedStepsAreAwaitedBeforeAnythingElse() throws InterruptedException {
        try (DeepRnn network = network("gru:6");
                JoinedSessions server = network.session().join(1, FOREVER);
                JoinedSession session = server.open();
                CarriedState state = network.newState(1);
                Session alone = network.session().open()) {
            float[] results = new float[OUTPUTS];
            assertThrows(IllegalStateException.class, () -> session.await(results));
            session.submit(frame(1));
            for (Executable entry : new Executable[] {
                () -> session.submit(frame(2)), () -> session.step(frame(2), results), session::reset,
                () -> session.continueFrom(state)}) {
                String message = assertThrows(IllegalStateException.class, entry).getMessage();
                assertTrue(message.contains("a submitted step was not awaited"), message);
            }
            assertThrows(IllegalArgumentException.class, () -> session.await(new float[4]));
            session.await(results);
            assertArrayEquals(alone.step(frame(1)).output().toFloats(), results);
        }
    }

    @Test
    void warmingUpChangesNothing() throws InterruptedException {
        try (DeepRnn network = network("gru:6");
                JoinedSessions server = network.session().join(5, FOREVER);
                JoinedSession session = server.open();
                Session alone = network.session().open()) {
            float[] results = new float[OUTPUTS];
            session.step(frame(1), results);
            assertTrue(server.warmUp() > 0);
            session.step(frame(2), results);
            assertArrayEquals(alone.step(frame(1)).step(frame(2)).output().toFloats(), results);
            assertEquals(2, server.batches());
        }
    }

    @Test
    void whatCannotBeJoinedIsRefused() {
        try (DeepRnn network = network("gru:6")) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> network.session().join(4, Duration.ZERO)).getMessage();
            assertTrue(message.startsWith("SessionBuilder.join: maxWait is PT0S; a step must"), message);
            for (Executable entry : new Executable[] {
                () -> network.session().join(4, Duration.ofNanos(-1)), () -> network.session().join(4, null),
                () -> network.session().join(0, SHORT), () -> network.session().join(4, 0, SHORT),
                () -> network.session().join(4, 5, SHORT), () -> network.session().batch(2).join(4, SHORT)}) {
                String text = assertThrows(IllegalArgumentException.class, entry).getMessage();
                assertTrue(text.startsWith("SessionBuilder.join: ") && text.length() <= 300, text);
            }
            assertThrows(IllegalStateException.class, () -> network.session().memoryLimit(1_000).join(4, SHORT));
            network.session().join(4, Duration.ofSeconds(Long.MAX_VALUE)).close();
            network.parameters().write("a change", _ -> {}); // nothing holds the network
        }
        try (DeepRnn network = network("gru:6:bidirectional")) {
            assertThrows(IllegalArgumentException.class, () -> network.session().join(4, SHORT));
        }
    }

    @Test
    void aNetworkIsNeitherChangedNorClosedMeanwhile() {
        DeepRnn network = network("gru:6");
        JoinedSessions server = network.session().join(4, SHORT);
        for (Executable entry : new Executable[] {network::close, () -> network.reserve("a change")}) {
            String message = assertThrows(IllegalStateException.class, entry).getMessage();
            assertTrue(message.contains("a session"), message);
        }
        server.close();
        server.close();
        assertThrows(IllegalStateException.class, server::open);
        assertThrows(IllegalStateException.class, server::warmUp);
        network.close();
        assertThrows(IllegalStateException.class, () -> network.session().join(4, SHORT));
    }

    /** Two threads that drive three sessions each, so that batches are led by both, and their steps are joined. */
    @Tag("compiled")
    @ParameterizedTest
    @ValueSource(strings = {"rnn:9", "gru:2x9", "lstm:2x9", "dts:9,8", "lstm:6:norm"})
    void aStepAllocatesNothing(String model) throws Exception {
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (DeepRnn network = network(model);
                JoinedSessions server = network.session().output(Session.Output.SOFTMAX).join(6, FOREVER);
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            CyclicBarrier both = new CyclicBarrier(2);
            Callable<Long> client = () -> {
                try (JoinedSession a = server.open();
                        JoinedSession b = server.open();
                        JoinedSession c = server.open()) {
                    both.await(); // from here on batches are of all six
                    float[] frame = frame(1);
                    float[] results = new float[OUTPUTS];
                    long least = Long.MAX_VALUE;
                    for (int round = 0; round < 40; round++) {
                        long before = bean.getCurrentThreadAllocatedBytes();
                        for (int i = 0; i < 1_000; i++) {
                            a.submit(frame);
                            b.submit(frame);
                            c.step(frame, results);
                            b.await(results);
                            a.await(results);
                        }
                        least = Math.min(least, bean.getCurrentThreadAllocatedBytes() - before);
                    }
                    return least;
                }
            };
            for (Future<Long> least : threads.invokeAll(List.of(client, client))) {
                assertEquals(0, least.get(), model + ": bytes of 1,000 steps");
            }
            assertEquals(40_000, server.batches());
        }
    }
}
