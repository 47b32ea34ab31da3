package dev.unroll.bench.dataset;

import dev.unroll.rnn.text.TextEncoder;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One text, the same in every epoch. */
public final class BookCorpus implements Corpus {
    private static final int PREFIX_CHARS = 12;
    private static final int PREFIX_WORDS = 3;

    private final Vocabulary vocabulary;
    private final Tokens tokens;

    private BookCorpus(Vocabulary vocabulary, Tokens tokens) {
        this.vocabulary = vocabulary;
        this.tokens = tokens;
    }

    /**
     * Reads a text.
     *
     * @param files in UTF-8, which are one text
     * @param encoder that learns its vocabulary
     * @return the text in its own vocabulary
     * @throws IOException if a file is missing, empty, no text in UTF-8 or cannot be read, or if nothing is left of all
     */
    public static BookCorpus read(List<Path> files, TextEncoder encoder) throws IOException {
        Tokens tokens = TextFiles.read(files, encoder);
        Vocabulary vocabulary = encoder.vocabulary();
        if (tokens.size() == 0) {
            throw new FileSystemException(
                    files.getFirst().toString(), null, "no token is left of the text under --text "
                            + vocabulary.rule().name().toLowerCase(Locale.ROOT) + "; give more text or another rule");
        }
        return new BookCorpus(vocabulary, tokens);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public Tokens epoch(int epoch) {
        return tokens;
    }

    /** The beginning of the text and that of its second half. */
    @Override
    public List<String> prefixes() {
        return prefixes(vocabulary, tokens);
    }

    static List<String> prefixes(Vocabulary vocabulary, Tokens text) {
        int length = vocabulary.kind() == Tokenizer.CHARS ? PREFIX_CHARS : PREFIX_WORDS;
        return Stream.of(0, text.size() / 2)
                .map(from -> IntStream.range(from, Math.min(from + length, text.size())).map(text::id).toArray())
                .map(vocabulary::decode)
                .toList();
    }
}
