package dev.unroll.bench.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The words of a line, as a shell without variables and patterns divides it: blanks part words, {@code '...'} is taken
 * as it stands, and a {@code #} where a word could begin makes the rest of the line a comment. Outside of quotes a
 * backslash takes any next character as it stands; in {@code "..."} it does so before a double quote, a backslash, a
 * dollar sign and a backquote, and is itself a character before any other.
 */
public final class ShellWords {
    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final String ESCAPED_IN_QUOTES = "\"\\$`";

    private final String line;
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean inWord;
    private int at;

    private ShellWords(String line) {
        this.line = line;
    }

    /**
     * Divides a line.
     *
     * @param line as it is written
     * @return its words, without quotes
     * @throws IllegalArgumentException if a quote is not closed or nothing follows a backslash
     */
    public static List<String> split(String line) {
        ShellWords words = new ShellWords(line);
        while (words.at < line.length() && words.next()) {}
        words.endWord();
        return words.words;
    }

    /** Reads a character with what belongs to it; false at a comment. */
    private boolean next() {
        char c = line.charAt(at++);
        if (Character.isWhitespace(c)) {
            endWord();
            return true;
        }
        if (c == '#' && !inWord) {
            return false;
        }
        inWord = true;
        switch (c) {
            case '\'' -> singleQuoted();
            case '"' -> doubleQuoted();
            case '\\' -> word.append(escaped());
            default -> word.append(c);
        }
        return true;
    }

    private void singleQuoted() {
        int end = line.indexOf('\'', at);
        if (end < 0) {
            throw notClosed('\'');
        }
        word.append(line, at, end);
        at = end + 1;
    }

    private void doubleQuoted() {
        int begin = at;
        while (at < line.length()) {
            char c = line.charAt(at++);
            if (c == '"') {
                return;
            }
            boolean escapes = c == '\\' && at < line.length() && ESCAPED_IN_QUOTES.indexOf(line.charAt(at)) >= 0;
            word.append(escapes ? escaped() : c);
        }
        at = begin;
        throw notClosed('"');
    }

    private char escaped() {
        if (at == line.length()) {
            throw new IllegalArgumentException("it ends with a backslash; a run stands on one line");
        }
        return line.charAt(at++);
    }

    private IllegalArgumentException notClosed(char quote) {
        return new IllegalArgumentException("the quote " + quote + " of column " + at + " is not closed; close it");
    }

    private void endWord() {
        if (inWord) {
            words.add(word.toString());
        }
        word.setLength(0);
        inWord = false;
    }

    /**
     * A line that is divided into these words: the same for the same words, however they were written.
     *
     * @param words of the line
     * @return the line, with quotes where they are needed
     */
    public static String join(List<String> words) {
        return words.stream().map(ShellWords::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
