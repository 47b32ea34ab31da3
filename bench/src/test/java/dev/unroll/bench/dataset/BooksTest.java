package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.TextEncoder;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The books have the counts and the entropies that were computed for them elsewhere, under every rule. */
class BooksTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "TIME_MACHINE | 3221 | 70 | 170580 | 173428 | 27 | 32775 | 4579 | 4.078 16.89",
        "WAR_OF_THE_WORLDS | 6451 | 74 | 321199 | 326632 | 27 | 60826 | 6718 | 4.076 16.87",
        "TINY_SHAKESPEARE | 40000 | 65 | 1026804 | 1059581 | 27 | 208503 | 11455 | 4.085 16.97"})
    void theCountsAreThoseOfItsDescription(
            Dataset set, int lines, int rawTypes, int charactersByLine, int characters, int types, int words,
            int wordTypes, String entropy) throws IOException {
        Corpus raw = read(set, Tokenizer.CHARS, Normalization.RAW);
        assertEquals(set.size(), raw.epoch(0).size(), "all of it is ASCII");
        assertEquals(lines, count(raw.epoch(0), raw.vocabulary().encode("\n")[0]));
        assertEquals(rawTypes, types(raw.vocabulary()));
        assertEquals(charactersByLine, read(set, Tokenizer.CHARS, Normalization.LINES).epoch(0).size());
        Corpus letters = read(set, Tokenizer.CHARS, Normalization.LETTERS);
        assertEquals(characters, letters.epoch(0).size());
        assertEquals(types, types(letters.vocabulary()));
        Corpus byWords = read(set, Tokenizer.WORDS, Normalization.LETTERS);
        assertEquals(words, byWords.epoch(0).size());
        assertEquals(wordTypes, types(byWords.vocabulary()));
        UnigramModel model = new UnigramModel(letters.epoch(0), letters.vocabulary().size());
        double nats = model.nats(letters.epoch(0));
        assertEquals(entropy, String.format(
                Locale.ROOT, "%.3f %.2f", model.bits(letters.epoch(0)), Math.exp(nats)));
    }

    private static Corpus read(Dataset set, Tokenizer kind, Normalization rule) throws IOException {
        return BookCorpus.read(
                List.of(SharedData.folder(set).fetch(set)),
                TextEncoder.learning(kind, rule));
    }

    private static long count(Tokens text, int id) {
        return IntStream.range(0, text.size()).filter(i -> text.id(i) == id).count();
    }

    /** Without the one that stands for all others. */
    private static int types(Vocabulary vocabulary) {
        return vocabulary.size() - 1;
    }
}
