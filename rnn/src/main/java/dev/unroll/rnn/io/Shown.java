package dev.unroll.rnn.io;

import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Strings of files and users, made fit to be shown: nothing in them moves a terminal's cursor, hides, breaks a line of a
 * message, or is longer than one reads.
 *
 * <p>Its methods keep nothing, and many threads may call them.
 */
public final class Shown {
    /** The most characters of a message. */
    public static final int MAX_MESSAGE = 300;

    /** The most characters of a name of a file in a message, the end of which says more than the beginning. */
    private static final int MAX_SOURCE = 160;

    /** The most characters of a quotation in a message. */
    private static final int MAX_QUOTE = 60;

    private static final String CUT = "...";

    /** Letters of Hangul, and the symbol of Braille, that are blank. */
    private static final String FILLERS = "\u115f\u1160\u3164\uffa0\u2800";

    private Shown() {}

    /**
     * One character for a message.
     *
     * @param codePoint of the character
     * @return the character in single quotes, or such as {@code U+FEFF} if it would not show
     */
    public static String character(int codePoint) {
        return isInvisible(codePoint) ? escaped(codePoint) : "'" + Character.toString(codePoint) + "'";
    }

    /**
     * A string for one line of a message, where it needs no quotes.
     *
     * @param text from a file or a user
     * @return the text with everything escaped that would not show, cut when long
     */
    public static String brief(String text) {
        return head(escape(head(text, MAX_QUOTE), Shown::isInvisible), MAX_QUOTE);
    }

    /**
     * A string for one line of a message.
     *
     * @param text from a file or a user
     * @return the text in double quotes with everything escaped that would not show, cut when long
     */
    public static String quote(String text) {
        return JsonWriter.appendQuoted(new StringBuilder(), head(text, MAX_QUOTE)).toString();
    }

    /**
     * A text for a terminal, as it is but for what a terminal would obey: tabs and ends of lines, with or without a carriage
     * return before the line feed, stay; every other control character, and what turns the direction of writing round,
     * becomes such as {@code U+001B}.
     *
     * @param text that a model made, or of a file
     * @return the text to print
     */
    public static String text(String text) {
        return Stream.of(text.split("\r\n", -1))
                .map(line -> escape(line, Shown::isObeyed))
                .collect(Collectors.joining("\r\n"));
    }

    /**
     * A message: its beginning and its end, in one line of at most {@value #MAX_MESSAGE} characters, without control or invisible characters.
     *
     * @param message of any length
     * @return the message to print
     */
    public static String message(String message) {
        return message(message, MAX_MESSAGE);
    }

    /**
     * A message of a shorter line, which something else stands before or behind.
     *
     * @param message of any length
     * @param most characters
     * @return the message to print
     */
    public static String message(String message, int most) {
        String line = message.strip().replaceAll("\\s*\\R\\s*", " ");
        return ends(escape(ends(line, most), Shown::isInvisible), most);
    }

    /**
     * A message about a file: one line of at most {@value #MAX_MESSAGE} characters, in which a long path loses its
     * beginning.
     *
     * @param source the file
     * @param problem what is wrong with it, what was expected and what to do
     * @return the message to print
     */
    public static String message(String source, String problem) {
        return message(source, problem, MAX_MESSAGE);
    }

    /**
     * A message about a file of a shorter line, which something else stands before or behind.
     *
     * @param source the file
     * @param problem what is wrong with it, what was expected and what to do
     * @param most characters
     * @return the message to print
     */
    public static String message(String source, String problem, int most) {
        return message(tail(source, MAX_SOURCE) + ": " + problem, most);
    }

    /** The beginning of a text, in which no surrogate pair is cut into halves. */
    private static String head(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = max - CUT.length();
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + CUT;
    }

    /** The beginning, which names the thing, and the end, which says what to do. */
    private static String ends(String text, int max) {
        return text.length() <= max
                ? text
                : head(text, max / 2 + CUT.length()) + tail(text, max - max / 2).substring(CUT.length());
    }

    private static String tail(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int start = text.length() - max + CUT.length();
        return CUT + text.substring(Character.isLowSurrogate(text.charAt(start)) ? start + 1 : start);
    }

    private static String escape(String text, IntPredicate isEscaped) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isEscaped.test(c)) {
                out.append(escaped(c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }

    private static boolean isObeyed(int codePoint) {
        return Character.isISOControl(codePoint) && codePoint != '\n' && codePoint != '\t' || turnsRound(codePoint);
    }

    private static boolean turnsRound(int codePoint) {
        return codePoint >= '\u202a' && codePoint <= '\u202e' || codePoint >= '\u2066' && codePoint <= '\u2069';
    }

    private static String escaped(int codePoint) {
        return String.format("U+%04X", codePoint);
    }

    /**
     * Whether a character shows nothing by itself, or looks like a space, and perhaps makes others show elsewhere.
     *
     * @param codePoint of the character
     * @return true for control and format characters, for separators of lines and paragraphs, for all spaces but that of
     *     ASCII, for fillers, for halves of surrogate pairs and for what is no character yet
     */
    public static boolean isInvisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE, Character.UNASSIGNED -> true;
            case Character.SPACE_SEPARATOR -> codePoint != ' ';
            default -> FILLERS.indexOf(codePoint) >= 0;
        };
    }
}
