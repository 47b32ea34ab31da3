package dev.unroll.bench.examples;

import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Sequences;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.train.Trainer;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Forecasts a series of numbers: two sines of random phases, with noise. The network learns to predict the next value
 * from all before it; to look further ahead it goes on from its own predictions.
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
            return String.format(
                    Locale.ROOT,
                    "mean squared error of forecasts %d steps long, on series never seen:%n"
                            + "the last value, repeated  %.4f%nthe network               %.4f%n"
                            + "the noise alone           %.4f",
                    AHEAD, persistence, network, noise);
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
        Sequences training = new Sequences(Stream.generate(() -> series(random)).limit(256).toList());
        try (DeepRnn network = NetworkBuilder.of("gru:32", 1).seed(seed).build();
                Trainer trainer =
                        new Trainer(network, Task.everyStep(Loss.squaredError()), new Adam(0.01), Clip.norm(1))) {
            for (int epoch = 0; epoch < EPOCHS; epoch++) {
                training.nextFrame(32, KNOWN + AHEAD, random).forEach(trainer::step);
            }
            return compare(network, Stream.generate(() -> series(random)).limit(100).toList());
        }
    }

    private static Frames series(RandomGenerator random) {
        double first = random.nextDouble(2 * Math.PI);
        double second = random.nextDouble(2 * Math.PI);
        float[] values = new float[KNOWN + AHEAD];
        for (int t = 0; t < values.length; t++) {
            values[t] = (float) (Math.sin(first + 0.4 * t) + 0.5 * Math.sin(second + 0.13 * t)
                    + NOISE * random.nextGaussian());
        }
        return new Frames(1, values);
    }

    private static Errors compare(DeepRnn network, List<Frames> heldOut) {
        double persistence = 0;
        double ours = 0;
        for (Frames series : heldOut) {
            Frames known = series.frames(0, KNOWN);
            double[] forecast = forecast(network, known);
            for (int i = 0; i < AHEAD; i++) {
                double truth = series.get(KNOWN + i, 0);
                persistence += Math.pow(known.get(KNOWN - 1, 0) - truth, 2);
                ours += Math.pow(forecast[i] - truth, 2);
            }
        }
        double values = heldOut.size() * AHEAD;
        return new Errors(persistence / values, ours / values, NOISE * NOISE);
    }

    /** The known values in one call, then one step at a time; the state stays from call to call. */
    private static double[] forecast(DeepRnn network, Frames known) {
        double[] forecast = new double[AHEAD];
        try (CarriedState state = network.newState(1)) {
            forecast[0] = network.predict(state, known).get(KNOWN - 1, 0);
            for (int i = 1; i < AHEAD; i++) {
                forecast[i] = network.predict(state, new Frames(1, forecast[i - 1])).get(0, 0);
            }
        }
        return forecast;
    }
}
