package dev.unroll.bench.examples;

import dev.unroll.rnn.data.BatchFirst;
import dev.unroll.rnn.data.Examples;
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

/**
 * Tells which of three sources a sequence comes from. Source c likes to go on from symbol s to s + c + 1 (of six
 * symbols, in a circle); all six are equally frequent, so that only the order tells. Sequences have lengths of their
 * own.
 */
public final class ClassifySequences {
    private static final int SYMBOLS = 6;
    private static final int SOURCES = 3;
    private static final double HABIT = 0.5;
    private static final int LONGEST = 30;
    private static final int UPDATES = 300;

    private ClassifySequences() {}

    /**
     * The share of 1000 new sequences whose source was told.
     *
     * @param chance of a guess: the sources are equally frequent
     * @param network of the network
     */
    public record Accuracy(double chance, double network) {
        @Override
        public String toString() {
            String format = "sources told right, of new sequences:%na guess      %.3f%nthe network  %.3f";
            return String.format(Locale.ROOT, format, chance, network);
        }
    }

    /**
     * Trains, classifies, and prints how often it was right.
     *
     * @param args none
     */
    public static void main(String... args) {
        System.out.println(run(1));
    }

    /**
     * Trains and classifies.
     *
     * @param seed of the sequences and of the network
     * @return how often it was right
     */
    public static Accuracy run(long seed) {
        RandomGenerator random = Randoms.of(seed);
        Task task = new Task(Readout.LAST_STEP, Loss.crossEntropy());
        try (DeepRnn network = NetworkBuilder.of("lstm:32", SYMBOLS).outputs(SOURCES).seed(seed).build();
                Trainer trainer = new Trainer(network, task, new Adam(0.01), Clip.norm(1))) {
            for (int update = 0; update < UPDATES; update++) {
                trainer.step(sequences(32, random).all());
            }
            double accuracy = Evaluation.accuracy(network, task, sequences(1000, random).batches(100));
            return new Accuracy(1.0 / SOURCES, accuracy);
        }
    }

    private static Examples sequences(int size, RandomGenerator random) {
        int[] sources = random.ints(size, 0, SOURCES).toArray();
        int[][] symbols = new int[size][];
        for (int b = 0; b < size; b++) {
            symbols[b] = new int[random.nextInt(2, LONGEST + 1)];
            int symbol = random.nextInt(SYMBOLS);
            for (int t = 0; t < symbols[b].length; t++) {
                symbols[b][t] = symbol;
                boolean isHabit = random.nextDouble() < HABIT;
                symbol = isHabit ? (symbol + sources[b] + 1) % SYMBOLS : random.nextInt(SYMBOLS);
            }
        }
        return BatchFirst.of(symbols).classes(sources);
    }
}
