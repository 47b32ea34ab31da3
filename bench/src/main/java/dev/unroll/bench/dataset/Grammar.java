package dev.unroll.bench.dataset;

import java.util.ArrayList;
import java.util.List;

/**
 * A probabilistic context-free grammar over characters, as data. A symbol is either a {@link Word}, which is written as
 * it stands, or a {@link Choice} among sequences of symbols, which may lead back to itself, but not as the first symbol
 * of a sequence (no left recursion): writing always comes to a word after finitely many choices.
 *
 * <p>A text is what is written for one start symbol from left to right. What is still to be written at any moment is a
 * {@link Pending} stack; together with the place inside the current word it is the whole hidden state, for
 * {@link GrammarSampler} as for {@link GrammarFilter}.
 */
final class Grammar {
    private Grammar() {}

    /** Something that stands for text. */
    sealed interface Symbol permits Word, Choice {}

    /** Text that is written as it stands; at least one character. */
    record Word(String text) implements Symbol {}

    /** One of the sequences that a choice may become, with its weight among them. */
    record Alternative(double weight, List<Symbol> sequence) {}

    /** One of several sequences of symbols, drawn with probabilities in proportion to their weights. */
    static final class Choice implements Symbol {
        private final List<Alternative> alternatives = new ArrayList<>();
        private double totalWeight;

        /** Adds one sequence. A choice may stand in a sequence before its own alternatives are complete. */
        Choice or(double weight, Symbol... sequence) {
            alternatives.add(new Alternative(weight, List.of(sequence)));
            totalWeight += weight;
            return this;
        }

        List<Alternative> alternatives() {
            return alternatives;
        }

        double probability(Alternative alternative) {
            return alternative.weight() / totalWeight;
        }
    }

    /** What is still to be written: a symbol, then the rest. A rest of {@code null} is the end of the text. */
    record Pending(Symbol first, Pending rest) {
        /** The sequence from left to right, and after it the rest. */
        static Pending of(List<Symbol> sequence, Pending rest) {
            Pending pending = rest;
            for (Symbol symbol : sequence.reversed()) {
                pending = new Pending(symbol, pending);
            }
            return pending;
        }
    }

    /** A word of the grammar. */
    static Word word(String text) {
        return new Word(text);
    }

    /** One of these texts, all equally probable. */
    static Choice anyOf(List<String> texts) {
        Choice choice = new Choice();
        texts.forEach(text -> choice.or(1, word(text)));
        return choice;
    }
}
