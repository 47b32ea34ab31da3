package dev.unroll.bench.dataset;

import dev.unroll.bench.dataset.Grammar.Symbol;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A source of text whose every probability is known: the demo's training text, and the measure of what was learned.
 *
 * <p>Texts are drawn from a probabilistic grammar (see {@code DemoLanguage}) by {@link #sample}. For any text the exact
 * probability of each character, given all characters before it, comes from forward filtering over the grammar's
 * derivations. So {@link #perplexity} is no estimate: no model can have a lower expected perplexity on fresh text, and
 * how far a model stays above it is what the model has not learned.
 *
 * <p>A text begins at the beginning of a sentence. Objects of this class do not change and may be shared by threads.
 */
public final class DemoSource {
    private static final String ALPHABET = " ,.abcdeghijklmnoprstuwy";

    private final Symbol start = DemoLanguage.text();

    /** Makes the source; it needs no file and no network. */
    public DemoSource() {}

    /**
     * The characters that texts are made of.
     *
     * @return each character once, in ascending order
     */
    public String alphabet() {
        return ALPHABET;
    }

    /**
     * Draws a text. It begins at the beginning of a sentence and is cut after the given number of characters. A longer
     * text of the same seed begins with the shorter one; take another seed for fresh text.
     *
     * @param seed       chooses the text
     * @param characters length of the text, at least 0
     * @return the text, the same on every call and every machine
     * @throws IllegalArgumentException if {@code characters} is negative
     */
    public String sample(long seed, int characters) {
        if (characters < 0) {
            throw new IllegalArgumentException(
                    "number of characters to sample is " + characters + ": give 0 or more");
        }
        GrammarSampler sampler = new GrammarSampler(start, new SplittableRandom(seed));
        StringBuilder text = new StringBuilder();
        while (text.length() < characters) {
            text.append(sampler.next());
        }
        text.setLength(characters);
        return text.toString();
    }

    /**
     * The exact logarithm of the probability of each character, given all characters of the text before it.
     *
     * @param text a text that begins at the beginning of a sentence
     * @return one value in nats per character. At the first character that the grammar cannot produce there, and at all
     *         after it, the value is {@link Double#NEGATIVE_INFINITY}
     */
    public double[] logProbabilities(CharSequence text) {
        GrammarFilter filter = new GrammarFilter(start);
        double[] logProbabilities = new double[text.length()];
        for (int i = 0; i < logProbabilities.length; i++) {
            logProbabilities[i] = Math.log(filter.accept(text.charAt(i)));
        }
        return logProbabilities;
    }

    /**
     * The source's own perplexity on a text: exp of the mean of {@code -log P(character | all before it)}.
     *
     * @param text a text that begins at the beginning of a sentence
     * @return the perplexity, at least 1; {@link Double#POSITIVE_INFINITY} if the grammar cannot produce the text
     * @throws IllegalArgumentException if the text is empty
     */
    public double perplexity(CharSequence text) {
        return perplexity(text, 0);
    }

    /**
     * The source's own perplexity on the end of a text, given its beginning. A model that predicts each character from
     * those before it has no prediction for the first one; {@code from = 1} leaves that one out here too.
     *
     * @param text a text that begins at the beginning of a sentence
     * @param from index of the first character that counts; those before it are only read
     * @return the perplexity, at least 1; {@link Double#POSITIVE_INFINITY} if the grammar cannot produce the text
     * @throws IllegalArgumentException if no character is left to count, or {@code from} is negative
     */
    public double perplexity(CharSequence text, int from) {
        if (from < 0 || from >= text.length()) {
            throw new IllegalArgumentException("perplexity from character " + from + " of a text of " + text.length()
                    + ": the text must be longer than that, and the index not negative");
        }
        double[] logProbabilities = logProbabilities(text);
        return Math.exp(-Arrays.stream(logProbabilities, from, logProbabilities.length).average().orElseThrow());
    }
}
