package dev.unroll.bench.dataset;

import dev.unroll.bench.dataset.Grammar.Alternative;
import dev.unroll.bench.dataset.Grammar.Choice;
import dev.unroll.bench.dataset.Grammar.Pending;
import dev.unroll.bench.dataset.Grammar.Symbol;
import dev.unroll.bench.dataset.Grammar.Word;
import java.util.List;
import java.util.random.RandomGenerator;

/** Draws a text of a grammar, one word after the other. */
final class GrammarSampler {
    private final RandomGenerator random;
    private Pending pending;

    GrammarSampler(Symbol start, RandomGenerator random) {
        this.random = random;
        this.pending = new Pending(start, null);
    }

    /** The next word of the text; must not be called after the end of the text. */
    String next() {
        while (true) {
            switch (pending.first()) {
                case Word word -> {
                    pending = pending.rest();
                    return word.text();
                }
                case Choice choice -> pending = Pending.of(draw(choice), pending.rest());
            }
        }
    }

    private List<Symbol> draw(Choice choice) {
        List<Alternative> alternatives = choice.alternatives();
        double remaining = random.nextDouble();
        for (Alternative alternative : alternatives) {
            remaining -= choice.probability(alternative);
            if (remaining < 0) {
                return alternative.sequence();
            }
        }
        // Rounding can leave a trace of the unit interval behind the last alternative: it belongs to that one.
        return alternatives.getLast().sequence();
    }
}
