package dev.unroll.bench.jmh;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Base of all benchmarks: threads, memory, and the check that they run on vectors. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3) // where memory lies differs from fork to fork, and with it the speed
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
public abstract class KernelBenchmark {
    /** The element type of all tensors. */
    @Param({"F32", "F64"})
    public ElementType type;

    /** The number of threads of the pool. */
    @Param("1")
    public int threads;

    private final SplittableRandom random = new SplittableRandom(1);
    private Workspace workspace;
    private WorkerPool pool;

    /**
     * Opens memory and threads.
     *
     * @throws IllegalStateException if the scalar kernels are active and nobody has asked for them
     */
    @Setup
    public void open() {
        if (Kernels.vectorBits() == 0 && !"off".equals(System.getProperty("unroll.simd"))) {
            throw new IllegalStateException("this fork would measure the " + Kernels.describe()
                    + "; give it --add-modules jdk.incubator.vector");
        }
        workspace = new Workspace("benchmark");
        pool = new WorkerPool(threads);
        allocate();
    }

    /** Closes them. */
    @TearDown
    public void close() {
        pool.close();
        workspace.close();
    }

    /** Allocates what the benchmark computes with. */
    abstract void allocate();

    final Workspace workspace() {
        return workspace;
    }

    final WorkerPool pool() {
        return pool;
    }

    /** Zeros. */
    final Tensor zeros(long... shape) {
        return workspace.zeros(type, shape);
    }

    /** Numbers from -1 to 1. */
    final Tensor random(long... shape) {
        Tensor tensor = workspace.allocate(type, shape);
        double[] values = random.doubles(tensor.size(), -1, 1).toArray();
        if (type == ElementType.F64) {
            return tensor.copyFrom(values);
        }
        return tensor.copyFrom(floats(values));
    }

    /** Rounds numbers. */
    static float[] floats(double... values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Ids below a bound. */
    final Tensor ids(int count, int bound) {
        return workspace.allocate(ElementType.I32, count).copyFrom(random.ints(count, 0, bound).toArray());
    }
}
