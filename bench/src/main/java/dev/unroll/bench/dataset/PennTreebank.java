package dev.unroll.bench.dataset;

import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.TextEncoder;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The Penn Treebank in Mikolov's preprocessing, as words or as characters; every epoch is the training text. The
 * vocabulary is that of the training text, in which the other texts are written too.
 *
 * @param vocabulary of all three texts
 * @param train the text to learn from
 * @param validation the text to choose by
 * @param test the text to report
 */
public record PennTreebank(Vocabulary vocabulary, Tokens train, Tokens validation, Tokens test) implements Corpus {
    /** The two character streams of the literature. Both end every line by a line feed. */
    public enum Stream {
        /**
         * The files of words without the space that every line begins with, the one before its end kept: 5,059,550
         * characters to learn from. Pascanu, Gulcehre, Cho and Bengio (ICLR 2014).
         */
        AUTHORS,
        /**
         * The published files of characters, which have no space at either end of a line: 5,017,482 characters to learn
         * from. Those files write {@code _} for the space and a space between two tokens; here a space is a space.
         */
        PUBLISHED
    }

    /**
     * Reads the words: 10,000 types, one of which is {@code <eos>}, the end of a line, and one {@code <unk>}, a rare
     * word.
     *
     * @param folder of the three files
     * @return 929,589, 73,760 and 82,430 words
     * @throws IOException if {@link DataFolder#fetch} has one not, or if one cannot be read
     */
    public static PennTreebank words(DataFolder folder) throws IOException {
        return read(folder, Tokenizer.WORDS, Normalization.EOS,
                (file, encoder) -> TextFiles.read(List.of(file), encoder));
    }

    /**
     * Reads the characters: 50 types and, as in every vocabulary, {@code <unk>} at id 0, which no text has: rare words
     * are spelled {@code <}, {@code u}, {@code n}, {@code k}, {@code >}.
     *
     * @param folder of the three files
     * @param stream which characters of them
     * @return the characters, whose rule is {@link Normalization#RAW}
     * @throws IOException if {@link DataFolder#fetch} has one not, or if one cannot be read
     */
    public static PennTreebank characters(DataFolder folder, Stream stream) throws IOException {
        return read(folder, Tokenizer.CHARS, Normalization.RAW,
                (file, encoder) -> read(file, new LineSpaces(stream), encoder));
    }

    /** Reads a file to its end. */
    @FunctionalInterface
    private interface Reading {
        Tokens read(Path file, TextEncoder encoder) throws IOException;
    }

    private static PennTreebank read(DataFolder folder, Tokenizer kind, Normalization rule, Reading reading)
            throws IOException {
        Path train = folder.fetch(Dataset.PTB_TRAIN);
        Path validation = folder.fetch(Dataset.PTB_VALID);
        Path test = folder.fetch(Dataset.PTB_TEST);
        TextEncoder learning = TextEncoder.learning(kind, rule);
        Tokens learned = reading.read(train, learning);
        Vocabulary vocabulary = learning.vocabulary();
        return new PennTreebank(
                vocabulary, learned, reading.read(validation, TextEncoder.of(vocabulary)),
                reading.read(test, TextEncoder.of(vocabulary)));
    }

    private static Tokens read(Path file, LineSpaces spaces, TextEncoder encoder) throws IOException {
        try (Utf8Parts parts = new Utf8Parts(file)) {
            for (CharBuffer part = parts.next(); part != null; part = parts.next()) {
                encoder.add(spaces.drop(part));
            }
        }
        return encoder.tokens();
    }

    @Override
    public Tokens epoch(int epoch) {
        return train;
    }

    /** The beginning of the training text and that of its second half. */
    @Override
    public List<String> prefixes() {
        return BookCorpus.prefixes(vocabulary, train);
    }
}
