package dev.unroll.bench.examples;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Windows;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.train.Trainer;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Forecasts series of numbers: two sines of random phases, with noise. The network learns to predict the next 10 values
 * from those before, after every step; it is judged by what it predicts after 50 steps.
 */
public final class ForecastSeries {
    private static final double NOISE = 0.1;
    private static final int KNOWN = 50;
    private static final int AHEAD = 10;
    private static final int EPOCHS = 40;

    private ForecastSeries() {}

    /**
     * Mean squared errors of forecasts of 10 values of series that the network was not trained on.
     *
     * @param persistence of a forecast that every value will be the last known one
     * @param network of the network's
     * @param noise the variance of the noise, which no forecast foresees
     */
    public record Errors(double persistence, double network, double noise) {
        @Override
        public String toString() {
            String format = "mean squared error of forecasts %d steps long, on series never seen:%n"
                    + "the last value, repeated  %.4f%nthe network               %.4f%nthe noise alone           %.4f";
            return String.format(Locale.ROOT, format, AHEAD, persistence, network, noise);
        }
    }

    /**
     * Trains, forecasts, and prints how good it was.
     *
     * @param args none
     */
    public static void main(String... args) {
        System.out.println(run(1));
    }

    /**
     * Trains and forecasts.
     *
     * @param seed of the series and of the network
     * @return how good the forecasts were
     */
    public static Errors run(long seed) {
        RandomGenerator random = Randoms.of(seed);
        Windows training = windows(256, random).everyStep();
        Windows heldOut = windows(100, random);
        try (DeepRnn network = NetworkBuilder.of("gru:32", 1).outputs(training.outputs()).seed(seed).build();
                Trainer trainer =
                        new Trainer(network, Task.everyStep(Loss.squaredError()), new Adam(0.01), Clip.norm(1))) {
            for (int epoch = 0; epoch < EPOCHS; epoch++) {
                training.batches(32, seed, epoch).forEach(trainer::step);
            }
            Task task = new Task(Readout.LAST_STEP, Loss.squaredError());
            double error = Evaluation.of(network, task, heldOut.batches(100));
            return new Errors(persistence(heldOut.all()), error, NOISE * NOISE);
        }
    }

    private static Windows windows(int series, RandomGenerator random) {
        Frames[] all = Stream.generate(() -> series(random)).limit(series).toArray(Frames[]::new);
        return Windows.over(KNOWN, all).horizon(AHEAD);
    }

    private static Frames series(RandomGenerator random) {
        double first = random.nextDouble(2 * Math.PI);
        double second = random.nextDouble(2 * Math.PI);
        float[] values = new float[KNOWN + AHEAD];
        for (int t = 0; t < values.length; t++) {
            double wave = Math.sin(first + 0.4 * t) + 0.5 * Math.sin(second + 0.13 * t);
            values[t] = (float) (wave + NOISE * random.nextGaussian());
        }
        return new Frames(1, values);
    }

    private static double persistence(Batch windows) {
        double sum = 0;
        Frames known = (Frames) windows.inputs();
        Frames wanted = (Frames) windows.targets();
        for (int i = 0; i < wanted.count() * AHEAD; i++) { // the last step of every window is in the last rows
            int window = i / AHEAD;
            double last = known.get((KNOWN - 1) * wanted.count() + window, 0);
            sum += Math.pow(last - wanted.get(window, i % AHEAD), 2);
        }
        return sum / (wanted.count() * AHEAD);
    }
}
