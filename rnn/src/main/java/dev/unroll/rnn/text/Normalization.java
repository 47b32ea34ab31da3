package dev.unroll.rnn.text;

/** What is done to a text before it is cut into tokens. It is done as the text comes, and none of it is kept. */
public enum Normalization {
    /** Nothing. */
    RAW {
        @Override
        CharSink before(CharSink next) {
            return next;
        }
    },
    /** Every run of characters other than A-Z and a-z becomes one space; lower case. D2L, later editions. */
    LETTERS {
        @Override
        CharSink before(CharSink next) {
            return new Letters(next);
        }
    },
    /** {@link #LETTERS} line by line, each line stripped, the lines joined without separator. D2L, first edition. */
    LINES {
        @Override
        CharSink before(CharSink next) {
            return new Lines(next);
        }
    },
    /**
     * Every line, also the last one if it does not end, is followed by the word {@value #END_OF_LINE}: for texts of words
     * whose line ends are predicted too, such as the Penn Treebank.
     */
    EOS {
        @Override
        CharSink before(CharSink next) {
            return new LineEnds(next);
        }
    };

    /** What {@link #EOS} puts for the end of a line. */
    public static final String END_OF_LINE = "<eos>";

    /** A stage that applies the rule and hands on what comes of it. */
    abstract CharSink before(CharSink next);

    /**
     * Applies the rule.
     *
     * @param text any text
     * @return the text to cut into tokens
     */
    public String apply(String text) {
        StringBuilder out = new StringBuilder();
        CharSink rule = before(new CharSink() {
            @Override
            public void accept(char c) {
                out.append(c);
            }

            @Override
            public void endFile() {
                // nothing waits
            }

            @Override
            public void end() {
                // nothing waits
            }
        });
        text.chars().forEach(c -> rule.accept((char) c));
        rule.end();
        return out.toString();
    }

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private static char lowerCase(char letter) {
        return letter <= 'Z' ? (char) (letter + ('a' - 'A')) : letter;
    }

    /** A space where a run of others begins. */
    private static final class Letters implements CharSink {
        private final CharSink next;
        private boolean isAfterOther;

        Letters(CharSink next) {
            this.next = next;
        }

        @Override
        public void accept(char c) {
            boolean isLetter = isLetter(c);
            if (isLetter) {
                next.accept(lowerCase(c));
            } else if (!isAfterOther) {
                next.accept(' ');
            }
            isAfterOther = !isLetter;
        }

        @Override
        public void endFile() {
            next.endFile();
        }

        @Override
        public void end() {
            next.end();
        }
    }

    /** A space where a run of others ends, within a line. */
    private static final class Lines implements CharSink {
        private final CharSink next;
        private boolean isAfterLetter;
        private boolean isSpaceDue;

        Lines(CharSink next) {
            this.next = next;
        }

        @Override
        public void accept(char c) {
            if (isLetter(c)) {
                if (isSpaceDue) {
                    next.accept(' ');
                }
                next.accept(lowerCase(c));
                isAfterLetter = true;
                isSpaceDue = false;
            } else if (c == '\n' || c == '\r') {
                isAfterLetter = false;
                isSpaceDue = false;
            } else {
                isSpaceDue = isAfterLetter;
            }
        }

        @Override
        public void endFile() {
            next.endFile();
        }

        @Override
        public void end() {
            next.end();
        }
    }

    /** A word where a line ends, by line feed, carriage return or both. */
    private static final class LineEnds implements CharSink {
        private static final String WORD = " " + END_OF_LINE + " ";

        private final CharSink next;
        private boolean isInLine;
        private boolean isAfterReturn;

        LineEnds(CharSink next) {
            this.next = next;
        }

        @Override
        public void accept(char c) {
            if (c == '\r' || c == '\n' && !isAfterReturn) {
                endLine();
            } else if (c != '\n') {
                isInLine = true;
                next.accept(c);
            }
            isAfterReturn = c == '\r';
        }

        private void endLine() {
            for (int i = 0; i < WORD.length(); i++) { // a stream would take more memory than the line
                next.accept(WORD.charAt(i));
            }
            isInLine = false;
        }

        @Override
        public void endFile() {
            endLastLine();
            isAfterReturn = false;
            next.endFile();
        }

        private void endLastLine() {
            if (isInLine) {
                endLine();
            }
        }

        @Override
        public void end() {
            endLastLine();
            next.end();
        }
    }
}
