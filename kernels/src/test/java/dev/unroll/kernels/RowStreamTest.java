package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The time limit is no measurement: it ends a test that would hang. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RowStreamTest {
    private static final int STEPS = 100; // more calls than the queue has places

    /** A product of 16 rows by a square of so many is large enough for two threads. */
    private static final int LARGE = 160;

    /** Steps of an LSTM and of a GRU over each other's states, with everything else that one may do in between. */
    private static final class Steps {
        private final Random random;
        private final int units;
        private final WorkerPool pool;
        private final RowStream stream;
        private final Workspace workspace;
        private boolean isQueued;
        private final List<Double> seen = new ArrayList<>();
        private final Tensor p;
        private final Tensor gates;
        private final Tensor tanhC;
        private final Tensor h;
        private final Tensor nextH;
        private final Tensor c;
        private final Tensor nextC;
        private final Tensor q;
        private final Tensor ofGru;
        private final Tensor bias;
        private final PackedMatrix weights;
        private final PackedMatrix ofLstm;

        Steps(int units, int rows, long seed, ElementType type, Workspace workspace, Workspace parameters,
                WorkerPool pool,
                RowStream stream) {
            this.units = units;
            this.workspace = workspace;
            this.pool = pool;
            this.stream = stream;
            random = new Random(seed);
            p = tensor(type, workspace, rows, 4 * units);
            gates = tensor(type, workspace, rows, 4 * units);
            tanhC = tensor(type, workspace, rows, units);
            h = tensor(type, workspace, rows, units);
            nextH = tensor(type, workspace, rows, units);
            c = tensor(type, workspace, rows, units);
            nextC = tensor(type, workspace, rows, units);
            q = tensor(type, workspace, rows, units);
            ofGru = tensor(type, workspace, rows, 3 * units);
            bias = tensor(type, parameters, units);
            weights = PackedMatrix.of(parameters, units, 3 * units, type)
                    .pack(tensor(type, parameters, units, 3 * units));
            ofLstm = PackedMatrix.of(parameters, units, 4 * units, type)
                    .pack(tensor(type, parameters, units, 4 * units));
        }

        private Tensor tensor(ElementType type, Workspace of, long... shape) {
            Tensor tensor = of.allocate(type, shape);
            double[] values = random.doubles(tensor.size(), -1, 1).toArray();
            if (type == ElementType.F64) {
                return tensor.copyFrom(values);
            }
            float[] floats = new float[values.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) values[i];
            }
            return tensor.copyFrom(floats);
        }

        List<Double> run() {
            for (int t = 0; t < STEPS; t++) {
                inStream(this::step);
                isQueued |= stream != null && !pool.queue().isEmpty();
                between();
            }
            inStream(this::step); // without a wait behind it
            return seen;
        }

        private void inStream(Runnable calls) {
            if (stream != null) {
                stream.set(true);
            }
            calls.run();
            if (stream != null) {
                stream.set(false);
            }
        }

        private void step() {
            Gemm.packed(1, h, ofLstm, 0, gates, pool);
            LstmCell.forward(p, gates, c, nextC, tanhC, nextH, pool);
            Gemm.packed(1, nextH, weights, 0, ofGru, Epilogue.activation(Activation.TANH), pool);
            GruCell.forward(p.columns(0, 3 * units), ofGru, bias, nextH, q, h, pool);
            Elementwise.axpy(0.5, nextC, c, pool);
            Activations.forward(Activation.TANH, c, c, pool);
            RnnCell.forward(Activation.SIGMOID, q, nextC, pool);
        }

        private void between() {
            Tensor any = List.of(gates, tanhC, h, nextH, c, q, ofGru).get(random.nextInt(7));
            switch (random.nextInt(8)) {
                case 0 -> seen.add(any.get(random.nextInt((int) any.rows()), random.nextInt(units)));
                case 1 -> seen.add(Reductions.norm(any, pool));
                case 2 -> any.set(any.rows() - 1, 0, 0.25);
                case 3 -> {
                    Elementwise.scale(0.5, any.rows(1, any.rows() - 1), pool); // other rows than those of the stream
                    inStream(() -> Elementwise.scale(0.5, any.rows(0, any.rows() - 1), pool));
                }
                case 4 -> {
                    try (Workspace.Hold _ = workspace.scope("a test")) {
                        Tensor copy = workspace.allocate(any.type(), any.rows(), any.columns());
                        inStream(() -> {
                            Elementwise.add(any, any, copy, pool);
                            Elementwise.multiply(copy, copy, any, pool);
                            Activations.forward(Activation.TANH, any, any, pool);
                        });
                    }
                }
                default -> {} // the stream goes on
            }
        }

        double[] states() {
            List<Double> all = new ArrayList<>();
            for (Tensor tensor : List.of(gates, tanhC, h, nextH, c, nextC, q, ofGru)) {
                for (long i = 0; i < tensor.rows(); i++) {
                    for (long j = 0; j < tensor.columns(); j++) {
                        all.add(tensor.get(i, j));
                    }
                }
            }
            return all.stream().mapToDouble(Double::doubleValue).toArray();
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 16, F32", "2, 33, F64", "3, 24, F32", "3, 65, F32", "4, 64, F64", "4, 32, F32"})
    void stepsHaveTheBitsOfOneThreadWhateverIsDoneInBetween(int threads, int rows, ElementType type) {
        compare(96, threads, rows, type, true);
    }

    @ParameterizedTest
    @CsvSource({"2, 16, F32", "3, 65, F32", "4, 64, F64"})
    void stepsOfSmallProductsAreNotWorthAStream(int threads, int rows, ElementType type) {
        compare(16, threads, rows, type, false);
    }

    private static void compare(int units, int threads, int rows, ElementType type, boolean isQueued) {
        for (long seed = 0; seed < 4; seed++) {
            try (Workspace workspace = new Workspace("steps");
                    Workspace parameters = new Workspace("weights");
                    WorkerPool pool = new WorkerPool(threads)) {
                Steps alone = new Steps(units, rows, seed, type, workspace, parameters, WorkerPool.caller(), null);
                List<Double> expected = alone.run();
                Steps shared;
                List<Double> seen;
                try (RowStream stream = RowStream.open(pool, workspace)) {
                    shared = new Steps(units, rows, seed, type, workspace, parameters, pool, stream);
                    seen = shared.run();
                }
                assertEquals(expected, seen, "seed " + seed);
                assertArrayEquals(alone.states(), shared.states(), "seed " + seed);
                assertEquals(isQueued, shared.isQueued);
            }
        }
    }

    /** A call whose parts of workers wait until they are let go. */
    private static final class Waiting implements RowQueue.RowCall {
        private final CountDownLatch go = new CountDownLatch(1);
        private final AtomicBoolean hasEnded = new AtomicBoolean();
        private final AtomicInteger finished = new AtomicInteger();

        @Override
        public void run(int part) {
            if (part == 0) {
                return;
            }
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            hasEnded.set(true);
        }

        @Override
        public void finish() {
            finished.incrementAndGet();
        }
    }

    /** Does something while a worker has begun with its part, which ends some time after that was begun. */
    private static void assertWaits(Consumer<Workspace> action) throws InterruptedException {
        try (Workspace workspace = new Workspace("waiting");
                WorkerPool pool = new WorkerPool(2);
                RowStream stream = RowStream.open(pool, workspace)) {
            Waiting call = new Waiting();
            assertTrue(stream.submit(call), "and returns at once");
            CountDownLatch begins = new CountDownLatch(1);
            Thread other = new Thread(() -> {
                try {
                    begins.await();
                } catch (InterruptedException e) {
                    return;
                }
                call.go.countDown();
            });
            other.start();
            assertFalse(call.hasEnded.get());
            begins.countDown();
            action.accept(workspace);
            assertTrue(call.hasEnded.get() && call.finished.get() == 1);
            other.join();
        }
    }

    @Test
    void whatReadsOrReleasesWaits() throws InterruptedException {
        assertWaits(workspace -> workspace.zeros(ElementType.F32, 2, 2));
        assertWaits(workspace -> workspace.allocate(ElementType.F32, 2, 2).get(0, 0));
        assertWaits(workspace -> workspace.allocate(ElementType.F32, 2).toFloats());
        assertWaits(workspace -> {
            Tensor x = workspace.allocate(ElementType.F32, 2, 2);
            Elementwise.add(x, x, x, WorkerPool.caller());
        });
        assertWaits(workspace -> workspace.scope("a test").close());
    }

    @Test
    void anotherKernelOnThePoolWaits() throws InterruptedException {
        try (Workspace elsewhere = new Workspace("elsewhere")) {
            Tensor x = elsewhere.zeros(ElementType.F32, 2, 2);
            try (Workspace workspace = new Workspace("waiting");
                    WorkerPool pool = new WorkerPool(2);
                    RowStream stream = RowStream.open(pool, workspace)) {
                Waiting call = new Waiting();
                call.go.countDown();
                assertTrue(stream.submit(call));
                Elementwise.add(x, x, x, pool);
                assertEquals(1, call.finished.get());
                Waiting next = new Waiting();
                next.go.countDown();
                assertTrue(stream.submit(next));
                Runnable closing = pool::close;
                closing.run();
                assertEquals(1, next.finished.get());
            }
        }
    }

    @Test
    void operandsAreInUseUntilAllThreadsHaveEnded() throws InterruptedException {
        try (Workspace parameters = new Workspace("weights"); WorkerPool pool = new WorkerPool(2)) {
            Workspace workspace = new Workspace("steps");
            PackedMatrix weights = PackedMatrix.of(parameters, 8, 8, ElementType.F32)
                    .pack(parameters.zeros(ElementType.F32, 8, 8));
            Tensor x = workspace.zeros(ElementType.F32, 16, 8);
            Tensor y = workspace.zeros(ElementType.F32, 16, 8);
            try (RowStream stream = RowStream.open(pool, workspace)) {
                stream.set(true);
                Elementwise.add(x, x, y, pool);
                Waiting call = new Waiting();
                assertTrue(stream.submit(call));
                Elementwise.add(x, x, y, pool);
                stream.set(false);
                Throwable[] thrown = new Throwable[1];
                Thread other =
                        new Thread(() -> thrown[0] = assertThrows(IllegalStateException.class, workspace::close));
                other.start();
                other.join();
                assertTrue(thrown[0].getMessage().contains("Elementwise.add"), thrown[0].getMessage());
                call.go.countDown();
            }
            workspace.close();
            assertThrows(IllegalStateException.class, () -> RowStream.open(pool, workspace));
            assertNull(pool.stream(), "of the refused stream");
        }
    }

    @Test
    void aClosedStreamAndOtherThreadsLeaveTheNextStreamAlone() throws InterruptedException {
        try (Workspace workspace = new Workspace("steps"); WorkerPool pool = new WorkerPool(2)) {
            Tensor x = workspace.zeros(ElementType.F32, 16, 8);
            RowStream closed = RowStream.open(pool, workspace);
            closed.close();
            RowStream stream = RowStream.open(pool, workspace);
            stream.set(true);
            Elementwise.add(x, x, x, pool);
            closed.close();
            assertFalse(pool.queue().isEmpty());
            Throwable[] thrown = new Throwable[2];
            Thread other = new Thread(() -> {
                thrown[0] = assertThrows(IllegalStateException.class, stream::close);
                thrown[1] = assertThrows(IllegalStateException.class, stream::await);
            });
            other.start();
            other.join();
            assertTrue(thrown[0].getMessage().contains("RowStream.close") && thrown[1].getMessage().contains("await"));
            assertFalse(pool.queue().isEmpty());
            stream.await();
            assertTrue(pool.queue().isEmpty());
            stream.close();
            assertDoesNotThrow(() -> pool.run(2, part -> {}));
        }
    }

    @Test
    void aBiasOfTheCallersOwnThreadIsReadByThatAlone() {
        try (Workspace workspace = new Workspace("steps");
                WorkerPool pool = new WorkerPool(2);
                Arena own = Arena.ofConfined();
                RowStream stream = RowStream.open(pool, workspace)) {
            Tensor x = workspace.zeros(ElementType.F32, 16, LARGE);
            Tensor y = workspace.zeros(ElementType.F32, 16, LARGE);
            PackedMatrix weights = PackedMatrix.of(workspace, LARGE, LARGE, ElementType.F32)
                    .pack(workspace.zeros(ElementType.F32, LARGE, LARGE));
            Tensor bias = Tensor.wrap(own.allocate(4 * LARGE, 64), ElementType.F32, LARGE);
            bias.set(0, 7, 8);
            stream.set(true);
            Gemm.packed(1, x, weights, 0, y, pool);
            assertFalse(pool.queue().isEmpty());
            Gemm.packed(1, x, weights, 0, y, Epilogue.bias(bias), pool);
            assertTrue(pool.queue().isEmpty());
            assertEquals(8, y.get(15, 7));
        }
    }

    @Test
    void whatAPartThrowsIsThrownByTheNextWaitAndNothingStaysInUse() {
        Workspace workspace = new Workspace("failing");
        try (WorkerPool pool = new WorkerPool(2)) {
            Tensor x = workspace.zeros(ElementType.F32, 16, 8);
            Error failure = new Error("of a part");
            try (RowStream stream = RowStream.open(pool, workspace)) {
                stream.set(true);
                Elementwise.add(x, x, x, pool);
                assertTrue(stream.submit(new RowQueue.RowCall() {
                    @Override
                    public void run(int part) {
                        if (part == 1) {
                            throw failure;
                        }
                    }

                    @Override
                    public void finish() {}
                }));
                Elementwise.add(x, x, x, pool);
                assertSame(failure, assertThrows(Error.class, () -> x.get(0, 0)));
                Elementwise.add(x, x, x, pool);
                assertEquals(0, x.get(15, 7));
            }
        }
        workspace.close();
    }

    @Test
    void operandsThatAreRefusedLeaveTheStreamAsItWas() {
        try (Workspace workspace = new Workspace("steps"); WorkerPool pool = new WorkerPool(2)) {
            Workspace closed = new Workspace("closed");
            PackedMatrix weights = PackedMatrix.of(closed, LARGE, LARGE, ElementType.F32)
                    .pack(closed.zeros(ElementType.F32, LARGE, LARGE));
            Tensor x = workspace.zeros(ElementType.F32, 16, LARGE);
            Tensor y = workspace.zeros(ElementType.F32, 16, LARGE);
            Tensor released;
            try (Workspace.Hold _ = workspace.scope("a test")) {
                released = workspace.zeros(ElementType.F32, 16, LARGE);
            }
            closed.close();
            try (RowStream stream = RowStream.open(pool, workspace)) {
                stream.set(true);
                assertThrows(IllegalStateException.class, () -> Gemm.packed(1, x, weights, 0, y, pool));
                assertThrows(IllegalStateException.class, () -> Elementwise.add(x, released, y, pool));
                assertThrows(
                        IllegalStateException.class,
                        () -> RnnCell.forward(Activation.TANH, x, released, pool));
                Elementwise.add(x, x, y, pool);
                assertFalse(pool.queue().isEmpty());
            }
            assertDoesNotThrow(() -> pool.run(2, part -> {}));
        } // closed without a tensor in use
    }

    @Test
    void aSecondStreamAndOneOfASingleThreadWaitAsCallsDoWithoutThem() {
        try (Workspace workspace = new Workspace("steps");
                Workspace other = new Workspace("other");
                WorkerPool pool = new WorkerPool(2);
                WorkerPool another = new WorkerPool(2);
                RowStream stream = RowStream.open(pool, workspace);
                RowStream inner = RowStream.open(pool, other);
                RowStream single = RowStream.open(WorkerPool.caller(), workspace);
                RowStream sibling = RowStream.open(another, workspace)) {
            inner.set(true);
            single.set(true);
            sibling.set(true);
            Tensor x = other.zeros(ElementType.F32, 16, 8);
            Elementwise.add(x, x, x, pool);
            assertTrue(pool.queue().isEmpty());
            stream.set(true);
            Elementwise.add(x, x, x, pool); // in another workspace
            assertTrue(pool.queue().isEmpty());
            Tensor few = workspace.zeros(ElementType.F32, 15, 8);
            Elementwise.add(few, few, few, pool);
            assertTrue(pool.queue().isEmpty());
            Tensor many = workspace.zeros(ElementType.F32, 16, 8);
            Elementwise.add(many, many, many, pool);
            assertFalse(pool.queue().isEmpty());
            Elementwise.add(many, many, many, another);
            assertTrue(pool.queue().isEmpty() && another.queue().isEmpty());
        }
    }
}
