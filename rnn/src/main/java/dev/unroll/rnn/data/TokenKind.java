package dev.unroll.rnn.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What one token of a text is. */
public enum TokenKind {
    /** One character (Unicode code point). */
    CHARS("") {
        @Override
        public List<String> split(String text) {
            return text.codePoints().mapToObj(Character::toString).collect(Collectors.toList());
        }
    },
    /** What stands between white space. */
    WORDS(" ") {
        @Override
        public List<String> split(String text) {
            return text.isBlank() ? List.of() : Arrays.asList(text.strip().split("\\s+"));
        }
    };

    private final String separator;

    TokenKind(String separator) {
        this.separator = separator;
    }

    /**
     * Cuts a text into tokens.
     *
     * @param text any text
     * @return its tokens in order
     */
    public abstract List<String> split(String text);

    /**
     * What stands between two tokens of a text.
     *
     * @return nothing between characters, a space between words
     */
    public String separator() {
        return separator;
    }
}
