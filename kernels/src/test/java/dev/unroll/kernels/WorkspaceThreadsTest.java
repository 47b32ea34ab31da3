package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Work of two threads in one workspace: the second is refused, by name, and nothing is broken afterwards. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkspaceThreadsTest {
    private final ExecutorService other = Executors.newSingleThreadExecutor(work -> new Thread(work, "the other"));
    private final Workspace workspace = new Workspace("steps");

    @AfterEach
    void close() {
        other.shutdownNow();
        workspace.close();
        assertTrue(workspace.isClosed());
    }

    private String refusalInTheOtherThread(Runnable call) throws InterruptedException {
        Future<String> refusal =
                other.submit(() -> assertThrows(IllegalStateException.class, call::run).getMessage());
        try {
            return refusal.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private Map<String, Runnable> work(Workspace.Mark mark) {
        return Map.of(
                "a prediction", () -> workspace.hold("a prediction"),
                "an evaluation", () -> workspace.scope("an evaluation"),
                "an allocation", () -> workspace.allocate(ElementType.F32, 1),
                "a mark", workspace::mark,
                "a reset", () -> workspace.reset(mark));
    }

    @Test
    void whatAnotherThreadWouldDoInAScopeIsRefusedEveryTimeAndNamesBothThreads() throws InterruptedException {
        Thread.currentThread().setName("the first");
        Workspace.Mark mark = workspace.mark();
        for (int round = 0; round < 100; round++) {
            try (var _ = workspace.scope("a training step")) {
                Tensor kept = workspace.allocate(ElementType.F32, 1).copyFrom((float) round);
                for (Map.Entry<String, Runnable> work : work(mark).entrySet()) {
                    assertEquals(
                            "workspace steps is held by a training step of thread the first, so " + work.getKey()
                                    + " of thread the other cannot use it; let one thread work at a time, or give each"
                                    + " thread a workspace (a model) of its own",
                            refusalInTheOtherThread(work.getValue()));
                }
                assertEquals(round, kept.get(0, 0));
            }
        }
        workspace.reset(mark);
    }

    @Test
    void anotherThreadCannotHoldWhatIsHeldButCanAllocateThere() throws Exception {
        try (var _ = workspace.hold("a training step")) {
            String message = refusalInTheOtherThread(() -> workspace.hold("a prediction"));
            assertTrue(message.contains("a prediction of thread the other"), message);
            refusalInTheOtherThread(() -> workspace.scope("a prediction"));
            assertEquals(1, other.submit(() -> workspace.zeros(ElementType.F32, 1)).get().size());
        }
        other.submit(() -> workspace.hold("a prediction").close()).get();
    }

    @Test
    void oneThreadMayNestHoldsAndScopesOfSeveralKinds() {
        try (var _ = workspace.hold("outer");
                var _ = workspace.scope("middle");
                var _ = workspace.hold("inner");
                var _ = workspace.scope("innermost")) {
            assertEquals(0, workspace.zeros(ElementType.F32, 1).get(0, 0));
        }
    }

    @Test
    void afterTheEndOfAScopeAnotherThreadMayBeginOne() throws Exception {
        workspace.scope("first").close();
        other.submit(() -> workspace.scope("second").close()).get();
        workspace.scope("third").close();
    }

    @Test
    void aScopeHoldsOtherWorkspacesTooAllOrNone() throws Exception {
        try (Workspace model = new Workspace("model"); Workspace state = new Workspace("state")) {
            Workspace.Hold elsewhere = other.submit(() -> state.hold("a prediction")).get();
            assertThrows(IllegalStateException.class, () -> workspace.scope("a training step", model, state));
            other.submit(() -> model.scope("a copy").close()).get();
            other.submit(() -> workspace.scope("a copy").close()).get();
            elsewhere.close();
            try (var _ = workspace.scope("a training step", model, state)) {
                for (Workspace each : new Workspace[] {workspace, model, state}) {
                    String message = refusalInTheOtherThread(() -> each.scope("a prediction"));
                    assertTrue(message.contains(each.name() + " is held by a training step"), message);
                }
                String message = refusalInTheOtherThread(state::close);
                assertTrue(message.contains("state is held by a training step of thread"), message);
            }
        }
    }

    @Test
    void ofManyThreadsThatBeginAtOnceOneWorksAtATime() throws Exception {
        int threads = 4;
        CyclicBarrier start = new CyclicBarrier(threads);
        AtomicInteger working = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int t = 0; t < threads; t++) {
                pool.submit(() -> {
                    start.await();
                    for (int i = 0; i < 2_000; i++) {
                        try (var _ = workspace.scope("work")) {
                            assertEquals(1, working.incrementAndGet());
                            Tensor mine = workspace.zeros(ElementType.F64, 4);
                            mine.set(0, 3, i);
                            assertEquals(i, mine.get(0, 3));
                            working.decrementAndGet();
                            done.incrementAndGet();
                        } catch (IllegalStateException e) {
                            assertTrue(e.getMessage().contains("let one thread work at a time"), e.getMessage());
                            refused.incrementAndGet();
                        }
                    }
                    return null;
                });
            }
        }
        assertEquals(threads * 2_000, done.get() + refused.get());
        assertEquals(0, working.get());
    }

    @Test
    void aScopeThatEndsUnderACallIsOverAndItsMemoryIsUsedAgainLater() {
        Workspace.Hold scope = workspace.scope("step");
        Tensor tensor = workspace.allocate(ElementType.F64, 1000);
        long reserved = workspace.reservedBytes();
        tensor.enter("Gemm.nn");
        assertThrows(IllegalStateException.class, scope::close);
        assertEquals(0, tensor.get(0, 0) * 0, "the call goes on undisturbed");
        tensor.exit();
        scope.close();
        for (int i = 0; i < 100; i++) {
            workspace.scope("step").close();
            Workspace.Mark mark = workspace.mark();
            workspace.allocate(ElementType.F64, 1000);
            workspace.reset(mark);
        }
        assertEquals(reserved, workspace.reservedBytes());
        assertThrows(IllegalStateException.class, tensor::clear, "released in the end");
    }

    @Test
    void whatIsAllocatedAfterAScopeEndedUnderACallStays() {
        Workspace.Hold outer = workspace.scope("outer");
        Workspace.Hold inner = workspace.scope("inner");
        Tensor old = workspace.zeros(ElementType.F64, 1);
        old.enter("Gemm.nn");
        assertThrows(IllegalStateException.class, inner::close);
        Tensor fresh = workspace.allocate(ElementType.F64, 1).copyFrom(7.0);
        old.exit();
        workspace.allocate(ElementType.F64, 1).copyFrom(8.0);
        workspace.mark();
        assertEquals(7, fresh.get(0, 0));
        outer.close();
        assertThrows(IllegalStateException.class, () -> fresh.get(0, 0));
        assertFalse(workspace.isClosed());
    }
}
