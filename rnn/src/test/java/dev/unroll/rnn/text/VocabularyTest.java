package dev.unroll.rnn.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class VocabularyTest {
    @Test
    void tokensAreOrderedByFrequencyThenByThemselves() {
        Vocabulary v = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "bbacca!");
        assertEquals(List.of("<unk>", "a", "b", "c", "!"), v.tokens());
        assertEquals(List.of("<unk>", "be", "to", "or"),
                Vocabulary.of(Tokenizer.WORDS, Normalization.RAW, "to be\n be  or to").tokens());
    }

    @Property
    void decodingGivesTheTextBack(@ForAll String text) {
        Vocabulary v = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, text);
        assertEquals(text, v.decode(v.encode(text)));
    }

    @Test
    void anUnknownCharacterIsNamedWithItsPlaceAndAnUnknownWordHasAnId() {
        Vocabulary chars = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "abc");
        Exception e = assertThrows(IllegalArgumentException.class, () -> chars.encode("ab\u00e9"));
        assertTrue(
                e.getMessage().startsWith("character '\u00e9', after 2 tokens of the text, is not in the vocabulary"),
                e.getMessage());
        Exception control = assertThrows(IllegalArgumentException.class, () -> chars.encode("\n"));
        assertTrue(control.getMessage().startsWith("character U+000A, after 0 tokens of the text,"),
                "one line: " + control.getMessage());
        Vocabulary words = Vocabulary.of(Tokenizer.WORDS, Normalization.RAW, "a b a");
        assertArrayEquals(new int[] {1, 0, 2}, words.encode("a c b"));
    }

    @Test
    void theCharactersOfAVocabularyAreListedSoThatTheSpaceIsSeen() {
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "a b\u00a0\n");
        Exception e = assertThrows(IllegalArgumentException.class, () -> vocabulary.encode("c"));
        assertTrue(e.getMessage().endsWith("The 5 characters it has: U+000A ' ' abU+00A0 "), e.getMessage());
    }

    @Test
    void theIdsOfAPrefixAreThoseWithWhichTheTextBegins() {
        String text = "the cat sat\nthe dog";
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.WORDS, Normalization.EOS, text);
        assertEquals("the cat sat <eos> the dog <eos>", vocabulary.decode(vocabulary.encode(text)));
        for (String prefix : List.of("the", "the cat", "the cat sat", "the cat sat\n", "the cat sat\nthe", text)) {
            int[] ids = vocabulary.encodePrefix(prefix);
            assertEquals(prefix.replace("\n", " <eos> ").strip(), vocabulary.decode(ids));
            assertArrayEquals(Arrays.copyOf(vocabulary.encode(text), ids.length), ids);
        }
    }

    @Property
    void onlyTheRuleOfLineEndsReadsAPrefixOtherwiseThanAText(@ForAll String text, @ForAll Tokenizer kind) {
        for (Normalization rule : List.of(Normalization.RAW, Normalization.LETTERS, Normalization.LINES)) {
            Vocabulary vocabulary = Vocabulary.of(kind, rule, text);
            assertArrayEquals(vocabulary.encode(text), vocabulary.encodePrefix(text));
        }
    }

    @Test
    void rulesFollowTheTwoEditionsOfD2l() {
        String text = "  The Time--Machine,\nby H. G. Wells [1895]\n";
        assertEquals(text, Normalization.RAW.apply(text));
        assertEquals(" the time machine by h g wells ", Normalization.LETTERS.apply(text));
        assertEquals("the time machineby h g wells", Normalization.LINES.apply(text));
    }

    @Test
    void theTimeMachineHasTheCountsOfItsDescription() throws IOException {
        Path book = Path.of(System.getProperty("unroll.shared", "../../shared"), "data/books/timemachine.txt");
        Assumptions.assumeTrue(Files.exists(book), "the book is not at " + book);
        String text = Files.readString(book);
        assertEquals(170_580, Tokenizer.CHARS.split(Normalization.LINES.apply(text)).size());
        assertEquals(173_428, Tokenizer.CHARS.split(Normalization.LETTERS.apply(text)).size());
        assertEquals(32_775, Tokenizer.WORDS.split(Normalization.LETTERS.apply(text)).size());
        assertEquals(28, Vocabulary.of(Tokenizer.CHARS, Normalization.LINES, text).size());
        assertEquals(4_580, Vocabulary.of(Tokenizer.WORDS, Normalization.LETTERS, text).size());
    }

    @Test
    void aVocabularyBeginsWithTheUnknownTokenAndHasNoTokenTwice() {
        assertThrows(IllegalArgumentException.class,
                () -> new Vocabulary(Tokenizer.CHARS, Normalization.RAW, List.of("a")));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Vocabulary(Tokenizer.CHARS, Normalization.RAW, List.of("<unk>", "a", "a")));
    }

    @Test
    void aTokenOfNoCharactersIsRefusedByItsPlace() {
        for (Tokenizer kind : Tokenizer.values()) {
            Exception e = assertThrows(
                    IllegalArgumentException.class,
                    () -> new Vocabulary(kind, Normalization.RAW, List.of("<unk>", "a", "")));
            assertTrue(e.getMessage().startsWith("token 2 of the vocabulary has no characters"), e.getMessage());
        }
    }

    @Test
    void aTokenOfTwoCharactersIsNoneOfAVocabularyOfCharacters() {
        Exception e = assertThrows(
                IllegalArgumentException.class,
                () -> new Vocabulary(Tokenizer.CHARS, Normalization.RAW, List.of("<unk>", "a", "\u001b[2J")));
        assertEquals("token 2 of a vocabulary of characters must be one character, not \"\\u001b[2J\"", e.getMessage());
        new Vocabulary(Tokenizer.CHARS, Normalization.RAW, List.of("<unk>", "a", "\ud83d\ude00"));
        new Vocabulary(Tokenizer.WORDS, Normalization.RAW, List.of("<unk>", "a", "ab"));
    }

    @Test
    void aLargeVocabularyIsListedInPartAndWhatDoesNotShowByItsNumber() {
        String all = IntStream.range(0, 5_000)
                .filter(c -> c != 'z')
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, all);
        for (String text : List.of("z", "\ufeff", "\u202e", "\u001b[2J")) {
            String unknown = text.equals("z") ? "abz" : "ab" + text.charAt(0) + "z";
            Exception e = assertThrows(IllegalArgumentException.class, () -> vocabulary.encode(unknown));
            String message = e.getMessage();
            assertTrue(message.length() <= 300, message);
            assertTrue(message.contains("The 4999 characters it has: U+0000 U+0001"), message);
            assertTrue(message.codePoints().noneMatch(Character::isISOControl), message);
        }
        Exception e = assertThrows(IllegalArgumentException.class, () -> vocabulary.encode("ab\ufeff"));
        assertTrue(e.getMessage().startsWith("character U+FEFF, after 2 tokens of the text, is not in the vocabulary"),
                e.getMessage());
    }
}
