package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The time limits are no measurements: they end a test that would hang. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkerPoolTest {
    /** Runs once and says how often each part was run. */
    private static void assertEveryPartOnce(WorkerPool pool, int parts) {
        AtomicIntegerArray runs = new AtomicIntegerArray(parts);
        pool.run(parts, runs::incrementAndGet);
        for (int i = 0; i < parts; i++) {
            assertEquals(1, runs.get(i), "part " + i + " of " + parts);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7})
    void everyPartIsRunExactlyOnce(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            assertEquals(threads, pool.threads());
            for (int parts = 0; parts <= threads; parts++) {
                assertEveryPartOnce(pool, parts);
            }
        }
    }

    @Test
    void partsRunAtTheSameTimeEachOnAThreadOfItsOwn() {
        try (WorkerPool pool = new WorkerPool(3)) {
            CyclicBarrier allThere = new CyclicBarrier(3);
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            AtomicReference<Thread> first = new AtomicReference<>();
            pool.run(3, part -> {
                threads.add(Thread.currentThread());
                if (part == 0) {
                    first.set(Thread.currentThread());
                }
                await(allThere);
            });
            assertEquals(3, threads.size());
            assertSame(Thread.currentThread(), first.get(), "the caller does the first part");
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatPartsWroteIsSeenAfterTheRun() {
        try (WorkerPool pool = new WorkerPool(3)) {
            int[] plain = new int[3];
            for (int i = 1; i <= 1000; i++) {
                int value = i;
                pool.run(3, part -> plain[part] = value);
                assertEquals(3 * i, plain[0] + plain[1] + plain[2]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 12000", "3, 5000", "4, 3000"}) // more threads than processors take long
    void manyQuickRunsDoNotHang(int threads, int count) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            AtomicInteger runs = new AtomicInteger();
            for (int i = 0; i < count; i++) {
                pool.run(threads, _ -> runs.incrementAndGet());
            }
            assertEquals(count * threads, runs.get());
        }
    }

    @Test
    void runsWithPausesInWhichWorkersFallAsleepDoNotHang() {
        try (WorkerPool pool = new WorkerPool(2)) {
            AtomicInteger runs = new AtomicInteger();
            for (int i = 0; i < 300; i++) {
                pool.run(2, _ -> runs.incrementAndGet());
                LockSupport.parkNanos(i * 2_000L); // up to 0.6 ms: around the moment at which a worker falls asleep
            }
            assertEquals(600, runs.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void anExceptionReachesTheCallerWhicheverPartThrewIt(int thrower) {
        try (WorkerPool pool = new WorkerPool(3)) {
            AtomicIntegerArray runs = new AtomicIntegerArray(3);
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> pool.run(3, part -> {
                runs.incrementAndGet(part);
                if (part == thrower) {
                    throw new ArithmeticException("part " + part);
                }
            }));
            assertEquals("part " + thrower, e.getMessage());
            assertEquals(3, runs.get(0) + runs.get(1) + runs.get(2), "the other parts ended first");
            assertEveryPartOnce(pool, 3);
        }
    }

    @Test
    void anErrorReachesTheCallerAsItIs() {
        try (WorkerPool pool = new WorkerPool(2)) {
            StackOverflowError thrown = new StackOverflowError();
            assertSame(thrown, assertThrows(StackOverflowError.class, () -> pool.run(2, part -> {
                if (part == 1) {
                    throw thrown;
                }
            })));
        }
    }

    @Test
    void aFailureIsForgottenByTheNextRun() {
        try (WorkerPool pool = new WorkerPool(4)) {
            for (int i = 0; i < 200; i++) {
                assertThrows(ArithmeticException.class, () -> pool.run(4, _ -> {
                    throw new ArithmeticException();
                }));
                assertEveryPartOnce(pool, 4);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aRunWithinAPartIsDoneByThatPart(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            AtomicInteger inner = new AtomicInteger();
            pool.run(threads, _ -> {
                Thread outer = Thread.currentThread();
                pool.run(threads, _ -> {
                    assertSame(outer, Thread.currentThread());
                    inner.incrementAndGet();
                });
            });
            assertEquals(threads * threads, inner.get());
        }
    }

    @Test
    void aRunWithinAPartFailsLikeAnyOther() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThrows(ArithmeticException.class, () -> pool.run(2, _ -> pool.run(2, _ -> {
                throw new ArithmeticException();
            })));
            assertEveryPartOnce(pool, 2);
        }
    }

    @Test
    void aBusyPoolDoesNotMakeAnotherCallerWait() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(2)) {
            CountDownLatch inside = new CountDownLatch(2);
            CountDownLatch end = new CountDownLatch(1);
            Thread busy = new Thread(() -> pool.run(2, _ -> {
                inside.countDown();
                await(end);
            }));
            busy.start();
            await(inside);
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            pool.run(2, _ -> threads.add(Thread.currentThread()));
            assertEquals(Set.of(Thread.currentThread()), threads);
            end.countDown();
            busy.join();
        }
    }

    @Test
    void severalCallersAtATimeEachGetTheirWorkDone() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(3)) {
            AtomicInteger runs = new AtomicInteger();
            List<Thread> callers = new ArrayList<>();
            for (int caller = 0; caller < 3; caller++) {
                callers.add(new Thread(() -> {
                    for (int i = 0; i < 2_000; i++) {
                        pool.run(3, _ -> runs.incrementAndGet());
                    }
                }));
            }
            callers.forEach(Thread::start);
            for (Thread caller : callers) {
                caller.join();
            }
            assertEquals(3 * 2_000 * 3, runs.get());
        }
    }

    @Test
    void morePartsThanThreadsAreRefused() {
        try (WorkerPool pool = new WorkerPool(2)) {
            AtomicInteger runs = new AtomicInteger();
            IllegalArgumentException many = assertThrows(
                    IllegalArgumentException.class, () -> pool.run(3, _ -> runs.incrementAndGet()));
            assertEquals("3 parts for 2 threads; split into fewer", many.getMessage());
            assertEquals(0, runs.get());
        }
    }

    @Test
    void noWorkAtAllIsRefusedAndNotWaitedFor() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThrows(IllegalArgumentException.class, () -> pool.run(2, null));
            assertEveryPartOnce(pool, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aPoolWithoutThreadsIsRefused(int threads) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new WorkerPool(threads));
        assertTrue(e.getMessage().contains("" + threads), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aClosedPoolRefusesToRun(int threads) {
        WorkerPool pool = new WorkerPool(threads);
        pool.close();
        pool.close();
        for (int parts = 1; parts <= threads; parts++) {
            int count = parts;
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> pool.run(count, _ -> {}));
            assertTrue(e.getMessage().contains("closed"), e.getMessage());
        }
    }

    @Test
    void thePoolsThatNeedNoClosingCannotBeClosed() {
        WorkerPool.caller().close();
        assertEveryPartOnce(WorkerPool.caller(), 1);
        assertSame(WorkerPool.caller(), WorkerPool.caller());
        WorkerPool.common().close();
        assertEveryPartOnce(WorkerPool.common(), WorkerPool.common().threads());
        assertSame(WorkerPool.common(), WorkerPool.common());
        assertNotSame(WorkerPool.caller(), WorkerPool.common());
    }

    @Test
    void closeWaitsForTheRunOfAnotherThread() throws InterruptedException {
        WorkerPool pool = new WorkerPool(2);
        CountDownLatch inside = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger ended = new AtomicInteger();
        Thread busy = new Thread(() -> pool.run(2, _ -> {
            inside.countDown();
            await(end);
            ended.incrementAndGet();
        }));
        busy.start();
        await(inside);
        Thread closer = new Thread(() -> {
            pool.close();
            ended.addAndGet(10);
        });
        closer.start();
        end.countDown();
        closer.join();
        busy.join();
        assertEquals(12, ended.get());
    }

    @Test
    void aRunThatMeetsCloseIsDoneOrRefusedAndNeverWaitsForEver() throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            WorkerPool pool = new WorkerPool(2);
            AtomicInteger runs = new AtomicInteger();
            CyclicBarrier start = new CyclicBarrier(2);
            Thread closer = new Thread(() -> {
                await(start);
                pool.close();
            });
            closer.start();
            await(start);
            int done = 0;
            try {
                while (true) {
                    pool.run(2, _ -> runs.incrementAndGet());
                    done++;
                }
            } catch (IllegalStateException e) {
                assertEquals(2 * done, runs.get());
            }
            closer.join();
        }
    }

    @Test
    void workersEndWithTheirPool() throws InterruptedException {
        AtomicReference<Thread> worker = new AtomicReference<>();
        try (WorkerPool pool = new WorkerPool(2)) {
            CyclicBarrier bothThere = new CyclicBarrier(2); // or the caller might do the worker's part
            pool.run(2, part -> {
                await(bothThere);
                if (part == 1) {
                    worker.set(Thread.currentThread());
                }
            });
            assertTrue(worker.get().isDaemon(), "workers keep no program alive");
        }
        worker.get().join();
    }

    @ParameterizedTest
    @CsvSource({"2, 0", "2, 1", "3, 2"})
    void aPartCannotCloseItsPool(int threads, int closer) {
        WorkerPool pool = new WorkerPool(threads);
        CyclicBarrier allThere = new CyclicBarrier(threads); // or the caller might do the worker's part
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> pool.run(threads, part -> {
            await(allThere);
            if (part == closer) {
                pool.close();
            }
        }));
        assertTrue(e.getMessage().contains("cannot be closed by a part of its own work"), e.getMessage());
        assertEveryPartOnce(pool, threads);
        pool.close();
    }

    @Test
    void aPartCannotCloseAPoolThatWaitsForItThroughAnother() {
        WorkerPool outer = new WorkerPool(2);
        try (WorkerPool inner = new WorkerPool(2)) {
            CyclicBarrier outerThere = new CyclicBarrier(2);
            CyclicBarrier innerThere = new CyclicBarrier(2);
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> outer.run(2, part -> {
                await(outerThere);
                if (part == 1) {
                    inner.run(2, innerPart -> {
                        await(innerThere);
                        if (innerPart == 1) {
                            outer.close();
                        }
                    });
                }
            }));
            assertTrue(e.getMessage().contains("cannot be closed by a part of its own work"), e.getMessage());
            assertEveryPartOnce(outer, 2);
            assertEveryPartOnce(inner, 2);
        }
        outer.close();
    }

    @Test
    void aPartMayCloseAnotherPool() {
        WorkerPool other = new WorkerPool(2);
        try (WorkerPool pool = new WorkerPool(2)) {
            pool.run(2, part -> {
                if (part == 1) {
                    other.close();
                }
            });
        }
        assertThrows(IllegalStateException.class, () -> other.run(1, _ -> {}));
    }

    @Test
    void aPoolOfOneThreadIsNoException() {
        WorkerPool pool = new WorkerPool(1);
        pool.run(1, _ -> pool.close());
        assertThrows(IllegalStateException.class, () -> pool.run(1, _ -> {}));
    }

    @Test
    void anInterruptedCallerWaitsAsleepAndKeepsItsInterrupt() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(2)) {
            CyclicBarrier bothThere = new CyclicBarrier(2);
            CountDownLatch end = new CountDownLatch(1);
            AtomicInteger ended = new AtomicInteger();
            AtomicReference<Boolean> interrupted = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                pool.run(2, part -> {
                    await(bothThere);
                    if (part == 1) {
                        await(end);
                        ended.incrementAndGet();
                    } else {
                        Thread.currentThread().interrupt();
                    }
                });
                ended.addAndGet(10);
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            caller.start();
            while (caller.getState() != Thread.State.WAITING) { // asleep, though interrupted
                Thread.onSpinWait();
            }
            assertEquals(0, ended.get());
            end.countDown();
            caller.join();
            assertEquals(11, ended.get());
            assertEquals(true, interrupted.get());
        }
    }

    @Test
    void anInterruptedWorkerFallsAsleepAgain() throws InterruptedException {
        AtomicReference<Thread> worker = new AtomicReference<>();
        try (WorkerPool pool = new WorkerPool(2)) {
            CyclicBarrier bothThere = new CyclicBarrier(2);
            pool.run(2, part -> {
                await(bothThere);
                if (part == 1) {
                    worker.set(Thread.currentThread());
                    Thread.currentThread().interrupt();
                }
            });
            while (worker.get().isInterrupted() || worker.get().getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            worker.get().interrupt();
            while (worker.get().isInterrupted() || worker.get().getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            assertEveryPartOnce(pool, 2);
        }
    }
}
