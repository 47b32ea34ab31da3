package dev.unroll.rnn.data;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is done to a text before it is cut into tokens. */
public enum TextRule {
    /** Nothing. */
    RAW,
    /** Every run of characters other than A-Z and a-z becomes one space; lower case. D2L, later editions. */
    LETTERS,
    /** {@link #LETTERS} line by line, each line stripped, the lines joined without separator. D2L, first edition. */
    LINES;

    private static final Pattern NO_LETTERS = Pattern.compile("[^A-Za-z]+");

    /**
     * Applies the rule.
     *
     * @param text any text
     * @return the text to cut into tokens
     */
    public String apply(String text) {
        return switch (this) {
            case RAW -> text;
            case LETTERS -> letters(text);
            case LINES -> text.lines().map(line -> letters(line).strip()).collect(Collectors.joining());
        };
    }

    private static String letters(String text) {
        return NO_LETTERS.matcher(text).replaceAll(" ").toLowerCase(Locale.ROOT);
    }
}
