package dev.unroll.rnn.model;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.spec.Kinds;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A network that predicts the next token of a text, with the vocabulary that says what its ids mean.
 *
 * <pre>{@code
 * String text = "the deep network reads the text. ".repeat(20);
 * Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, text);
 * DeepRnn network = NetworkBuilder.lstm(vocabulary.size(), 16, 1).seed(1).build();
 * try (LanguageModel model = new LanguageModel(network, vocabulary);
 *         Trainer trainer = new Trainer(network, new Sgd(2), Clip.norm(1))) {
 *     new Tokens(vocabulary.encode(text)).sequential(4, 20).forEach(trainer::step);
 *     System.out.println(model.sample("the ", 20));
 * }
 * }</pre>
 *
 * <p>As many threads may use it as may use the network.
 *
 * @param network with one output for each token of the vocabulary; closed with this model
 * @param vocabulary of its inputs and outputs
 */
public record LanguageModel(DeepRnn network, Vocabulary vocabulary) implements AutoCloseable {
    /** Steps that an evaluation runs at once: enough for large products, and little memory. */
    public static final int EVALUATION_STEPS = 256;

    /** Checks that the sizes fit. */
    public LanguageModel {
        Nulls.require("LanguageModel", "network", network);
        Nulls.require("LanguageModel", "vocabulary", vocabulary);
        if (network.inputs() != vocabulary.size() || network.outputs() != vocabulary.size()) {
            throw new IllegalArgumentException(
                    "a vocabulary of " + vocabulary.size() + " tokens needs as many inputs and"
                            + " outputs, but the network has " + network.inputs() + " and " + network.outputs());
        }
        network.requireCausal();
    }

    /**
     * Continues a text with the likeliest token each time.
     *
     * @param prefix the beginning, at least one token, as {@link Vocabulary#encodePrefix} reads it
     * @param length how many tokens to add
     * @return the added text, without the prefix
     * @throws IllegalArgumentException if the prefix is empty or a character is not in the vocabulary
     * @throws ArithmeticException if a logit is NaN or infinite
     */
    public String sample(String prefix, int length) {
        return sample(prefix, length, LanguageModel::likeliest);
    }

    /**
     * Continues a text with tokens drawn by their probability.
     *
     * @param prefix the beginning, at least one token, as {@link Vocabulary#encodePrefix} reads it
     * @param length how many tokens to add
     * @param temperature that logits are divided by: below 1 likelier tokens gain, above 1 they lose
     * @param seed of the draws
     * @return the added text, without the prefix
     * @throws IllegalArgumentException if the prefix is empty, a character is not in the vocabulary, or the temperature is
     *     not positive
     * @throws ArithmeticException if a logit is NaN or infinite
     */
    public String sample(String prefix, int length, double temperature, long seed) {
        if (!(temperature > 0) || Double.isInfinite(temperature)) {
            throw new IllegalArgumentException("the temperature must be a positive number, not " + temperature);
        }
        RandomGenerator random = Randoms.of(seed);
        return sample(prefix, length, logits -> draw(logits, temperature, random));
    }

    /** Chooses an id by the last row of logits. */
    private interface Choice {
        int of(double... logits);
    }

    private String sample(String prefix, int length, Choice choice) {
        Nulls.require("LanguageModel.sample", "prefix", prefix);
        int[] ids = vocabulary.encodePrefix(prefix);
        if (ids.length == 0 || length < 0) {
            throw new IllegalArgumentException(
                    length < 0
                            ? "the length must not be negative, but is " + length
                            : "the prefix is empty; give at least one token to begin with");
        }
        int[] sampled = new int[length];
        try (var _ = network.read("sampling");
                CarriedState state = network.newState(1)) {
            for (int i = 0; i < length; i++) {
                sampled[i] = next(ids, state, choice);
                ids = new int[] {sampled[i]};
            }
        }
        return vocabulary.decode(sampled);
    }

    private int next(int[] ids, CarriedState state, Choice choice) {
        try (Pass pass = network.inference("sampling", state)) {
            Variable logits = pass.run(new Ids(ids), SequenceLayout.of(ids.length, 1), Readout.EVERY_STEP);
            pass.keep();
            return choice.of(Frames.copyOf(logits.value().rows(ids.length - 1, 1)).toDoubles());
        }
    }

    private static int likeliest(double... logits) {
        requireNumbers(logits);
        int best = 0;
        for (int j = 1; j < logits.length; j++) {
            if (logits[j] > logits[best]) {
                best = j;
            }
        }
        return best;
    }

    /** A comparison with NaN is false, and beside an infinite logit no other has a chance: no token would be chosen. */
    private static void requireNumbers(double... logits) {
        boolean isAnyPossible = false;
        for (int j = 0; j < logits.length; j++) {
            if (Double.isNaN(logits[j]) || logits[j] == Double.POSITIVE_INFINITY) {
                throw new ArithmeticException("no token can be sampled: the logit of id " + j + " is " + logits[j]
                        + "; look whether the model's parameters are finite");
            }
            isAnyPossible |= logits[j] > Double.NEGATIVE_INFINITY;
        }
        if (!isAnyPossible) {
            throw new ArithmeticException("no token can be sampled: every logit is -Infinity; look whether the model's"
                    + " parameters are finite");
        }
    }

