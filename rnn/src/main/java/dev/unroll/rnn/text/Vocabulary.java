package dev.unroll.rnn.text;

import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Shown;
import java.nio.CharBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The tokens that a model knows; a token's id is its place in the list. Id 0 is {@value #UNKNOWN}.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class Vocabulary {
    /** What stands for every token outside the vocabulary. */
    public static final String UNKNOWN = "<unk>";

    /** The most characters of a listing in a message. */
    private static final int MOST_LISTED = 70;

    private final Tokenizer kind;
    private final Normalization rule;
    private final List<String> tokens;
    private final Map<String, Integer> ids = new HashMap<>();

    /**
     * A vocabulary of given tokens.
     *
     * @param kind what one token is
     * @param rule what is done to a text first
     * @param tokens in the order of their ids, {@value #UNKNOWN} first
     * @throws IllegalArgumentException if the first one is another, one stands twice or has no characters, or one of
     *     {@link Tokenizer#CHARS} has more than one
     */
    public Vocabulary(Tokenizer kind, Normalization rule, List<String> tokens) {
        Nulls.require("Vocabulary", "kind", kind);
        Nulls.require("Vocabulary", "rule", rule);
        Nulls.require("Vocabulary", "tokens", tokens);
        if (tokens.isEmpty() || !tokens.getFirst().equals(UNKNOWN)) {
            throw new IllegalArgumentException("the first token of a vocabulary must be " + UNKNOWN + ", but "
                    + (tokens.isEmpty() ? "there are no tokens" : "it is " + Shown.quote(tokens.getFirst())));
        }
        this.kind = kind;
        this.rule = rule;
        this.tokens = List.copyOf(tokens);
        for (int id = 0; id < tokens.size(); id++) {
            check(id, tokens.get(id));
            if (ids.put(tokens.get(id), id) != null) {
                throw new IllegalArgumentException("token " + id + ", " + Shown.quote(tokens.get(id))
                        + ", is in the vocabulary already; leave one of them out");
            }
        }
    }

    private void check(int id, String token) {
        if (token.isEmpty()) {
            throw new IllegalArgumentException("token " + id + " of the vocabulary has no characters; leave it out");
        }
        if (kind == Tokenizer.CHARS && id > 0 && token.codePointCount(0, token.length()) > 1) {
            throw new IllegalArgumentException(
                    "token " + id + " of a vocabulary of characters must be one character, not "
                            + Shown.quote(token));
        }
    }

    /**
     * The vocabulary of a text: its tokens, the most frequent first and equally frequent ones by their characters.
     *
     * @param kind what one token is
     * @param rule what is done to the text first
     * @param text any text
     * @return the vocabulary
     */
    public static Vocabulary of(Tokenizer kind, Normalization rule, String text) {
        Nulls.require("Vocabulary.of", "kind", kind);
        Nulls.require("Vocabulary.of", "rule", rule);
        Nulls.require("Vocabulary.of", "text", text);
        TextEncoder encoder = TextEncoder.learning(kind, rule).keepFirst(0);
        encoder.add(CharBuffer.wrap(text));
        return encoder.vocabulary();
    }

    /**
     * What one token is.
     *
     * @return characters or words
     */
    public Tokenizer kind() {
        return kind;
    }

    /**
     * What is done to a text first.
     *
     * @return the rule
     */
    public Normalization rule() {
        return rule;
    }

    /**
     * How many tokens there are, {@value #UNKNOWN} included.
     *
     * @return the number of ids
     */
    public int size() {
        return tokens.size();
    }

    /**
     * The tokens in the order of their ids.
     *
     * @return an unmodifiable list
     */
    public List<String> tokens() {
        return tokens;
    }

    /**
     * Encodes a text.
     *
     * @param text any text; the rule is applied to it first
     * @return one id a token
     * @throws IllegalArgumentException if a character is not in the vocabulary; unknown words become {@value #UNKNOWN}
     */
    public int[] encode(String text) {
        Nulls.require("Vocabulary.encode", "text", text);
        TextEncoder encoder = TextEncoder.of(this);
        encoder.add(CharBuffer.wrap(text));
        return encoder.tokens().ids();
    }

    /**
     * Encodes the beginning of a text that is to be continued. Its last line does not end unless the prefix says so by a line
     * feed: {@link Normalization#EOS} puts nothing behind it.
     *
     * @param prefix the beginning; the rule is applied to it first
     * @return one id a token
     * @throws IllegalArgumentException if a character is not in the vocabulary; unknown words become {@value #UNKNOWN}
     */
    public int[] encodePrefix(String prefix) {
        Nulls.require("Vocabulary.encodePrefix", "prefix", prefix);
        TextEncoder encoder = TextEncoder.of(this);
        encoder.add(CharBuffer.wrap(prefix));
        return encoder.tokensOfPrefix().ids();
    }

    /** The id of a token; how many are before it is for the message alone. */
    int id(String token, int before) {
        Integer id = ids.get(token);
        if (id != null) {
            return id;
        }
        if (kind == Tokenizer.WORDS) {
            return 0;
        }
        throw new IllegalArgumentException("character " + Shown.character(token.codePointAt(0)) + ", after "
                + before
                + " tokens of the text, is not in the vocabulary; leave it out, or use a model of texts that have it. The "
                + (tokens.size() - 1) + " characters it has: " + listed());
    }

    /** The characters in their order, as many as one reads. */
    private String listed() {
        StringBuilder listed = new StringBuilder();
        for (String token : tokens.stream().skip(1).sorted().toList()) {
            int c = token.codePointAt(0);
            String shown = c == ' ' || Shown.isInvisible(c) ? Shown.character(c) + " " : token;
            if (listed.length() + shown.length() > MOST_LISTED) {
                return listed + " ...";
            }
            listed.append(shown);
        }
        return listed.toString();
    }

    /**
     * The text of some ids.
     *
     * @param encoded ids of this vocabulary
     * @return their tokens joined
     */
    public String decode(int... encoded) {
        Nulls.require("Vocabulary.decode", "encoded", encoded);
        return IntStream.of(encoded).mapToObj(tokens::get).collect(Collectors.joining(kind.separator()));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Vocabulary v && v.kind == kind && v.rule == rule && v.tokens.equals(tokens);
    }

    @Override
    public int hashCode() {
        return tokens.hashCode();
    }

    @Override
    public String toString() {
        return tokens.size() + " " + kind.name().toLowerCase(Locale.ROOT);
    }
}
