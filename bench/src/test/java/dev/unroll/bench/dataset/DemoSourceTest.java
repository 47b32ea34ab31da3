package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DemoSourceTest {
    private static final DemoSource SOURCE = new DemoSource();

    private static final double SHORTEST = 1. / 7 * 0.78 * 1. / 16 * 0.25;

    @Test
    void sameSeedGivesTheSameText() {
        assertEquals(SOURCE.sample(5, 10_000), new DemoSource().sample(5, 10_000));
        assertNotEquals(SOURCE.sample(5, 1_000), SOURCE.sample(6, 1_000));
    }

    /** Figures of a run can be compared with those of another day and machine only if the text stays what it was. */
    @Test
    void textOfASeedStaysWhatItWas() {
        assertEquals("we marked our casket, we, as it sat, hooked our jacket, ", SOURCE.sample(1, 56));
    }

    @Test
    void longerSampleBeginsWithTheShorterOne() {
        String text = SOURCE.sample(3, 500);
        for (int length = 0; length <= text.length(); length++) {
            assertEquals(text.substring(0, length), SOURCE.sample(3, length));
        }
    }

    @Test
    void samplesUseTheWholeAlphabetAndNothingElse() {
        Set<Integer> used = new TreeSet<>(SOURCE.sample(1, 200_000).chars().boxed().toList());
        assertEquals(used.stream().toList(), SOURCE.alphabet().chars().boxed().toList());
        assertTrue(used.size() <= 28, "more than 28 symbols: " + used.size());
    }

    @Property
    void probabilitiesOverTheAlphabetSumToOneAfterAnyPrefix(
            @ForAll long seed, @ForAll @IntRange(max = 300) int length) {
        GrammarFilter filter = new GrammarFilter(DemoLanguage.text());
        SOURCE.sample(seed, length).chars().forEach(c -> filter.accept((char) c));
        double sum = SOURCE.alphabet().chars().mapToDouble(c -> filter.probability((char) c)).sum();
        // At most some hundred terms that add up to 1, each rounded to 1.1e-16 of the sum. Nothing piles up over the
        // prefix, since the posterior is normalized at every character.
        assertEquals(1, sum, 1e-13);
    }

    /** The factors in their order of appearance, from the weights in DemoLanguage; a deed is one of 4 x 2 x 2. */
    @Test
    void probabilityOfASentenceIsTheProductOfItsChoices() {
        assertProbability(SHORTEST, "i packed my basket. ");
        assertProbability(1. / 7 * 0.78 / 16 * 0.75 * 0.78 / 16 * 0.25, "i packed my basket, i booked my ticket. ");
        assertProbability(1. / 7 * 0.08 / 4 / 16 * 0.25, "they, at noon, hooked their pocket. ");
        assertProbability(1. / 7 * 0.08 / 7 / 4 / 16 * 0.25, "she, as you ran, marked her casket. ");
        assertProbability(1. / 7 * 0.06 / 7 * 0.06 / 7 / 16 / 16 / 16 * 0.25,
                "we, as it, as he locked his locket, picked its packet, tucked our jacket. ");
        assertProbability(SHORTEST * SHORTEST, "i packed my basket. i packed my basket. ");
    }

    private static void assertProbability(double expected, String text) {
        double actual = Math.exp(Arrays.stream(SOURCE.logProbabilities(text)).sum());
        // Less than 100 logarithms of size up to 4, rounded to 4e-16, added to a sum up to 30, rounded to 4e-15.
        assertEquals(1, actual / expected, 1e-12, text);
    }

    @Test
    void perplexityIsTheInverseGeometricMeanOfTheProbabilitiesCounted() {
        String text = "i packed my basket. ";
        assertEquals(Math.pow(SHORTEST, -1. / 20), SOURCE.perplexity(text), 1e-13, "rounding of 20 logarithms");
        // The first character is that of two subjects of seven, "i" and "it".
        assertEquals(Math.pow(SHORTEST / (2. / 7), -1. / 19), SOURCE.perplexity(text, 1), 1e-13);
    }

    @Test
    void textThatTheGrammarCannotProduceHasProbabilityZeroFromThereOn() {
        String text = "she packed his basket. ";
        double[] logProbabilities = SOURCE.logProbabilities(text);
        int wrong = "she packed h".length();
        for (int i = 0; i < logProbabilities.length; i++) {
            assertEquals(i >= wrong, logProbabilities[i] == Double.NEGATIVE_INFINITY, "character " + i);
        }
        assertEquals(Double.POSITIVE_INFINITY, SOURCE.perplexity(text));
    }

    @Test
    void characterOutsideTheAlphabetHasProbabilityZero() {
        assertEquals(Double.NEGATIVE_INFINITY, SOURCE.logProbabilities("she \u00e4")[4]);
    }

    @Test
    void argumentsThatMakeNoSenseAreRefused() {
        assertMessage("number of characters to sample is -1: give 0 or more", () -> SOURCE.sample(1, -1));
        String remedy = ": the text must be longer than that, and the index not negative";
        assertMessage("perplexity from character 0 of a text of 0" + remedy, () -> SOURCE.perplexity(""));
        assertMessage("perplexity from character 2 of a text of 2" + remedy, () -> SOURCE.perplexity("he", 2));
        assertMessage("perplexity from character -1 of a text of 2" + remedy, () -> SOURCE.perplexity("he", -1));
    }

    private static void assertMessage(String expected, Runnable call) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
