package dev.unroll.bench.scaling;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.train.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Measures what happens on one worker. */
public final class StepTimes {
    private static final int LEAST = 5;
    private static final int ADDITIONS = 20;

    private StepTimes() {}

    /**
     * Measures the steps of a plain training.
     *
     * @param load what is trained
     * @param pool to run it on
     * @param seconds how long, after as long a time to warm up; at least {@value #LEAST} steps
     * @return seconds of each step
     */
    public static double[] ofPlain(ScalingLoad load, WorkerPool pool, double seconds) {
        try (DeepRnn network = load.network(pool);
                Trainer trainer = load.trainer(network)) {
            Batch batch = load.batch(1);
            of(() -> trainer.step(batch), seconds);
            return of(() -> trainer.step(batch), seconds);
        }
    }

    /** Repeats work for so many seconds, and gives the time of each call. */
    static double[] of(Runnable work, double seconds) {
        List<Double> times = new ArrayList<>();
        long start = System.nanoTime();
        while (times.size() < LEAST || (System.nanoTime() - start) * 1e-9 < seconds) {
            long before = System.nanoTime();
            work.run();
            times.add((System.nanoTime() - before) * 1e-9);
        }
        return times.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Calls work so many times, and gives the time of each call. */
    static double[] of(Runnable work, int calls) {
        double[] times = new double[calls];
        for (int i = 0; i < calls; i++) {
            long before = System.nanoTime();
            work.run();
            times[i] = (System.nanoTime() - before) * 1e-9;
        }
        return times;
    }

    /**
     * Measures how fast gradients are added.
     *
     * @param bytes of the gradients, of floats
     * @param pool to add them on
     * @return bytes of sums per second
     */
    public static double additionsPerSecond(long bytes, WorkerPool pool) {
        try (Workspace memory = new Workspace("additions")) {
            Tensor x = memory.zeros(ElementType.F32, bytes / Float.BYTES);
            Tensor y = memory.zeros(ElementType.F32, bytes / Float.BYTES);
            double[] times = of(() -> Elementwise.add(x, y, y, pool), ADDITIONS);
            return bytes / median(times);
        }
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
