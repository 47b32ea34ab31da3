package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two threads and one workspace: memory is never taken from under a call, and nobody reads another tensor's numbers. */
class OccupancyTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    private final ExecutorService other = Executors.newSingleThreadExecutor();

    @AfterEach
    void shutdown() {
        other.shutdownNow();
    }

    private static <T> T get(Future<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AssertionError("in the other thread", e.getCause());
        }
    }

    @Test
    void closingDuringACallIsRefusedAndNamesIt() throws InterruptedException {
        String message = null;
        // A call may be over before close() is: then it is tried again with a longer one.
        for (int columns = 1 << 16; message == null && columns < 1 << 26; columns *= 4) {
            Workspace workspace = new Workspace("steps");
            Tensor x = workspace.zeros(ElementType.F64, columns);
            Tensor y = workspace.zeros(ElementType.F64, columns);
            Future<?> call = other.submit(() -> Activations.forward(Activation.EXP, x, y, CALLER));
            while (y.segment().get(ValueLayout.JAVA_DOUBLE, y.offset()) == 0) { // get would be a call of its own
                Thread.onSpinWait();
            }
            try {
                workspace.close();
            } catch (IllegalStateException e) {
                message = e.getMessage();
            }
            get(call);
            workspace.close();
        }
        assertEquals("workspace steps is held by Activations.forward: close it after that has ended", message);
    }

    @Test
    void callsAndClosingInTwoThreadsEndInARefusalAtWorst() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            Workspace workspace = new Workspace("steps");
            Tensor x = workspace.zeros(ElementType.F32, 1000);
            Future<String> calls = other.submit((Callable<String>) () -> {
                while (true) {
                    try {
                        Elementwise.add(x, x, x, CALLER);
                    } catch (IllegalStateException e) {
                        return e.getMessage();
                    }
                }
            });
            for (boolean closed = false; !closed;) {
                try {
                    workspace.close();
                    closed = true;
                } catch (IllegalStateException e) {
                    assertEquals(
                            "workspace steps is held by Elementwise.add: close it after that has ended",
                            e.getMessage());
                }
            }
            assertEquals("workspace steps is closed; allocate from one that is open", get(calls));
        }
    }

    @Test
    void aReturnToAMarkInAnotherThreadShowsNobodyTheNextTensor() throws InterruptedException {
        try (Workspace workspace = new Workspace("steps")) {
            Workspace.Mark mark = workspace.mark();
            AtomicReference<Tensor> published = new AtomicReference<>(workspace.zeros(ElementType.F64, 1));
            published.get().set(0, 0, 1);
            Future<Integer> reader = other.submit(() -> {
                int refusals = 0;
                for (Tensor tensor = published.get(); tensor != null; tensor = published.get()) {
                    try {
                        assertEquals(1, tensor.get(0, 0));
                    } catch (IllegalStateException e) {
                        assertTrue(e.getMessage().contains("released by reset"), e.getMessage());
                        refusals++;
                    }
                }
                return refusals;
            });
            for (int step = 0; step < 50_000; step++) {
                try {
                    workspace.reset(mark);
                    workspace.zeros(ElementType.F64, 1).set(0, 0, 2); // where the old one was
                    workspace.reset(mark);
                } catch (IllegalStateException e) { // the reader is inside
                    assertTrue(e.getMessage().startsWith("workspace steps is held by "), e.getMessage());
                    continue;
                }
                Tensor next = workspace.allocate(ElementType.F64, 1);
                next.set(0, 0, 1);
                published.set(next);
            }
            published.set(null);
            get(reader);
        }
    }
}
