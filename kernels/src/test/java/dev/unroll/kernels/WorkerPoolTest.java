package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a part that is lost is waited for for ever
class WorkerPoolTest {
    /** How often each part ran. */
    private static int[] counts(WorkerPool pool, int parts) {
        AtomicIntegerArray counts = new AtomicIntegerArray(parts);
        pool.run(parts, counts::incrementAndGet);
        int[] result = new int[parts];
        Arrays.setAll(result, counts::get);
        return result;
    }

    private static int[] once(int parts) {
        int[] ones = new int[parts];
        Arrays.fill(ones, 1);
        return ones;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void everyPartRunsOnce(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            assertEquals(threads, pool.threads());
            for (int call = 0; call < 2000; call++) {
                int parts = call % (threads + 1);
                assertArrayEquals(once(parts), counts(pool, parts));
            }
        }
    }

    @Test
    void workersThatFellAsleepAreWoken() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(3)) {
            for (int call = 0; call < 20; call++) {
                Thread.sleep(5); // much longer than they spin
                assertArrayEquals(once(3), counts(pool, 3));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatAPartThrowsArrivesAfterAllHaveEnded(int thrower) {
        try (WorkerPool pool = new WorkerPool(3)) {
            for (int call = 0; call < 200; call++) {
                AtomicInteger ended = new AtomicInteger();
                IllegalStateException thrown = new IllegalStateException("part " + thrower);
                assertSame(thrown, assertThrows(IllegalStateException.class, () -> pool.run(3, part -> {
                    ended.incrementAndGet();
                    if (part == thrower) {
                        throw thrown;
                    }
                })));
                assertEquals(3, ended.get());
                assertArrayEquals(once(3), counts(pool, 3));
            }
        }
    }

    @Test
    void callsFromPartsAreDoneByTheirThread() {
        try (WorkerPool pool = new WorkerPool(3)) {
            for (int call = 0; call < 200; call++) {
                AtomicIntegerArray counts = new AtomicIntegerArray(9);
                pool.run(3, outer -> pool.run(3, inner -> counts.incrementAndGet(3 * outer + inner)));
                for (int i = 0; i < 9; i++) {
                    assertEquals(1, counts.get(i));
                }
            }
        }
    }

    @Test
    void severalThreadsMayCallAtOnce() throws Exception {
        try (WorkerPool pool = new WorkerPool(3); ExecutorService callers = Executors.newFixedThreadPool(4)) {
            Future<?>[] futures = new Future<?>[4];
            for (int caller = 0; caller < 4; caller++) {
                futures[caller] = callers.submit(() -> {
                    for (int call = 0; call < 3000; call++) {
                        assertArrayEquals(once(3), counts(pool, 3));
                    }
                });
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }

    @Test
    void aClosedPoolRefusesCalls() {
        for (int threads = 1; threads <= 3; threads++) {
            WorkerPool pool = new WorkerPool(threads);
            counts(pool, threads);
            pool.close();
            pool.close();
            assertEquals(
                    "the worker pool is closed; make a new one",
                    assertThrows(IllegalStateException.class, () -> counts(pool, 1)).getMessage());
        }
    }

    @Test
    void closingLetsACallThatRunsEnd() throws InterruptedException {
        WorkerPool pool = new WorkerPool(2);
        CountDownLatch begun = new CountDownLatch(1);
        Thread closer = new Thread(() -> {
            try {
                begun.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            pool.close();
        });
        closer.start();
        AtomicInteger ended = new AtomicInteger();
        pool.run(2, _ -> {
            begun.countDown();
            for (int spin = 0; spin < 1_000_000; spin++) {
                Thread.onSpinWait();
            }
            ended.incrementAndGet();
        });
        assertEquals(2, ended.get());
        closer.join();
        assertThrows(IllegalStateException.class, () -> counts(pool, 2));
    }

    @Test
    void closingAtAnyMomentNeitherHangsNorLosesAPart() throws Exception {
        try (ExecutorService caller = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < 300; round++) {
                WorkerPool pool = new WorkerPool(2);
                Future<?> calls = caller.submit(() -> {
                    while (true) {
                        assertArrayEquals(once(2), counts(pool, 2));
                    }
                });
                Thread.sleep(0, round * 1000);
                pool.close();
                Throwable end = assertThrows(java.util.concurrent.ExecutionException.class, calls::get).getCause();
                assertEquals("the worker pool is closed; make a new one", end.getMessage());
            }
        }
    }

    @Test
    void theSharedPoolsStayOpen() {
        for (WorkerPool pool : new WorkerPool[] {WorkerPool.caller(), WorkerPool.common()}) {
            pool.close();
            assertArrayEquals(once(pool.threads()), counts(pool, pool.threads()));
        }
        assertEquals(1, WorkerPool.caller().threads());
        assertSame(WorkerPool.common(), WorkerPool.common());
    }

    @Test
    void badArgumentsAreRefused() {
        assertEquals(
                "threads must be at least 1, not 0",
                assertThrows(IllegalArgumentException.class, () -> new WorkerPool(0)).getMessage());
        try (WorkerPool pool = new WorkerPool(2)) {
            assertEquals(
                    "3 parts for 2 threads; split into fewer",
                    assertThrows(IllegalArgumentException.class, () -> counts(pool, 3)).getMessage());
            String message = assertThrows(IllegalArgumentException.class, () -> pool.run(2, null)).getMessage();
            assertTrue(message.endsWith("part is null"), message);
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
}
