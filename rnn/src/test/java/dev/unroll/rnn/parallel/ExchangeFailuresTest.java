package dev.unroll.rnn.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.parallel.Exchange.Messages;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounds that one worker cannot complete: then the others cannot either. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ExchangeFailuresTest {
    private static final Messages NOTHING = _ -> List.of();

    private static final Duration SHORT = Duration.ofMillis(20);

    private static String message(Throwable thrown) {
        return assertInstanceOf(ExchangeException.class, thrown).getMessage();
    }

    private static void assertOneSays(String pattern, Throwable... thrown) {
        List<String> messages = Arrays.stream(thrown).map(ExchangeFailuresTest::message).toList();
        assertTrue(messages.stream().anyMatch(each -> each.matches(pattern)), messages::toString);
        messages.forEach(each -> assertTrue(each.length() <= 300, each));
    }

    /** The second one fails if another worker failed the first one after it had sent what is needed for that. */
    private static void twoRounds(Exchange exchange, Workspace workspace) {
        exchange.round(NOTHING, NOTHING);
        exchange.round(NOTHING, NOTHING);
    }

    @ParameterizedTest
    @EnumSource
    void aWorkerThatLeavesFailsTheOthers(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.of(kind, 3)) {
            List<Throwable> thrown = cluster.run((exchange, _) -> {
                exchange.round(NOTHING, NOTHING);
                if (exchange.worker() != 2) {
                    exchange.round(NOTHING, NOTHING);
                }
                exchange.close();
            });
            assertEquals(null, thrown.get(2));
            assertOneSays("worker 2 .*has left.*", thrown.get(0), thrown.get(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWorkerThatFailsFailsTheOthers(Cluster.Kind kind) throws Exception {
        RuntimeException failure = new RuntimeException("no tensors today");
        try (Cluster cluster = Cluster.of(kind, 3)) {
            List<Throwable> thrown = cluster.run((exchange, _) -> exchange.round(other -> {
                if (exchange.worker() == 1 && other == 2) {
                    throw failure;
                }
                return List.of();
            }, NOTHING));
            assertSame(failure, thrown.get(1));
            assertOneSays("worker 1 .*(failed|has left) in round 1.*", thrown.get(0), thrown.get(2));
            if (kind == Cluster.Kind.LOCAL) {
                assertSame(failure, thrown.get(0).getCause());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anotherNumberOfBytesThanExpectedFailsTheRound(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.of(kind, 3)) {
            List<Throwable> thrown = cluster.run((exchange, workspace) -> {
                Tensor sent = workspace.zeros(ElementType.F32, 2);
                Tensor fromZero = workspace.zeros(ElementType.F32, exchange.worker() == 1 ? 3 : 2);
                Tensor received = workspace.zeros(ElementType.F32, 2);
                exchange.round(NOTHING, NOTHING);
                exchange.round(_ -> List.of(sent), other -> List.of(other == 0 ? fromZero : received));
                exchange.round(NOTHING, NOTHING); // a worker that got what it expects may have come here
            });
            thrown.forEach(ExchangeFailuresTest::message);
            if (kind == Cluster.Kind.LOCAL) {
                thrown.forEach(each -> assertEquals(
                        "worker 0 sends 8 bytes to worker 1, which expects 12", each.getMessage()));
            } else {
                assertOneSays("worker 0 at .* sends 8 bytes in its round 2, but 12 are expected in round 2",
                        thrown.get(1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWorkerThatDoesNotComeFailsTheOthers(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.ofTwo(kind, SHORT)) {
            assertOneSays("worker 1( at .*:\\d+ has not sent anything for 20 ms in round 1"
                    + "| did not come to round 1 within 20 ms)",
                    Cluster.thrown(cluster.begin(0, (exchange, _) -> exchange.round(NOTHING, NOTHING))));
            assertOneSays("worker (0 .*has left|1 did not come).*",
                    Cluster.thrown(cluster.begin(1, ExchangeFailuresTest::twoRounds)));
        }
    }

    @Test
    void aWorkerThatTakesNothingFailsTheOther() throws Exception {
        try (Cluster cluster = Cluster.ofTwo(Cluster.Kind.SOCKET, SHORT)) {
            Future<?> sending = cluster.begin(0, (exchange, workspace) -> {
                Tensor large = workspace.zeros(ElementType.F32, 64 << 20 >> 2);
                exchange.round(_ -> List.of(large), NOTHING);
            });
            cluster.send(1, header(1, 0)); // all that is expected of it
            assertOneSays("worker 1 at .* has not (taken|sent) anything for 20 ms in round 1",
                    Cluster.thrown(sending));
        }
    }

    private static byte[] header(long round, long bytes) {
        return ByteBuffer.allocate(2 * Long.BYTES).putLong(round).putLong(bytes).array();
    }

    @ParameterizedTest
    @CsvSource({"2, 8", "0, 8", "1, 0", "1, 9", "1, 9223372036854775807", "1, -1", "-1, -1"})
    void aHeaderThatIsNotTheOneExpectedFailsTheRound(long round, long bytes) throws Exception {
        try (Cluster cluster = Cluster.ofTwo(Cluster.Kind.SOCKET, Cluster.LONG)) {
            cluster.send(1, header(round, bytes));
            assertOneSays(
                    "worker 1 at .*:\\d+ sends " + bytes + " bytes in its round " + round
                            + ", but 8 are expected in round 1",
                    Cluster.thrown(cluster.begin(0, (exchange, workspace) -> {
                        Tensor x = workspace.zeros(ElementType.F64, 1);
                        exchange.round(NOTHING, _ -> List.of(x));
                    })));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptedWorkerStaysInterruptedAndFailsTheOthers(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.of(kind, 3)) {
            CompletableFuture<Thread> waiting = new CompletableFuture<>();
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Future<?> one = cluster.begin(1, (exchange, _) -> {
                waiting.complete(Thread.currentThread());
                try {
                    exchange.round(NOTHING, NOTHING);
                } finally {
                    interrupted.complete(Thread.currentThread().isInterrupted());
                }
            });
            Future<?> zero = cluster.begin(0, ExchangeFailuresTest::twoRounds);
            waiting.get().interrupt();
            assertEquals("worker 1 was interrupted in round 1", message(Cluster.thrown(one)));
            assertTrue(interrupted.get());
            Future<?> two = cluster.begin(2, ExchangeFailuresTest::twoRounds);
            assertOneSays("worker 1 .*(was interrupted|has left) in round [12].*",
                    Cluster.thrown(zero), Cluster.thrown(two));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRoundEndsWhenAnotherThreadClosesItsExchange(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.of(kind, 2)) {
            CompletableFuture<Exchange> waiting = new CompletableFuture<>();
            Future<?> round = cluster.begin(0, (exchange, _) -> exchange.round(other -> {
                waiting.complete(exchange);
                return List.of();
            }, NOTHING));
            waiting.get().close();
            assertOneSays("worker 0 (has left|was closed in round 1)", Cluster.thrown(round));
        }
    }

    /** A worker is closed, or its thread interrupted, at any moment of some round. */
    @ParameterizedTest
    @EnumSource
    void workersFailInTheSameRoundOrInTheNext(Cluster.Kind kind) throws Exception {
        Random random = new Random(1);
        for (int trial = 0; trial < 10; trial++) {
            int victim = random.nextInt(3);
            AtomicIntegerArray ended = new AtomicIntegerArray(3);
            AtomicReferenceArray<Thread> running = new AtomicReferenceArray<>(3);
            try (Cluster cluster = Cluster.of(kind, 3)) {
                List<Future<?>> workers = new ArrayList<>();
                for (int worker = 0; worker < 3; worker++) {
                    workers.add(cluster.begin(worker, (exchange, workspace) -> {
                        running.set(exchange.worker(), Thread.currentThread());
                        Tensor sent = workspace.zeros(ElementType.F32, 1000);
                        Tensor received = workspace.zeros(ElementType.F32, 2, 1000);
                        int self = exchange.worker();
                        while (true) {
                            exchange.round(_ -> List.of(sent),
                                    other -> List.of(received.rows(other < self ? 0 : 1, 1)));
                            ended.incrementAndGet(self);
                        }
                    }));
                }
                int end = random.nextInt(100);
                while (running.get(victim) == null || ended.get(victim) < end) {
                    Thread.onSpinWait();
                }
                if (random.nextBoolean()) {
                    cluster.exchange(victim).close();
                } else {
                    running.get(victim).interrupt();
                }
                for (Future<?> worker : workers) {
                    Throwable thrown = Cluster.thrown(worker);
                    assertTrue(thrown instanceof ExchangeException || thrown instanceof IllegalStateException,
                            () -> "" + thrown);
                }
                int most = kind == Cluster.Kind.LOCAL ? 0 : 1;
                int[] rounds = {ended.get(0), ended.get(1), ended.get(2)};
                int spread = Arrays.stream(rounds).max().getAsInt() - Arrays.stream(rounds).min().getAsInt();
                assertTrue(spread <= most, () -> Arrays.toString(rounds));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatCannotBeSentOrReceivedIsNamed(Cluster.Kind kind) throws Exception {
        try (Workspace workspace = new Workspace("test")) {
            Tensor good = workspace.zeros(ElementType.F32, 2);
            Tensor gaps = workspace.zeros(ElementType.F32, 2, 3).columns(1, 2);
            Map<String, Messages[]> rounds = new LinkedHashMap<>();
            rounds.put("outgoing is null", new Messages[] {null, NOTHING});
            rounds.put("incoming is null", new Messages[] {NOTHING, null});
            rounds.put("outgoing.with(1) is null", new Messages[] {_ -> null, NOTHING});
            rounds.put("incoming.with(1)[1] is null", new Messages[] {NOTHING, _ -> Arrays.asList(good, null)});
            rounds.put("outgoing.with(1)[1] is F32[2, 2] with row stride 3, but must be contiguous;"
                    + " exchange a copy of it", new Messages[] {_ -> List.of(good, gaps), NOTHING});
            rounds.put("incoming.with(1)[0] is F32[2, 2] with row stride 3, but must be contiguous;"
                    + " exchange a copy of it", new Messages[] {NOTHING, _ -> List.of(gaps)});
            rounds.put("incoming.with(1)[0] is F32[2], which is read-only",
                    new Messages[] {NOTHING, _ -> List.of(good.asReadOnly())});
            for (Map.Entry<String, Messages[]> each : rounds.entrySet()) {
                try (Cluster cluster = Cluster.of(kind, 2)) {
                    Future<?> other = cluster.begin(1, (exchange, _) -> exchange.round(NOTHING, NOTHING));
                    String call = cluster.exchange(0).getClass().getSimpleName() + ".round: ";
                    assertEquals(
                            call + each.getKey(),
                            assertThrows(
                                    IllegalArgumentException.class,
                                    () -> cluster.exchange(0).round(each.getValue()[0], each.getValue()[1]))
                                    .getMessage());
                    assertOneSays("worker 0 .*(failed|has left) in round 1.*", Cluster.thrown(other));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void memoryThatWasReleasedIsRefused(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.of(kind, 2); Workspace workspace = new Workspace("test")) {
            Tensor released;
            try (Workspace.Hold _ = workspace.scope("a step")) {
                released = workspace.zeros(ElementType.F32, 2);
            }
            assertThrows(
                    IllegalStateException.class, () -> cluster.exchange(0).round(_ -> List.of(released), NOTHING));
        }
    }

    @Test
    void otherThreadsCannotReadConfinedMemory() throws Exception {
        try (Arena arena = Arena.ofConfined(); Cluster cluster = Cluster.of(Cluster.Kind.LOCAL, 2)) {
            Tensor confined = Tensor.wrap(arena.allocate(8, 8), ElementType.F64, 1);
            String refused = assertThrows(
                    IllegalArgumentException.class,
                    () -> cluster.exchange(0).round(_ -> List.of(confined), NOTHING)).getMessage();
            assertTrue(refused.startsWith("LocalExchange.round: outgoing.with(1)[0] is confined"), refused);
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterAFailureEveryRoundFailsAndAfterItsEndNoneIsPossible(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.of(kind, 2)) {
            Exchange exchange = cluster.exchange(0);
            cluster.exchange(1).close();
            String first = message(
                    assertThrows(ExchangeException.class, () -> exchange.round(NOTHING, NOTHING)));
            assertEquals(
                    first, assertThrows(ExchangeException.class, () -> exchange.round(NOTHING, NOTHING)).getMessage());
            exchange.close();
            exchange.close();
            assertEquals(
                    exchange.getClass().getSimpleName() + ".round: the exchange of worker 0 is closed",
                    assertThrows(IllegalStateException.class, () -> exchange.round(NOTHING, NOTHING)).getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void memoryIsGivenBackAfterAFailure(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.of(kind, 2)) {
            cluster.exchange(1).close();
            try (Workspace workspace = new Workspace("test")) { // whose close would be refused
                Tensor x = workspace.zeros(ElementType.F32, 2);
                Tensor y = workspace.zeros(ElementType.F32, 2);
                assertThrows(
                        ExchangeException.class,
                        () -> cluster.exchange(0).round(_ -> List.of(x), _ -> List.of(y)));
            }
        }
    }

    @Test
    void aLocalExchangeNeedsWorkersAndATimeout() {
        assertThrows(IllegalArgumentException.class, () -> LocalExchange.of(0, SHORT));
        assertEquals(
                "LocalExchange.of: the timeout must be positive, not PT0S",
                assertThrows(IllegalArgumentException.class, () -> LocalExchange.of(2, Duration.ZERO)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> LocalExchange.of(2, Duration.ofNanos(-1)));
        assertEquals(2, LocalExchange.of(2, Duration.ofSeconds(Long.MAX_VALUE)).size());
    }
}
