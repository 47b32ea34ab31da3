package dev.unroll.rnn.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What one token of a text is. */
public enum Tokenizer {
    /** One character (Unicode code point). */
    CHARS("") {
        @Override
        CharSink cut(Consumer<String> tokens) {
            return new Characters(tokens);
        }
    },
    /** What stands between white space. */
    WORDS(" ") {
        @Override
        CharSink cut(Consumer<String> tokens) {
            return new Words(tokens);
        }
    };

    private final String separator;

    Tokenizer(String separator) {
        this.separator = separator;
    }

    /** A stage that cuts what it takes into tokens and hands them on. */
    abstract CharSink cut(Consumer<String> tokens);

    /**
     * Cuts a text into tokens.
     *
     * @param text any text
     * @return its tokens in order
     */
    public List<String> split(String text) {
        List<String> tokens = new ArrayList<>();
        CharSink cutter = cut(tokens::add);
        text.chars().forEach(c -> cutter.accept((char) c));
        cutter.end();
        return tokens;
    }

    /**
     * What stands between two tokens of a text.
     *
     * @return nothing between characters, a space between words
     */
    public String separator() {
        return separator;
    }

    /** Joins surrogate pairs; half a pair is a token of its own. */
    private static final class Characters implements CharSink {
        private final Consumer<String> tokens;
        private final String[] ascii = new String[128];
        private char high; // waits for its other half; 0 if none does

        Characters(Consumer<String> tokens) {
            this.tokens = tokens;
        }

        @Override
        public void accept(char c) {
            if (c < ascii.length && high == 0) {
                if (ascii[c] == null) {
                    ascii[c] = String.valueOf(c);
                }
                tokens.accept(ascii[c]);
            } else if (high != 0 && Character.isLowSurrogate(c)) {
                tokens.accept(Character.toString(Character.toCodePoint(high, c)));
                high = 0;
            } else {
                end();
                if (Character.isHighSurrogate(c)) {
                    high = c;
                } else {
                    tokens.accept(String.valueOf(c));
                }
            }
        }

        @Override
        public void endFile() {
            // characters of two files follow each other as those of one
        }

        @Override
        public void end() {
            if (high != 0) {
                tokens.accept(String.valueOf(high));
                high = 0;
            }
        }
    }

    /**
     * Cuts at the white space of ASCII and at the end of a file. White space of other kinds belongs to words, but not at the
     * beginning and at the end of a file or of the text, which are stripped of it.
     */
    private static final class Words implements CharSink {
        private final Consumer<String> tokens;
        private final StringBuilder word = new StringBuilder();
        private final StringBuilder space = new StringBuilder(); // perhaps the end of the text
        private boolean hasBegun;

        Words(Consumer<String> tokens) {
            this.tokens = tokens;
        }

        @Override
        public void accept(char c) {
            if (!Character.isWhitespace(c)) {
                settleSpace();
                word.append(c);
                hasBegun = true;
            } else if (hasBegun && !(isSeparator(c) && endsInSeparator())) {
                space.append(c);
            }
        }

        private boolean endsInSeparator() {
            return !space.isEmpty() && isSeparator(space.charAt(space.length() - 1));
        }

        /** The text goes on: what separates ends a word, what does not is a part of one. */
        private void settleSpace() {
            for (int i = 0; i < space.length(); i++) {
                if (isSeparator(space.charAt(i))) {
                    hand();
                } else {
                    word.append(space.charAt(i));
                }
            }
            space.setLength(0);
        }

        private void hand() {
            if (!word.isEmpty()) {
                tokens.accept(word.toString());
                word.setLength(0);
            }
        }

        @Override
        public void endFile() {
            end();
            hasBegun = false;
        }

        @Override
        public void end() {
            space.setLength(0);
            hand();
        }

        private static boolean isSeparator(char c) {
            return c == ' ' || c >= '\t' && c <= '\r';
        }
    }
}
