package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was never closed. The time limit is no measurement: it ends a test that would wait for ever. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForgottenTest {
    private static final int MEBIBYTE = 1 << 20;

    @BeforeEach
    void reportNothing() {
        System.setProperty("unroll.leaks", "off");
    }

    @AfterEach
    void clear() {
        System.clearProperty("unroll.leaks");
        System.clearProperty("unroll.memory");
    }

    private static Tensor tensorOfAForgottenWorkspace(int size) {
        float[] values = new float[size];
        Arrays.fill(values, size);
        return new Workspace("forgotten").allocate(ElementType.F32, size).copyFrom(values);
    }

    private static void limitTo(long bytesMore) {
        System.setProperty("unroll.memory", "" + (MemoryAccount.common().taken() + bytesMore));
    }

    private static void collect() {
        Forgotten.free(() -> false);
    }

    private static void awaitTaken(long atMost) {
        while (MemoryAccount.common().taken() > atMost) {
            collect();
            SharedChunks.common().trim();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 3 * MEBIBYTE})
    void memoryThatNobodyCanReachGoesBack(int size) {
        collect();
        SharedChunks.common().trim();
        long before = MemoryAccount.common().taken();
        for (int i = 0; i < 20; i++) {
            tensorOfAForgottenWorkspace(size);
        }
        assertTrue(MemoryAccount.common().taken() > before);
        awaitTaken(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 3 * MEBIBYTE})
    void aTensorOrAViewOfItKeepsTheMemoryOfItsWorkspace(int size) {
        Tensor kept = tensorOfAForgottenWorkspace(size);
        Tensor view = tensorOfAForgottenWorkspace(size).columns(1, size - 1);
        for (int round = 0; round < 5; round++) {
            collect();
            try (Workspace others = new Workspace("others")) { // would get the memory, were it free
                for (int i = 0; i < 50; i++) {
                    others.zeros(ElementType.F32, 128);
                }
            }
            for (float value : kept.toFloats()) {
                assertEquals(size, value);
            }
            assertEquals(size, view.get(0, size - 2));
        }
    }

    @Test
    void packedMatricesMarksAndHoldsKeepItToo() {
        PackedMatrix packed;
        Workspace.Hold hold;
        Workspace.Mark mark;
        Tensor released;
        {
            Workspace workspace = new Workspace("forgotten");
            packed = PackedMatrix.of(workspace, 4, 4, ElementType.F32).pack(workspace.zeros(ElementType.F32, 4, 4));
            hold = workspace.hold("work");
            mark = workspace.mark();
            released = workspace.zeros(ElementType.F32, 1);
        }
        collect();
        try (Workspace other = new Workspace("other")) {
            Tensor c = other.allocate(ElementType.F32, 4, 4);
            Gemm.packed(1, other.zeros(ElementType.F32, 4, 4), packed, 0, c, WorkerPool.caller());
            assertEquals(0, c.get(3, 3));
            assertThrows(IllegalArgumentException.class, () -> other.reset(mark));
        }
        assertEquals(0, released.get(0, 0));
        hold.close();
    }

    @Test
    void callsRunUndisturbedWhileTheCollectorLooksForForgottenWorkspaces() {
        limitTo(64 * MEBIBYTE);
        AtomicInteger collections = new AtomicInteger();
        Thread collector = new Thread(() -> {
            while (collections.incrementAndGet() < 40) {
                System.gc();
            }
        });
        collector.start();
        while (collections.get() < 40) {
            // Nothing but the call itself refers to the workspace while it runs.
            assertEquals(2 * 99.0 * 99, sumOfTwice(99));
        }
    }

    private static double sumOfTwice(int n) {
        Tensor x = tensorOfAForgottenWorkspace(n);
        Elementwise.add(x, x, x, WorkerPool.caller());
        return Reductions.sum(x, WorkerPool.caller());
    }

    @Test
    void whatWasForgottenIsUsedBeforeAnythingIsRefused() {
        limitTo(16 * MEBIBYTE);
        for (int i = 0; i < 50; i++) { // 200 MiB, each forgotten at once
            assertEquals(MEBIBYTE, tensorOfAForgottenWorkspace(MEBIBYTE).size());
        }
        for (int i = 0; i < 50_000; i++) {
            assertEquals(64, tensorOfAForgottenWorkspace(64).size());
        }
    }

    @Test
    void interruptsDoNotEndTheWaitForTheCollector() {
        Thread.currentThread().interrupt();
        assertFalse(Forgotten.free(() -> false));
        assertTrue(Thread.interrupted(), "the interrupt is still there to be seen");
    }

    /** The warnings that a forgotten workspace gave, in so many tries. */
    private static List<LogRecord> warnings(String level, int tries) {
        System.clearProperty("unroll.leaks");
        if (level != null) {
            System.setProperty("unroll.leaks", level);
        }
        List<LogRecord> records = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                records.add(entry);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.unroll.kernels");
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            long before = MemoryAccount.common().workspaces();
            for (int i = 0; i < tries; i++) {
                tensorOfAForgottenWorkspace(16);
            }
            while (MemoryAccount.common().workspaces() > before) {
                collect();
            }
            return records;
        } finally {
            logger.setUseParentHandlers(true);
            logger.removeHandler(handler);
        }
    }

    @Test
    void everyForgottenWorkspaceIsReportedWithThePlaceWhereItWasMade() {
        collect();
        List<LogRecord> warnings = warnings("all", 10);
        assertEquals(10, warnings.size());
        for (LogRecord warning : warnings) {
            assertTrue(warning.getMessage().startsWith("workspace forgotten was never closed"), warning.getMessage());
            assertTrue(Arrays.stream(warning.getThrown().getStackTrace()).anyMatch(
                    frame -> frame.getMethodName().equals("tensorOfAForgottenWorkspace")));
        }
    }

    @Test
    void withoutTheSettingOneInManyIsReportedAndEachPlaceOnce() {
        collect();
        for (int expected = 1; expected >= 0; expected--) {
            assertEquals(expected, warnings(null, 3 * Forgotten.PERIOD).size());
        }
    }

    @Test
    void reportsCanBeTurnedOff() {
        collect();
        assertEquals(List.of(), warnings("off", 3 * Forgotten.PERIOD));
    }

    @Test
    void whatWasClosedIsNotReported() {
        collect();
        System.setProperty("unroll.leaks", "all");
        for (int i = 0; i < 100; i++) {
            new Workspace("closed").close();
        }
        assertEquals(1, warnings("all", 1).size());
    }

    @Test
    void aLevelThatIsNoneIsRefused() {
        System.setProperty("unroll.leaks", "some");
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new Workspace("test"));
        assertEquals("unroll.leaks=some: expected off, sampled or all", e.getMessage());
    }

    @Test
    void theWorkersOfAForgottenPoolEnd() throws InterruptedException {
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            workers.add(workerOfAForgottenPool());
        }
        for (Thread worker : workers) {
            while (worker.isAlive()) {
                collect();
                worker.join(10);
            }
        }
    }

    private static Thread workerOfAForgottenPool() {
        AtomicReference<Thread> worker = new AtomicReference<>();
        CyclicBarrier bothThere = new CyclicBarrier(2);
        new WorkerPool(2).run(2, part -> {
            try {
                bothThere.await();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            if (part == 1) {
                worker.set(Thread.currentThread());
            }
        });
        return worker.get();
    }
}
