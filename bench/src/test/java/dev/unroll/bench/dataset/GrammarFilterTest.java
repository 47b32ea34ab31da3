package dev.unroll.bench.dataset;

import static dev.unroll.bench.dataset.Grammar.word;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.dataset.Grammar.Alternative;
import dev.unroll.bench.dataset.Grammar.Choice;
import dev.unroll.bench.dataset.Grammar.Pending;
import dev.unroll.bench.dataset.Grammar.Symbol;
import dev.unroll.bench.dataset.Grammar.Word;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GrammarFilterTest {
    /** Relative; a product of at most 30 probabilities, each a short sum rounded to 1.1e-16, errs by less. */
    private static final double TOLERANCE = 1e-13;

    @Test
    void demoTextsHaveTheSummedProbabilityOfAllTheirDerivations() {
        // 26 characters hold the shortest sentence, its first followers, and every kind of aside, two deep.
        Map<String, Double> expected = enumerate(DemoLanguage.text(), 26);
        assertTrue(expected.containsKey("i packed my basket. she, a"), "no second sentence was reached");
        assertTrue(expected.containsKey("i, as it, at last, packed "), "no aside in an aside was reached");
        assertFilterAgrees(expected, DemoLanguage.text());
    }

    @Test
    void derivationsOfOneTextAreAddedWhereTheGrammarIsAmbiguous() {
        Choice ambiguous = new Choice();
        ambiguous.or(1, word("a"), ambiguous).or(2, word("ab"), ambiguous)
                .or(3, word("aab"), ambiguous).or(4, word("b"), ambiguous);
        // By hand: "a" then "b" has 1/10 * 4/10, "ab" 2/10, and "aab" begins otherwise.
        assertEquals(0.24, probability(ambiguous, "ab"), TOLERANCE);
        assertFilterAgrees(enumerate(ambiguous, 9), ambiguous);
    }

    @Test
    void nothingFollowsTheEndOfAFiniteText() {
        GrammarFilter filter = new GrammarFilter(new Choice().or(3, word("ab")).or(1, word("ac"), word("d")));
        assertEquals(1, filter.accept('a'));
        assertEquals(0.75, filter.probability('b'));
        assertEquals(0.25, filter.accept('c'));
        assertEquals(1, filter.accept('d'));
        assertEquals(0, filter.accept('a'));
        assertEquals(0, filter.accept('a'));
    }

    private static void assertFilterAgrees(Map<String, Double> expected, Symbol start) {
        double total = expected.values().stream().mapToDouble(Double::doubleValue).sum();
        // Thousands of terms that add up to 1, each rounded to 1.1e-16 of the sum: no text is missing.
        assertEquals(1, total, 1e-11);
        expected.forEach(
                (text, probability) -> assertEquals(1, probability(start, text) / probability, TOLERANCE, text));
    }

    private static double probability(Symbol start, String text) {
        GrammarFilter filter = new GrammarFilter(start);
        double product = 1;
        for (char c : text.toCharArray()) {
            product *= filter.accept(c);
        }
        return product;
    }

    /** Every text of {@code length} characters with its probability: all derivations are followed, one by one. */
    private static Map<String, Double> enumerate(Symbol start, int length) {
        Map<String, Double> texts = new HashMap<>();
        follow(new Pending(start, null), "", 1, length, texts);
        return texts;
    }

    private static void follow(
            Pending pending, String text, double probability, int length, Map<String, Double> texts) {
        if (text.length() >= length) {
            texts.merge(text.substring(0, length), probability, Double::sum);
            return;
        }
        switch (pending.first()) {
            case Word word -> follow(pending.rest(), text + word.text(), probability, length, texts);
            case Choice choice -> {
                for (Alternative alternative : choice.alternatives()) {
                    Pending next = Pending.of(alternative.sequence(), pending.rest());
                    follow(next, text, probability * choice.probability(alternative), length, texts);
                }
            }
        }
    }
}