    private static int draw(double[] logits, double temperature, RandomGenerator random) {
        double max = logits[likeliest(logits)];
        double[] weights = new double[logits.length];
        double sum = 0;
        for (int j = 0; j < logits.length; j++) {
            weights[j] = StrictMath.exp((logits[j] - max) / temperature);
            sum += weights[j];
        }
        double left = random.nextDouble() * sum;
        for (int j = 0; j < logits.length; j++) {
            left -= weights[j];
            if (left < 0) {
                return j;
            }
        }
        return likeliest(logits); // the draw fell into the rounding of the sum
    }

    /**
     * The perplexity of a text: every token but the first predicted from all before it.
     *
     * @param text at least two tokens of this vocabulary
     * @return {@code e^(mean loss)}
     * @throws IllegalArgumentException if the text is too short
     */
    public double perplexity(Tokens text) {
        return perplexity(List.of(text));
    }

    /**
     * The perplexity of several texts of one length, each read from its own beginning.
     *
     * @param texts each at least two tokens of this vocabulary
     * @return {@code e^(mean loss)} over all of them
     * @throws IllegalArgumentException if there is none, or they are too short or of different lengths
     */
    public double perplexity(List<Tokens> texts) {
        Nulls.require("LanguageModel.perplexity", "texts", texts);
        int length = texts.isEmpty() ? 0 : texts.getFirst().size();
        int other = texts.stream().mapToInt(Tokens::size).filter(size -> size != length).findFirst().orElse(length);
        if (length < 2 || other != length) {
            throw new IllegalArgumentException("a perplexity needs texts of one length of at least 2 tokens, not "
                    + (texts.isEmpty() ? "none" : "of " + length + (other == length ? "" : " and " + other))
                    + "; give longer texts, or each alone");
        }
        return StrictMath.exp(Evaluation.of(network, Task.nextToken(), windows(texts, length - 1)));
    }

    private static List<Batch> windows(List<Tokens> texts, int predicted) {
        return IntStream.iterate(0, from -> from < predicted, from -> from + EVALUATION_STEPS)
                .mapToObj(from -> window(texts, from, Math.min(EVALUATION_STEPS, predicted - from)))
                .toList();
    }

    private static Batch window(List<Tokens> texts, int from, int steps) {
        int size = texts.size();
        int[] inputs = new int[steps * size];
        int[] targets = new int[steps * size];
        for (int t = 0; t < steps; t++) {
            for (int b = 0; b < size; b++) {
                inputs[t * size + b] = texts.get(b).id(from + t);
                targets[t * size + b] = texts.get(b).id(from + t + 1);
            }
        }
        Batch batch = Batch.ofTokens(steps, size, inputs, targets);
        return from > 0 ? batch.continuing() : batch;
    }

    /**
     * Saves the model in a folder, as {@code model.safetensors} and {@code model.json}; one that is there is replaced when
     * the new one is complete, and what else is there is left alone.
     *
     * @param folder where; it and its parents are made if they are not there
     * @throws IOException if writing fails, or something other than a saved model is in the way; a model that was there is
     *     there still
     * @throws IllegalStateException if a layer or the output layer has no name in {@link Kinds}
     * @throws ArithmeticException if a parameter is not finite
     */
    public void save(Path folder) throws IOException {
        Nulls.require("LanguageModel.save", "folder", folder);
        SavedModel.write(this, folder);
    }

    /**
     * Refuses early what {@link #save} would refuse in the end, perhaps after hours of training: it makes the folder and
     * does all that saving does, under another name.
     *
     * @param folder where the model is to be saved
     * @throws IOException if it cannot be saved there, the disk has no room for it, or there are other files but no model
     * @throws IllegalStateException if a layer or the output layer has no name in {@link Kinds}
     */
    public void requireSavable(Path folder) throws IOException {
        SavedModel.rehearse(this, folder);
    }

    /**
     * Loads a saved model, to run on {@link WorkerPool#common()}.
     *
     * @param folder that {@link #save} wrote
     * @return a model to be closed
     * @throws IOException if the folder or a file is missing or damaged
     */
    public static LanguageModel load(Path folder) throws IOException {
        return load(folder, WorkerPool.common());
    }

    /**
     * Loads a saved model.
     *
     * @param folder that {@link #save} wrote
     * @param pool the threads to run on
     * @return a model to be closed
     * @throws IOException if the folder or a file is missing or damaged
     */
    public static LanguageModel load(Path folder, WorkerPool pool) throws IOException {
        return load(folder, pool, Kinds.builtIn());
    }

    /**
     * Loads a saved model whose network may have user-defined layers and a user-defined output map.
     *
     * @param folder that {@link #save} wrote
     * @param pool the threads to run on
     * @param kinds with the factories of all that is user-defined in it
     * @return a model to be closed
     * @throws IOException if the folder or a file is missing or damaged, or a factory makes other parameters than those
     *     that were saved
     * @throws dev.unroll.rnn.spec.MissingKindException if a user-defined kind of the network is not there; the message
     *     names it
     */
    public static LanguageModel load(Path folder, WorkerPool pool, Kinds kinds) throws IOException {
        Nulls.require("LanguageModel.load", "folder", folder);
        Nulls.require("LanguageModel.load", "pool", pool);
        Nulls.require("LanguageModel.load", "kinds", kinds);
        return SavedModel.read(folder, pool, kinds);
    }

    @Override
    public void close() {
        network.close();
    }
}
