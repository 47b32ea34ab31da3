package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.bench.dataset.PennTreebank.Stream;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The three texts are those of the literature, token by token. */
class PennTreebankTest {
    @TempDir
    private Path temp;

    private static DataFolder folder() {
        return SharedData.folder(Dataset.PTB_TRAIN, Dataset.PTB_VALID, Dataset.PTB_TEST);
    }

    private static List<Tokens> texts(PennTreebank treebank) {
        return List.of(treebank.train(), treebank.validation(), treebank.test());
    }

    private static List<Integer> sizes(PennTreebank treebank) {
        return texts(treebank).stream().map(Tokens::size).toList();
    }

    private static List<Long> counts(PennTreebank treebank, int id) {
        return texts(treebank).stream()
                .map(text -> IntStream.range(0, text.size()).filter(i -> text.id(i) == id).count())
                .toList();
    }

    @Test
    void theWordsHaveTheCountsOfTheLiterature() throws IOException {
        PennTreebank words = PennTreebank.words(folder());
        assertEquals(List.of(929_589, 73_760, 82_430), sizes(words));
        assertEquals(10_000, words.vocabulary().size());
        List<Long> types = texts(words).stream().map(text -> Arrays.stream(text.ids()).distinct().count()).toList();
        assertEquals(List.of(10_000L, 6_022L, 6_049L), types);
        assertEquals(List.of(42_068L, 3_370L, 3_761L), counts(words, words.vocabulary().encodePrefix("<eos>")[0]));
        // as many as the texts spell, so no other word of theirs is unknown
        assertEquals(List.of(45_020L, 3_485L, 4_794L), counts(words, 0));
        assertEquals(words.train(), words.epoch(3));
        assertTrue(words.prefixes().getFirst().startsWith("aer "), words.prefixes().toString());
    }

    @Test
    void theWordsHaveThePerplexitiesOfTheSimplestModels() throws IOException {
        PennTreebank words = PennTreebank.words(folder());
        UnigramModel unigrams = new UnigramModel(words.train(), words.vocabulary().size());
        assertEquals(List.of("684.94", "687.03", "639.30"), texts(words).stream()
                .map(text -> perplexity(unigrams.nats(text)))
                .toList());
        int eos = words.vocabulary().encodePrefix("<eos>")[0];
        BigramModel bigrams = new BigramModel(words.train(), eos, unigrams, words.vocabulary().size());
        assertEquals(List.of("88.07", "212.21", "194.79"), texts(words).stream()
                .map(text -> perplexity(bigrams.nats(text)))
                .toList());
    }

    private static String perplexity(double nats) {
        return String.format(Locale.ROOT, "%.2f", Math.exp(nats));
    }

    /**
     * Absolute discounting by 0.75, interpolated with the unigrams. It learns from the pairs of the training text, lines
     * following each other; a text that it is asked about has {@code <eos>} before its first word.
     */
    private record BigramModel(long[] pairs, int[] after, int[] types, int before, UnigramModel unigrams) {
        private static final double DISCOUNT = 0.75;

        BigramModel(Tokens text, int before, UnigramModel unigrams, int vocabularySize) {
            this(pairs(text), new int[vocabularySize], new int[vocabularySize], before, unigrams);
            for (int i = 0; i < pairs.length; i++) {
                int first = (int) (pairs[i] >>> 32);
                after[first]++;
                types[first] += i == 0 || pairs[i] != pairs[i - 1] ? 1 : 0;
            }
        }

        private static long[] pairs(Tokens text) {
            long[] pairs = new long[text.size() - 1];
            Arrays.setAll(pairs, i -> pair(text.id(i), text.id(i + 1)));
            Arrays.sort(pairs);
            return pairs;
        }

        private static long pair(int first, int second) {
            return (long) first << 32 | second;
        }

        double nats(Tokens text) {
            double sum = 0;
            for (int i = 0; i < text.size(); i++) {
                sum -= Math.log(chance(i == 0 ? before : text.id(i - 1), text.id(i)));
            }
            return sum / text.size();
        }

        private double chance(int first, int second) {
            int count = end(pair(first, second)) - end(pair(first, second) - 1);
            return (Math.max(count - DISCOUNT, 0) + DISCOUNT * types[first] * unigrams.chance(second)) / after[first];
        }

