package dev.unroll.rnn.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The tokens that a model knows; a token's id is its place in the list. Id 0 is {@value #UNKNOWN}. */
public final class Vocabulary {
    /** What stands for every token outside the vocabulary. */
    public static final String UNKNOWN = "<unk>";

    private final TokenKind kind;
    private final TextRule rule;
    private final List<String> tokens;
    private final Map<String, Integer> ids = new HashMap<>();

    /**
     * A vocabulary of given tokens.
     *
     * @param kind what one token is
     * @param rule what is done to a text first
     * @param tokens in the order of their ids, {@value #UNKNOWN} first
     * @throws IllegalArgumentException if the first one is another or one stands twice
     */
    public Vocabulary(TokenKind kind, TextRule rule, List<String> tokens) {
        if (tokens.isEmpty() || !tokens.getFirst().equals(UNKNOWN)) {
            throw new IllegalArgumentException("the first token of a vocabulary must be " + UNKNOWN);
        }
        this.kind = kind;
        this.rule = rule;
        this.tokens = List.copyOf(tokens);
        for (int id = 0; id < tokens.size(); id++) {
            if (ids.put(tokens.get(id), id) != null) {
                throw new IllegalArgumentException("token '" + tokens.get(id) + "' stands twice in the vocabulary");
            }
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
    public static Vocabulary of(TokenKind kind, TextRule rule, String text) {
        Map<String, Integer> counts = new HashMap<>();
        for (String token : kind.split(rule.apply(text))) {
            counts.merge(token, 1, Integer::sum);
        }
        counts.remove(UNKNOWN); // a text may spell it, as the Penn Treebank does; its id is 0 all the same
        List<String> tokens = new ArrayList<>(List.of(UNKNOWN));
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> tokens.add(entry.getKey()));
        return new Vocabulary(kind, rule, tokens);
    }

    /**
     * What one token is.
     *
     * @return characters or words
     */
    public TokenKind kind() {
        return kind;
    }

    /**
     * What is done to a text first.
     *
     * @return the rule
     */
    public TextRule rule() {
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
        List<String> split = kind.split(rule.apply(text));
        return IntStream.range(0, split.size()).map(i -> id(split.get(i), i)).toArray();
    }

    private int id(String token, int position) {
        Integer id = ids.get(token);
        if (id != null) {
            return id;
        }
        if (kind == TokenKind.WORDS) {
            return 0;
        }
        throw new IllegalArgumentException("character '" + printable(token) + "' at position " + position
                + " is not in the vocabulary, which has only "
                + tokens.stream().skip(1).map(Vocabulary::printable).sorted().collect(Collectors.joining("")));
    }

    private static String printable(String token) {
        int c = token.codePointAt(0);
        return Character.isISOControl(c) ? String.format("\\u%04x", c) : token;
    }

    /**
     * The text of some ids.
     *
     * @param encoded ids of this vocabulary
     * @return their tokens joined
     */
    public String decode(int... encoded) {
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
