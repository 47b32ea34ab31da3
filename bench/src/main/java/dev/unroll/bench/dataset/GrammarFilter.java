package dev.unroll.bench.dataset;

import dev.unroll.bench.dataset.Grammar.Alternative;
import dev.unroll.bench.dataset.Grammar.Choice;
import dev.unroll.bench.dataset.Grammar.Pending;
import dev.unroll.bench.dataset.Grammar.Symbol;
import dev.unroll.bench.dataset.Grammar.Word;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a text of a grammar and knows at each place the exact probability of every next character given all that was
 * read. This is forward filtering, as for a hidden Markov model: it carries the posterior distribution over the
 * derivations that could have written the text so far, each being the word that it is in, the place in that word, and
 * what is pending after it.
 *
 * <p>Derivations are kept apart even where their states are equal, so the cost of a character grows with the number of
 * derivations that share the text read. In a grammar without ambiguity those are a few words with common first letters.
 */
final class GrammarFilter {
    private record Derivation(String word, int offset, Pending pending, double probability) {
        char next() {
            return word.charAt(offset);
        }
    }

    private List<Derivation> live = new ArrayList<>();

    GrammarFilter(Symbol start) {
        expand(new Pending(start, null), 1, live);
    }

    /** The probability that {@code c} comes next, given the text read so far; 0 once that text is impossible. */
    double probability(char c) {
        double sum = 0;
        for (Derivation derivation : live) {
            if (derivation.next() == c) {
                sum += derivation.probability();
            }
        }
        return sum;
    }

    /** Reads one character and returns the probability that it had, given the text before it. */
    double accept(char c) {
        double probability = probability(c);
        List<Derivation> survivors = new ArrayList<>();
        for (Derivation derivation : live) {
            if (derivation.next() == c) {
                advance(derivation, derivation.probability() / probability, survivors);
            }
        }
        live = survivors;
        return probability;
    }

    private static void advance(Derivation read, double posterior, List<Derivation> survivors) {
        int offset = read.offset() + 1;
        if (offset < read.word().length()) {
            survivors.add(new Derivation(read.word(), offset, read.pending(), posterior));
        } else {
            expand(read.pending(), posterior, survivors);
        }
    }

    /** Follows every choice at the head of what is pending until each way has come to a word. */
    private static void expand(Pending pending, double probability, List<Derivation> reached) {
        if (pending == null) {
            return;
        }
        switch (pending.first()) {
            case Word word -> reached.add(new Derivation(word.text(), 0, pending.rest(), probability));
            case Choice choice -> {
                for (Alternative alternative : choice.alternatives()) {
                    Pending next = Pending.of(alternative.sequence(), pending.rest());
                    expand(next, probability * choice.probability(alternative), reached);
                }
            }
        }
    }
}
