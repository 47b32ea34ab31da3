package dev.unroll.bench.examples;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.spec.Kinds;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A cell of your own, made of ops of the tape: the minimal gated unit (Zhou et al. 2016), {@code f = sigmoid(x U1 + h W1)},
 * {@code c = tanh(x U2 + (f h) W2)}, {@code h' = h + f (c - h)}. It has a name that texts and saved models can use, and
 * learns to repeat what it read three steps ago.
 */
public final class OwnCell {
    private static final int SYMBOLS = 8;
    private static final int DELAY = 3;

    /** The kinds of layers of this program: {@code example.mgu:SIZE} beside the built-in ones. */
    public static final Kinds KINDS = Kinds.builtIn().withLayer("example.mgu", arguments -> {
        int n = arguments.size();
        Initializer initial = Initializer.uniformByUnits(n);
        return (parameters, name, inputs) -> new MinimalGatedUnit(n,
                new Linear(parameters, name + ".input", inputs, 2 * n, initial),
                parameters.declare(name + ".gate", initial, n, n),
                parameters.declare(name + ".candidate", initial, n, n));
    });

    private OwnCell() {}

    private record MinimalGatedUnit(int units, Linear input, Parameter gate, Parameter candidate) implements Plus {
        @Override
        public List<Integer> stateSizes() {
            return List.of(units);
        }

        @Override
        public Variable project(Tape tape, Variable x) {
            return input.apply(tape, x); // of all steps in one product
        }

        @Override
        public State step(Tape tape, Variable p, State state) {
            Variable h = state.hidden();
            Variable f = tape.sigmoid(tape.add(tape.columns(p, 0, units), tape.matmul(h, gate)));
            Variable kept = tape.matmul(tape.multiply(f, h), candidate);
            Variable c = tape.tanh(tape.add(tape.columns(p, units, units), kept));
            return State.of(tape.add(h, tape.multiply(f, tape.combine(1, c, -1, h))));
        }
    }

    /**
     * How often symbols were repeated rightly, of new sequences.
     *
     * @param chance of a guess
     * @param network of the network, after it was saved and loaded
     */
    public record Accuracy(double chance, double network) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "repeated rightly: a guess %.3f, the network %.3f", chance, network);
        }
    }

    /**
     * Trains a network of the cell, saves and loads it, and prints how often it is right.
     *
     * @param args the folder to save the network in
     * @throws IOException if saving or loading fails
     */
    public static void main(String... args) throws IOException {
        System.out.println(run(1, Path.of(args[0])));
    }

    /**
     * Trains, saves and loads.
     *
     * @param seed of the sequences and of the network
     * @param folder to save the network in
     * @return how often the loaded network is right
     * @throws IOException if saving or loading fails
     */
    public static Accuracy run(long seed, Path folder) throws IOException {
        RandomGenerator random = Randoms.of(seed);
        Task task = Task.everyStep(Loss.crossEntropy());
        try (DeepRnn network = NetworkBuilder.of("example.mgu:64", SYMBOLS, KINDS).seed(seed).build();
                Trainer trainer = new Trainer(network, task, new Adam(0.01), Clip.norm(1))) {
            for (int update = 0; update < 300; update++) {
                trainer.step(sequences(random));
            }
            network.save(folder);
        }
        try (DeepRnn loaded = DeepRnn.load(folder, WorkerPool.common(), KINDS)) {
            return new Accuracy(1.0 / SYMBOLS, Evaluation.accuracy(loaded, task, List.of(sequences(random))));
        }
    }

    private static Batch sequences(RandomGenerator random) {
        int batch = 32;
        int[] ids = random.ints(20 * batch, 0, SYMBOLS).toArray(); // 20 steps
        IntUnaryOperator target = i -> i < DELAY * batch ? Batch.NO_TARGET : ids[i - DELAY * batch];
        return Batch.ofTokens(20, batch, ids, IntStream.range(0, ids.length).map(target).toArray());
    }
}
