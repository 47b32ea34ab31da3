package dev.unroll.bench.dataset;

import dev.unroll.rnn.data.TextRule;
import dev.unroll.rnn.data.TokenKind;
import dev.unroll.rnn.data.Tokens;
import dev.unroll.rnn.data.Vocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** One text, the same in every epoch. */
public final class BookCorpus implements Corpus {
    private static final int PREFIX_CHARS = 12;
    private static final int PREFIX_WORDS = 3;

    private final Vocabulary vocabulary;
    private final Tokens tokens;

    /**
     * A text.
     *
     * @param text as it was read
     * @param kind what one token is
     * @param rule what is done to the text first
     * @param maxTokens how many tokens of its beginning are used; the vocabulary is that of all of it
     * @throws IllegalArgumentException if nothing is left of it
     */
    public BookCorpus(String text, TokenKind kind, TextRule rule, int maxTokens) {
        vocabulary = Vocabulary.of(kind, rule, text);
        tokens = new Tokens(vocabulary.encode(text)).first(maxTokens);
        if (tokens.size() == 0) {
            throw new IllegalArgumentException("no token is left of the text under --text "
                    + rule.name().toLowerCase(Locale.ROOT) + "; give more text or another rule");
        }
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public Tokens epoch(int epoch) {
        return tokens;
    }

    /** The beginning of the text and that of its second half. */
    @Override
    public List<String> prefixes() {
        int length = vocabulary.kind() == TokenKind.CHARS ? PREFIX_CHARS : PREFIX_WORDS;
        int half = tokens.size() / 2;
        return List.of(prefix(0, length), prefix(half, length));
    }

    private String prefix(int from, int length) {
        int to = Math.min(from + length, tokens.size());
        return vocabulary.decode(Arrays.copyOfRange(tokens.ids(), from, to));
    }
}
