package dev.unroll.rnn.text;

import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Turns a text into ids while it is read, part by part, of any size: what is kept is the ids, in about two bytes each, and
 * the tokens that differ.
 *
 * <pre>{@code
 * TextEncoder encoder = TextEncoder.learning(Tokenizer.CHARS, Normalization.RAW);
 * while (reader.read(part) >= 0) { encoder.add(part.flip()); part.clear(); }
 * Tokens tokens = encoder.tokens();
 * Vocabulary vocabulary = encoder.vocabulary();
 * }</pre>
 *
 * <p>For one thread.
 */
public final class TextEncoder {
    private final CharSink chars;
    private final CharSink cutter;
    private final ToIntFunction<String> idOf;
    private final Learned learnedOrNull;
    private final IdStore ids = new IdStore();
    private Vocabulary vocabulary;
    private long kept = Long.MAX_VALUE;
    private long read = Long.MAX_VALUE;
    private boolean hasEnded;

    private TextEncoder(Tokenizer kind, Normalization rule, Learned learnedOrNull, Vocabulary vocabularyOrNull) {
        cutter = kind.cut(this::take);
        chars = rule.before(cutter);
        vocabulary = vocabularyOrNull;
        this.learnedOrNull = learnedOrNull;
        idOf = learnedOrNull != null ? learnedOrNull : token -> vocabularyOrNull.id(token, ids.size());
    }

    /**
     * Encodes a text in the tokens that are known.
     *
     * @param vocabulary says the rule, what a token is, and the ids
     * @return an encoder of one text
     */
    public static TextEncoder of(Vocabulary vocabulary) {
        return new TextEncoder(vocabulary.kind(), vocabulary.rule(), null, vocabulary);
    }

    /**
     * Encodes a text in the tokens of which it consists.
     *
     * @param kind what one token is
     * @param rule what is done to the text first
     * @return an encoder of one text, which has its vocabulary in the end
     */
    public static TextEncoder learning(Tokenizer kind, Normalization rule) {
        return new TextEncoder(kind, rule, new Learned(kind, rule), null);
    }

    /**
     * Makes the encoder keep the ids of the beginning alone; a vocabulary that is learned is that of all of the text.
     *
     * @param count how many tokens
     * @return this
     */
    public TextEncoder keepFirst(int count) {
        kept = count;
        return this;
    }

    /**
     * Makes the encoder take nothing but the beginning, see {@link #isFull}; one that is not told so takes all of a text,
     * or refuses it.
     *
     * @param count how many tokens
     * @return this
     */
    public TextEncoder readFirst(int count) {
        read = count;
        return this;
    }

    /**
     * Whether nothing that may follow is looked at, so that it need not be read.
     *
     * @return true after as many tokens as {@link #readFirst} says
     */
    public boolean isFull() {
        return ids.size() >= read;
    }

    /**
     * The next part of the text.
     *
     * @param part from its position on; one that is refused is read up to the character that the vocabulary has not
     * @throws IllegalArgumentException if a character is not in the vocabulary
     * @throws IllegalStateException if the text has ended
     */
    public void add(CharBuffer part) {
        requireOpen();
        while (part.hasRemaining()) {
            chars.accept(part.get());
        }
    }

    /**
     * Says that what follows is of another file, so that no line of {@link Normalization#EOS} and no word goes on into it.
     * Characters of two files follow each other as those of one.
     *
     * @throws IllegalStateException if the text has ended
     */
    public void endFile() {
        requireOpen();
        chars.endFile();
    }

    private void requireOpen() {
        if (hasEnded) {
            throw new IllegalStateException("the text has ended; use another encoder for another text");
        }
    }

    private void take(String token) {
        if (isFull()) {
            return;
        }
        int id = idOf.applyAsInt(token);
        if (ids.size() < kept) {
            ids.add(id);
        }
    }

    /**
     * Ends the text, after which nothing can be added.
     *
     * @return its ids, or those of its beginning
     * @throws IllegalArgumentException if the last character is half a surrogate pair and not in the vocabulary
     */
    public Tokens tokens() {
        return endedBy(chars);
    }

    /** The ids of a text that breaks off: its last line is not known to end, so the rule adds nothing. */
    Tokens tokensOfPrefix() {
        return endedBy(cutter);
    }

    private Tokens endedBy(CharSink stage) {
        if (!hasEnded) {
            hasEnded = true;
            stage.end();
            if (learnedOrNull != null) {
                vocabulary = learnedOrNull.vocabulary(ids);
            }
        }
        return new Tokens(ids);
    }

    /**
     * The vocabulary; one that is learned is complete when the text has ended, which it does here.
     *
     * @return the tokens
     */
    public Vocabulary vocabulary() {
        tokens();
        return vocabulary;
    }

    /** Tokens in the order in which they are met first, and how often that was. */
    private static final class Learned implements ToIntFunction<String> {
        private final Tokenizer kind;
        private final Normalization rule;
        private final Map<String, Token> tokens = new HashMap<>();

        Learned(Tokenizer kind, Normalization rule) {
            this.kind = kind;
            this.rule = rule;
        }

        private static final class Token {
            private final String text;
            private final int order;
            private long count;

            Token(String text, int order) {
                this.text = text;
                this.order = order;
            }
        }

        @Override
        public int applyAsInt(String text) {
            Token token = tokens.get(text);
            if (token == null) {
                token = new Token(text, tokens.size());
                tokens.put(text, token);
            }
            token.count++;
            return token.order;
        }

        /** The most frequent first and equally frequent ones by their characters; the ids that were given are changed. */
        Vocabulary vocabulary(IdStore ids) {
            int[] idOf = new int[tokens.size()];
            List<String> all = new ArrayList<>(List.of(Vocabulary.UNKNOWN));
            tokens.values().stream()
                    // a text may spell it, as the Penn Treebank does; its id is 0 all the same
                    .filter(token -> !token.text.equals(Vocabulary.UNKNOWN))
                    .sorted(Comparator.<Token>comparingLong(token -> -token.count).thenComparing(token -> token.text))
                    .forEach(token -> {
                        idOf[token.order] = all.size();
                        all.add(token.text);
                    });
            ids.replaceAll(id -> idOf[id]);
            return new Vocabulary(kind, rule, all);
        }
    }
}
