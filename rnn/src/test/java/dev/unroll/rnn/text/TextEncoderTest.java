package dev.unroll.rnn.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TextEncoderTest {
    // ---- The rules and the kinds of token as they are defined: on a text that is there as a whole

    private static String defined(Normalization rule, String text) {
        return switch (rule) {
            case RAW -> text;
            case LETTERS -> letters(text);
            case EOS -> text.lines().map(line -> line + " <eos> ").collect(Collectors.joining());
            case LINES -> text.lines().map(line -> letters(line).strip()).collect(Collectors.joining());
        };
    }

    private static String letters(String text) {
        return text.replaceAll("[^A-Za-z]+", " ").toLowerCase(Locale.ROOT);
    }

    private static List<String> defined(Tokenizer kind, String text) {
        return switch (kind) {
            case CHARS -> text.codePoints().mapToObj(Character::toString).toList();
            case WORDS -> text.isBlank() ? List.of() : Arrays.asList(text.strip().split("\\s+"));
        };
    }

    private static List<String> definedVocabulary(List<String> tokens) {
        Map<String, Integer> counts = new HashMap<>();
        tokens.forEach(token -> counts.merge(token, 1, Integer::sum));
        counts.remove("<unk>");
        List<String> all = new ArrayList<>(List.of("<unk>"));
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> all.add(entry.getKey()));
        return all;
    }

    /** Texts of what the rules look at: letters, ends of lines, white space of all kinds, halves of surrogate pairs. */
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(
                "a", "b", "Z", "zz", "The", " ", " ", "\n", "\r", "\r\n", "\t", "\u000b", "\u001c", "\u0085", "\u00a0",
                "\u2003", "\u2028", "\u0131", "\u212a", "\u00e9", ".", "\ud83d\ude00", "\ud83d", "\ude00", "<unk>", "0",
                "_", "[")
                .list()
                .ofMaxSize(40)
                .map(parts -> String.join("", parts));
    }

    @Property(tries = 2_000)
    void rulesGiveWhatTheirDefinitionGives(@ForAll("texts") String text, @ForAll Normalization rule) {
        assertEquals(defined(rule, text), rule.apply(text));
    }

    @Property(tries = 2_000)
    void tokensAreThoseOfTheirDefinition(@ForAll("texts") String text, @ForAll Tokenizer kind) {
        assertEquals(defined(kind, text), kind.split(text));
    }

    @Property(tries = 2_000)
    void aTextInPartsHasTheVocabularyAndTheIdsOfTheWhole(
            @ForAll("texts") String text, @ForAll Tokenizer kind, @ForAll Normalization rule,
            @ForAll @IntRange(min = 1, max = 9) int part) {
        List<String> tokens = defined(kind, defined(rule, text));
        List<String> all = definedVocabulary(tokens);
        int[] ids = tokens.stream().mapToInt(all::indexOf).toArray();
        TextEncoder learning = TextEncoder.learning(kind, rule);
        addInParts(learning, text, part);
        assertArrayEquals(ids, learning.tokens().ids());
        assertEquals(all, learning.vocabulary().tokens());
        TextEncoder known = TextEncoder.of(learning.vocabulary());
        addInParts(known, text, part);
        assertArrayEquals(ids, known.tokens().ids());
    }

    private static void addInParts(TextEncoder encoder, String text, int size) {
        for (int from = 0; from < text.length(); from += size) {
            encoder.add(CharBuffer.wrap(text, from, Math.min(text.length(), from + size)));
        }
    }

    @Test
    void theBeginningIsKeptWithTheVocabularyOfTheWholeOrReadWithItsOwn() {
        TextEncoder keeping = TextEncoder.learning(Tokenizer.CHARS, Normalization.RAW).keepFirst(2);
        keeping.add(CharBuffer.wrap("abcc"));
        assertFalse(keeping.isFull());
        assertArrayEquals(new int[] {2, 3}, keeping.tokens().ids());
        assertEquals(List.of("<unk>", "c", "a", "b"), keeping.vocabulary().tokens());

        TextEncoder reading = TextEncoder.learning(Tokenizer.CHARS, Normalization.RAW).readFirst(2);
        reading.add(CharBuffer.wrap("a"));
        assertFalse(reading.isFull());
        reading.add(CharBuffer.wrap("bcc"));
        assertTrue(reading.isFull());
        assertArrayEquals(new int[] {1, 2}, reading.tokens().ids());
        assertEquals(List.of("<unk>", "a", "b"), reading.vocabulary().tokens());
    }

    @Test
    void aTextThatHasEndedTakesNoMore() {
        TextEncoder encoder = TextEncoder.learning(Tokenizer.WORDS, Normalization.RAW);
        encoder.add(CharBuffer.wrap("a b"));
        assertEquals(2, encoder.tokens().size());
        assertThrows(IllegalStateException.class, () -> encoder.add(CharBuffer.wrap("c")));
        assertThrows(IllegalStateException.class, encoder::endFile);
        assertEquals(2, encoder.tokens().size());
    }

    @Test
    void manyIdsSmallAndLargeComeBackInTheirOrder() {
        int[] ids = IntStream.range(0, 300_000).map(i -> i * 7 % 200_003).toArray();
        Tokens tokens = new Tokens(ids);
        assertArrayEquals(ids, tokens.ids());
        assertArrayEquals(Arrays.copyOf(ids, 65_536), tokens.first(65_536).ids());
        assertEquals(ids[131_071], tokens.id(131_071));
        assertThrows(IndexOutOfBoundsException.class, () -> tokens.first(5).id(5));
    }

    /** More than 65,536 words, so that ids of two bytes become ids of four and the other way round. */
    @Test
    void aTextOfManyWordsHasTheIdsOfItsVocabulary() {
        List<String> words = new ArrayList<>();
        IntStream.range(0, 100_000).forEach(i -> words.add("w" + i));
        IntStream.range(0, 100_000).forEach(i -> words.add("w" + (99_999 - i / 2)));
        TextEncoder encoder = TextEncoder.learning(Tokenizer.WORDS, Normalization.RAW);
        encoder.add(CharBuffer.wrap(String.join(" ", words)));
        Tokens tokens = encoder.tokens();
        List<String> vocabulary = encoder.vocabulary().tokens();
        assertEquals(definedVocabulary(words), vocabulary);
        assertEquals(words, IntStream.of(tokens.ids()).mapToObj(vocabulary::get).toList());
    }
}
