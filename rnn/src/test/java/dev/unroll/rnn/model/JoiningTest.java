package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpDefinition;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** When joined steps run, and what becomes of them where threads are interrupted, sessions are closed, or batches fail. */
class JoiningTest {
    private static final Duration FOREVER = Duration.ofDays(1);

    /** What the layer does in every batch. */
    private volatile Runnable inBatch = () -> {};

    /** A layer that adds its inputs up, and does something else meanwhile. */
    private final class Sum implements Layer {
        private final Op op;

        Sum() {
            OpDefinition definition = Op.define("meanwhile");
            int x = definition.input("b n");
            int y = definition.output("b n");
            op = definition.build(call -> {
                inBatch.run();
                call.out(y).copyFrom(call.input(x));
            }, _ -> {});
        }

        @Override
        public List<Integer> stateSizes() {
            return List.of(1);
        }

        @Override
        public int outputs() {
            return 1;
        }

        @Override
        public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
            Variable sum = tape.add(tape.apply(op, x)[0], initial.parts().getFirst());
            return new Unrolled(sum, State.of(sum));
        }
    }

    private DeepRnn network() {
        DeepRnn network = NetworkBuilder.of(1, (_, _, _) -> new Sum()).outputs(1).build();
        network.parameters().write("a weight of 1", values -> {
            values.clear();
            values.set(0, 0, 1);
        });
        return network;
    }

    private static float step(JoinedSession session, float number) throws InterruptedException {
        float[] results = new float[1];
        session.step(new float[] {number}, results);
        return results[0];
    }

    private static boolean isWaiting(Thread thread) {
        Thread.State state = thread.getState();
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }

    /** A thread of its own that takes a step. */
    private static final class Client {
        private final FutureTask<Float> result;
        private final Thread thread;
        private volatile boolean isInterrupted;

        Client(JoinedSession session, float number) {
            result = new FutureTask<>(() -> {
                float sum = step(session, number);
                isInterrupted = Thread.currentThread().isInterrupted();
                return sum;
            });
            thread = new Thread(result);
            thread.start();
        }

        /** Returns when it sleeps until its step is run or others arrive. */
        Client whenItWaits() {
            while (!isWaiting(thread)) {
                Thread.onSpinWait();
            }
            return this;
        }

        float get() throws InterruptedException, ExecutionException {
            return result.get();
        }

        Throwable failure() {
            return assertThrows(ExecutionException.class, result::get).getCause();
        }
    }

    /** Holds the next batch up until it is released. */
    private final class Hold {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        Hold() {
            inBatch = () -> {
                inBatch = () -> {};
                begun.countDown();
                boolean wasInterrupted = Thread.interrupted();
                while (released.getCount() > 0) {
                    try {
                        released.await();
                    } catch (InterruptedException e) {
                        wasInterrupted = true;
                    }
                }
                if (wasInterrupted) {
                    Thread.currentThread().interrupt();
                }
            };
        }
    }

    @Test
    void aBatchStartsWhenTheLastOpenSessionArrives() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(4, FOREVER);
                JoinedSession a = server.open();
                JoinedSession b = server.open();
                JoinedSession c = server.open()) {
            Client first = new Client(a, 1).whenItWaits();
            Client second = new Client(b, 2).whenItWaits();
            assertEquals(0, server.batches());
            assertEquals(3, step(c, 3));
            assertEquals(1, first.get());
            assertEquals(2, second.get());
            assertEquals(1, server.batches());
        }
    }

    @Test
    void aBatchStartsWhenItIsFull() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(4, 2, FOREVER);
                JoinedSession a = server.open();
                JoinedSession b = server.open();
                JoinedSession _ = server.open();
                JoinedSession _ = server.open()) {
            Client first = new Client(a, 1).whenItWaits();
            assertEquals(2, step(b, 2));
            assertEquals(1, first.get());
            assertEquals(1, server.batches());
        }
    }

    /** The others never arrive, so this would hang if the time did not count. */
    @Test
    void aBatchStartsWhenItsOldestStepHasWaitedLongEnough() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(64, Duration.ofNanos(100_000));
                JoinedSession a = server.open();
                JoinedSession _ = server.open()) {
            for (int i = 1; i <= 100; i++) {
                assertEquals(i, step(a, 1));
            }
            assertEquals(100, server.batches());
            assertEquals(100, server.steps());
        }
    }

    @Test
    void stepsThatArriveWhileABatchRunsFormTheNextOne() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(3, FOREVER)) {
            JoinedSession a = server.open();
            Hold hold = new Hold();
            Client first = new Client(a, 1);
            hold.begun.await();
            JoinedSession b = server.open();
            JoinedSession c = server.open();
            Client second = new Client(b, 2).whenItWaits();
            Client third = new Client(c, 3).whenItWaits();
            assertEquals(1, server.batches());
            hold.released.countDown();
            assertEquals(1, first.get());
            assertEquals(1, server.batches()); // they wait for the first one, which is open
            a.close();
            assertEquals(2, second.get());
            assertEquals(3, third.get());
            assertEquals(2, server.batches());
            assertEquals(3, server.steps());
        }
    }

    @Test
    void aFullBatchThatWaitsStartsWhenTheOneBeforeEnds() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(5, 2, FOREVER);
                JoinedSession a = server.open()) {
            Hold hold = new Hold();
            Client first = new Client(a, 1);
            hold.begun.await();
            List<Client> others = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                others.add(new Client(server.open(), i).whenItWaits());
            }
            hold.released.countDown();
            first.get();
            for (int i = 0; i < 4; i++) {
                assertEquals(i, others.get(i).get());
            }
            assertEquals(3, server.batches());
        }
    }

    @Test
    void aSessionThatClosesCompletesTheBatchOfTheOthers() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(4, FOREVER)) {
            JoinedSession a = server.open();
            JoinedSession b = server.open();
            JoinedSession c = server.open();
            Client first = new Client(a, 1).whenItWaits();
            Client second = new Client(b, 2).whenItWaits();
            c.submit(new float[] {3});
            assertEquals(1, first.get());
            assertEquals(2, second.get());
            c.close(); // its step has run, and is forgotten
            Client third = new Client(a, 1).whenItWaits();
            b.close();
            assertEquals(2, third.get());
            assertEquals(4, server.steps());
        }
    }

    @Test
    void aSubmittedStepIsForgottenWhenItsSessionCloses() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(2, FOREVER)) {
            JoinedSession a = server.open();
            JoinedSession b = server.open();
            a.submit(new float[] {1});
            a.close();
            assertEquals(2, step(b, 2));
            try (JoinedSession again = server.open()) {
                Client other = new Client(again, 5).whenItWaits();
                assertEquals(4, step(b, 2));
                assertEquals(5, other.get());
            }
            Hold hold = new Hold();
            JoinedSession c = server.open();
            c.submit(new float[] {1});
            Client running = new Client(b, 1);
            hold.begun.await();
            Thread closing = new Thread(c::close);
            closing.start();
            while (!isWaiting(closing)) {
                Thread.onSpinWait(); // until it waits for the batch, in which c is
            }
            hold.released.countDown();
            closing.join();
            assertEquals(5, running.get());
            assertEquals(1, server.openSessions());
        }
    }

    @Test
    void aStepThatIsInterruptedWhileItWaitsDoesNotRun() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(3, FOREVER);
                JoinedSession a = server.open();
                JoinedSession b = server.open();
                JoinedSession c = server.open()) {
            step3(a, b, c);
            Client first = new Client(a, 1).whenItWaits();
            Client second = new Client(b, 1).whenItWaits();
            first.thread.interrupt(); // who keeps the time; the second one takes over
            assertTrue(first.failure() instanceof InterruptedException);
            assertEquals(1, server.batches());
            Client again = new Client(a, 10).whenItWaits();
            assertEquals(2, step(c, 1));
            assertEquals(2, second.get());
            assertEquals(11, again.get()); // not 12
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> step(c, 1));
            assertEquals(2, server.batches());
        }
    }

    private static void step3(JoinedSession a, JoinedSession b, JoinedSession c) throws Exception {
        Client first = new Client(a, 1);
        Client second = new Client(b, 1);
        step(c, 1);
        first.get();
        second.get();
    }

    @Test
    void aStepThatIsInterruptedWhileItRunsHasRun() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(2, FOREVER);
                JoinedSession a = server.open();
                JoinedSession b = server.open()) {
            Hold hold = new Hold();
            Client waits = new Client(a, 1).whenItWaits();
            Client leads = new Client(b, 2);
            hold.begun.await();
            waits.thread.interrupt();
            leads.thread.interrupt();
            waits.whenItWaits();
            hold.released.countDown();
            assertEquals(1, waits.get());
            assertEquals(2, leads.get());
            assertTrue(waits.isInterrupted && leads.isInterrupted);
            Client next = new Client(a, 1).whenItWaits();
            assertEquals(3, step(b, 1));
            assertEquals(2, next.get());
        }
    }

    @Test
    void aBatchThatFailsFailsForAllOfItAndStatesStay() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(2, FOREVER);
                JoinedSession a = server.open();
                JoinedSession b = server.open()) {
            for (int i = 1; i <= 3; i++) {
                Client before = new Client(a, 1).whenItWaits();
                assertEquals(i, step(b, 1));
                assertEquals(i, before.get());
                ArithmeticException reason = new ArithmeticException("such as a kernel of a user's layer");
                inBatch = () -> {
                    throw reason;
                };
                Client fails = new Client(a, 1).whenItWaits();
                IllegalStateException mine = assertThrows(IllegalStateException.class, () -> step(b, 1));
                assertTrue(mine.getMessage().startsWith("JoinedSession.step: the batch of this step failed"),
                        mine.getMessage());
                assertSame(reason, mine.getCause());
                assertSame(reason, fails.failure().getCause());
                inBatch = () -> {};
            }
        }
    }

    @Test
    void stepsThatWaitAreRefusedWhenAllSessionsClose() throws Exception {
        try (DeepRnn network = network()) {
            JoinedSessions server = network.session().join(4, FOREVER);
            JoinedSession a = server.open();
            JoinedSession b = server.open();
            JoinedSession c = server.open();
            Client first = new Client(a, 1).whenItWaits();
            Client second = new Client(b, 2).whenItWaits();
            c.submit(new float[] {3}); // the thread that waits runs the batch
            assertEquals(1, first.get());
            assertEquals(2, second.get());
            float[] results = new float[1];
            c.await(results);
            Client third = new Client(a, 1).whenItWaits();
            Client fourth = new Client(b, 1).whenItWaits();
            JoinedSession d = server.open();
            d.submit(new float[] {1});
            server.close();
            for (Client each : List.of(third, fourth)) {
                Throwable failure = each.failure();
                assertEquals(IllegalStateException.class, failure.getClass());
                assertEquals("JoinedSession.step: all joined sessions were closed before the step ran; join others",
                        failure.getMessage());
            }
            assertThrows(IllegalStateException.class, () -> d.await(results));
            assertThrows(IllegalStateException.class, () -> step(a, 1));
            assertThrows(IllegalStateException.class, a::reset);
            a.close();
        } // and the network can be closed
    }

    @Test
    void aBatchThatRunsEndsBeforeAllSessionsAreClosed() throws Exception {
        try (DeepRnn network = network()) {
            JoinedSessions server = network.session().join(4, FOREVER);
            JoinedSession a = server.open();
            JoinedSession b = server.open();
            Hold hold = new Hold();
            Client first = new Client(a, 1).whenItWaits();
            Client second = new Client(b, 2);
            hold.begun.await();
            JoinedSession c = server.open();
            Client late = new Client(c, 3).whenItWaits();
            Thread closing = new Thread(server::close);
            closing.start();
            while (!isWaiting(closing)) {
                Thread.onSpinWait();
            }
            assertEquals(IllegalStateException.class, late.failure().getClass());
            assertThrows(IllegalStateException.class, server::open);
            hold.released.countDown();
            closing.join();
            assertEquals(1, first.get());
            assertEquals(2, second.get());
        }
    }

    @Test
    void twoThreadsInOneSessionAreRefused() throws Exception {
        try (DeepRnn network = network();
                JoinedSessions server = network.session().join(2, FOREVER);
                JoinedSession a = server.open();
                JoinedSession b = server.open()) {
            Client first = new Client(a, 1).whenItWaits();
            String message = assertThrows(IllegalStateException.class, () -> step(a, 1)).getMessage();
            assertTrue(message.contains("open one for each thread"), message);
            assertThrows(IllegalStateException.class, a::close);
            assertThrows(IllegalStateException.class, a::reset);
            step(b, 1);
            assertEquals(1, first.get());
            assertArrayEquals(new long[] {1, 2}, new long[] {server.batches(), server.steps()});
        }
    }
}