        /** How many pairs are no greater. */
        private int end(long pair) {
            int low = 0;
            int high = pairs.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (pairs[middle] <= pair) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }

    @Test
    void bothStreamsOfCharactersHaveTheCountsOfTheLiterature() throws IOException {
        PennTreebank authors = PennTreebank.characters(folder(), Stream.AUTHORS);
        assertEquals(List.of(5_059_550, 396_412, 446_184), sizes(authors));
        assertTrue(authors.prefixes().getFirst().startsWith("aer "), authors.prefixes().toString());
        PennTreebank published = PennTreebank.characters(folder(), Stream.PUBLISHED);
        assertEquals(List.of(5_017_482, 393_042, 442_423), sizes(published));
        for (PennTreebank characters : List.of(authors, published)) {
            assertEquals(50, characters.vocabulary().size() - 1);
            assertEquals(List.of(0L, 0L, 0L), counts(characters, 0), "nothing is unknown");
        }
        UnigramModel unigrams = new UnigramModel(published.train(), published.vocabulary().size());
        assertEquals("4.3362", String.format(Locale.ROOT, "%.4f", unigrams.bits(published.validation())));
        assertEquals("4.3459", String.format(Locale.ROOT, "%.4f", unigrams.bits(published.test())));
    }

    /** Byte for byte, by the names that Git has for their contents. */
    @Test
    void thePublishedFilesOfCharactersCanBeMadeOfTheirStream() throws IOException, NoSuchAlgorithmException {
        PennTreebank characters = PennTreebank.characters(folder(), Stream.PUBLISHED);
        assertEquals("84b890a87aed6ad2989aa12d03f1129c41d727b2", published(characters, characters.train()));
        assertEquals("940c7ea52db925f46874bc9e1ea37424beec6c98", published(characters, characters.validation()));
        assertEquals("4e866a8573cdd7d0ce6af45c034055adecc3bbd4", published(characters, characters.test()));
    }

    private static String published(PennTreebank characters, Tokens text) throws NoSuchAlgorithmException {
        byte[] bytes = new byte[2 * text.size()];
        for (int i = 0; i < text.size(); i++) {
            char c = characters.vocabulary().tokens().get(text.id(i)).charAt(0);
            bytes[2 * i] = (byte) (c == ' ' ? '_' : c);
            bytes[2 * i + 1] = ' '; // at the end of a line this is the space that begins the next
        }
        MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
        sha1.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(sha1.digest(bytes));
    }

    /** All that is allocated, whether or not it is needed to the end: two bytes are the ids, one the check of the file. */
    @ParameterizedTest
    @EnumSource
    void charactersTakeAFewBytesEach(Stream stream) throws IOException {
        PennTreebank.characters(folder(), stream); // classes
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        PennTreebank characters = PennTreebank.characters(folder(), stream);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        int length = sizes(characters).stream().mapToInt(Integer::intValue).sum();
        assertTrue(bytes < 7L * length, bytes + " bytes for " + length + " characters");
    }

    @Test
    void aModelOfItIsSavedLoadedAndUsed() throws IOException {
        for (PennTreebank treebank : List.of(
                PennTreebank.words(folder()), PennTreebank.characters(folder(), Stream.AUTHORS),
                PennTreebank.characters(folder(), Stream.PUBLISHED))) {
            Vocabulary vocabulary = treebank.vocabulary();
            Path model = temp.resolve(vocabulary + " " + treebank.train().size());
            Tokens text = treebank.test().first(200);
            double perplexity;
            try (DeepRnn network = NetworkBuilder.of("rnn:2", vocabulary.size()).build();
                    LanguageModel saved = new LanguageModel(network, vocabulary)) {
                perplexity = saved.perplexity(text);
                saved.save(model);
            }
            try (LanguageModel loaded = LanguageModel.load(model)) {
                assertEquals(vocabulary, loaded.vocabulary());
                assertEquals(perplexity, loaded.perplexity(text));
                assertFalse(loaded.sample("the company said\n", 5).isEmpty());
                int[] written = loaded.vocabulary().encode(vocabulary.decode(text.ids()).replace(" <eos>", "\n"));
                assertArrayEquals(text.ids(), Arrays.copyOf(written, 200));
            }
        }
    }
}
