package dev.unroll.rnn.io;

/**
 * Strings of files and users, made fit to be shown: nothing in them moves a terminal's cursor, hides, breaks a line of a
 * message, or is longer than one reads.
 */
public final class Shown {
    /** The most characters of a message. */
    public static final int MAX_MESSAGE = 300;

    /** The most characters of a name of a file in a message, the end of which says more than the beginning. */
    private static final int MAX_SOURCE = 160;

    /** The most characters of a quotation in a message. */
    private static final int MAX_QUOTE = 60;

    private static final String CUT = "...";

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
        return head(escape(head(text, MAX_QUOTE), false), MAX_QUOTE);
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
     * A text for a terminal, as it is but for what a terminal would obey or hide: line feeds and tabs stay, every other
     * control or invisible character becomes such as {@code U+001B}.
     *
     * @param text that a model made, or of a file
     * @return the text to print
     */
    public static String text(String text) {
        return escape(text, true);
    }

    /**
     * A message: one line of at most {@value #MAX_MESSAGE} characters, without control or invisible characters.
     *
     * @param message of any length
     * @return the message to print
     */
    public static String message(String message) {
        String line = message.strip().replaceAll("\\s*\\R\\s*", " ");
        return head(escape(head(line, MAX_MESSAGE), false), MAX_MESSAGE);
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
        return message(tail(source) + ": " + problem);
    }

    /** The beginning of a text, in which no surrogate pair is cut into halves. */
    private static String head(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = max - CUT.length();
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + CUT;
    }

    private static String tail(String text) {
        if (text.length() <= MAX_SOURCE) {
            return text;
        }
        int start = text.length() - MAX_SOURCE + CUT.length();
        return CUT + text.substring(Character.isLowSurrogate(text.charAt(start)) ? start + 1 : start);
    }

    private static String escape(String text, boolean isLayoutKept) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            boolean isKept = !isInvisible(c) || isLayoutKept && (c == '\n' || c == '\t');
            if (isKept) {
                out.appendCodePoint(c);
            } else {
                out.append(escaped(c));
            }
        });
        return out.toString();
    }

    private static String escaped(int codePoint) {
        return String.format("U+%04X", codePoint);
    }

    static boolean isInvisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
