package dev.unroll.bench.vm;

import dev.unroll.kernels.Kernels;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.train.Trainer;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The program that is measured: it trains {@code lstm:64} on random symbols, 16 sequences of 20 steps per update, and
 * prints the kernels in use, the milliseconds of processor time per update, and the loss.
 */
final class TrainingLoop {
    private static final int SYMBOLS = 28;
    private static final int SEQUENCES = 16;
    private static final int STEPS = 20;

    /** What separates the three results. */
    static final String SEPARATOR = "\t";

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private TrainingLoop() {}

    /**
     * Runs it on the calling thread, half of the time without measuring.
     *
     * @param args the seconds that it takes, at least; two updates are made in any case
     */
    public static void main(String... args) {
        double seconds = Double.parseDouble(args[0]);
        int[] ids = new Random(1).ints(10 * SEQUENCES * STEPS + SEQUENCES, 0, SYMBOLS).toArray();
        List<Batch> batches = new Tokens(ids).sequential(SEQUENCES, STEPS);
        try (DeepRnn network = NetworkBuilder.of("lstm:64", SYMBOLS).seed(1).build();
                Trainer trainer = new Trainer(network, new Sgd(0.1), Clip.norm(1))) {
            double loss = trainer.step(batches.getFirst());
            run(trainer, batches, seconds / 2);
            double millis = run(trainer, batches, seconds / 2);
            System.out.println(Kernels.describe() + SEPARATOR + millis + SEPARATOR + loss);
        }
    }

    /** Returns the median time of an update. */
    private static double run(Trainer trainer, List<Batch> batches, double seconds) {
        long start = THREADS.getCurrentThreadCpuTime();
        long before = start;
        double[] millis = new double[16];
        int updates = 0;
        while (updates == 0 || before - start < seconds * 1e9) {
            trainer.step(batches.get(updates % batches.size()));
            long now = THREADS.getCurrentThreadCpuTime();
            if (updates == millis.length) {
                millis = Arrays.copyOf(millis, 2 * updates);
            }
            millis[updates++] = (now - before) / 1e6;
            before = now;
        }
        Arrays.sort(millis, 0, updates);
        return millis[updates / 2];
    }
}
