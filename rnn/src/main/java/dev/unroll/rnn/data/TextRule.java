package dev.unroll.rnn.data;

/** What is done to a text before it is cut into tokens. It is done as the text comes, and none of it is kept. */
public enum TextRule {
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
    };

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
        public void end() {
            next.end();
        }
    }
}
