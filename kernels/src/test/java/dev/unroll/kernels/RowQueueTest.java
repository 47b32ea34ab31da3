package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The time limit is no measurement: it ends a test that would hang. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RowQueueTest {
    private static final int CALLS = 20_000;

    /** A call of which every part must come right after that of the call before. */
    private record InOrder(int number, AtomicInteger[] last, AtomicInteger finished) implements RowQueue.RowCall {
        @Override
        public void run(int part) {
            if (!last[part].compareAndSet(number - 1, number)) {
                throw new AssertionError("part " + part + " of call " + number + " after " + last[part]);
            }
        }

        @Override
        public void finish() {
            finished.incrementAndGet();
        }
    }

    private static AtomicInteger[] counters(int count) {
        AtomicInteger[] counters = new AtomicInteger[count];
        for (int i = 0; i < count; i++) {
            counters[i] = new AtomicInteger(-1);
        }
        return counters;
    }

    @Test
    void everyPartRunsOnceAndInOrderWhoeverClaimsIt() throws InterruptedException {
        RowQueue queue = new RowQueue(2);
        AtomicInteger[] last = counters(3);
        AtomicInteger finished = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        Thread[] workers = new Thread[2];
        for (int w = 0; w < 2; w++) {
            int worker = w;
            workers[w] = new Thread(() -> {
                while (ended.get() == 0) {
                    if (!queue.runPart(worker)) {
                        Thread.onSpinWait();
                    }
                }
            });
            workers[w].start();
        }
        for (int i = 0; i < CALLS; i++) {
            if (queue.isFull() || i % 777 == 0) {
                while (!queue.hasEnded(0) || !queue.hasEnded(1)) {
                    queue.runPart(i % 2); // in the way of the workers
                }
                assertNull(queue.finish());
                assertTrue(queue.isEmpty());
            }
            queue.submit(new InOrder(i, last, finished));
            queue.runOwn();
        }
        while (!queue.hasEnded(0) || !queue.hasEnded(1)) {
            Thread.onSpinWait();
        }
        ended.set(1);
        for (Thread worker : workers) {
            worker.join();
        }
        assertNull(queue.finish(), "what a part threw");
        assertEquals(CALLS, finished.get());
        for (AtomicInteger part : last) {
            assertEquals(CALLS - 1, part.get());
        }
    }

    @Test
    void aPartIsThereForOneThreadAlone() {
        RowQueue queue = new RowQueue(1);
        AtomicInteger[] last = counters(2);
        AtomicInteger finished = new AtomicInteger();
        assertFalse(queue.hasPart(0) || queue.runPart(0));
        boolean[] isThere = new boolean[1];
        queue.submit(new RowQueue.RowCall() {
            @Override
            public void run(int part) {
                isThere[0] |= queue.hasPart(0) || queue.runPart(0);
            }

            @Override
            public void finish() {
                finished.incrementAndGet();
            }
        });
        assertTrue(queue.hasPart(0));
        assertTrue(queue.runPart(0));
        assertFalse(isThere[0], "a part that runs, or the one behind it");
        queue.runOwn();
        queue.finish();
        queue.submit(new InOrder(0, last, finished));
        queue.runOwn();
        assertFalse(queue.hasEnded(0));
        assertTrue(queue.runPart(0) && queue.hasEnded(0));
        queue.finish();
        assertEquals(2, finished.get());
    }

    @Test
    void whatAPartThrowsIsReturnedOnceAndTheOthersRun() {
        RowQueue queue = new RowQueue(1);
        Error thrown = new Error("of a part");
        AtomicInteger finished = new AtomicInteger();
        queue.submit(new RowQueue.RowCall() {
            @Override
            public void run(int part) {
                throw thrown;
            }

            @Override
            public void finish() {
                finished.incrementAndGet();
            }
        });
        queue.runOwn();
        assertTrue(queue.runPart(0));
        assertSame(thrown, queue.finish());
        assertEquals(1, finished.get());
        queue.submit(new InOrder(0, counters(2), finished));
        queue.runOwn();
        assertTrue(queue.runPart(0));
        assertNull(queue.finish());
    }
}
