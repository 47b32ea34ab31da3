package dev.unroll.rnn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class VocabularyTest {
    @Test
    void tokensAreOrderedByFrequencyThenByThemselves() {
        Vocabulary v = Vocabulary.of(TokenKind.CHARS, TextRule.RAW, "bbacca!");
        assertEquals(List.of("<unk>", "a", "b", "c", "!"), v.tokens());
        assertEquals(List.of("<unk>", "be", "to", "or"),
                Vocabulary.of(TokenKind.WORDS, TextRule.RAW, "to be\n be  or to").tokens());
    }

    @Property
    void decodingGivesTheTextBack(@ForAll String text) {
        Vocabulary v = Vocabulary.of(TokenKind.CHARS, TextRule.RAW, text);
        assertEquals(text, v.decode(v.encode(text)));
    }

    @Test
    void anUnknownCharacterIsNamedWithItsPlaceAndAnUnknownWordHasAnId() {
        Vocabulary chars = Vocabulary.of(TokenKind.CHARS, TextRule.RAW, "abc");
        Exception e = assertThrows(IllegalArgumentException.class, () -> chars.encode("ab\u00e9"));
        assertTrue(e.getMessage().startsWith("character '\u00e9' at position 2 is not in the vocabulary"),
                e.getMessage());
        Exception control = assertThrows(IllegalArgumentException.class, () -> chars.encode("\n"));
        assertTrue(control.getMessage().startsWith("character '\\u000a'"), "one line: " + control.getMessage());
        Vocabulary words = Vocabulary.of(TokenKind.WORDS, TextRule.RAW, "a b a");
        assertArrayEquals(new int[] {1, 0, 2}, words.encode("a c b"));
    }

    @Test
    void rulesFollowTheTwoEditionsOfD2l() {
        String text = "  The Time--Machine,\nby H. G. Wells [1895]\n";
        assertEquals(text, TextRule.RAW.apply(text));
        assertEquals(" the time machine by h g wells ", TextRule.LETTERS.apply(text));
        assertEquals("the time machineby h g wells", TextRule.LINES.apply(text));
    }

    @Test
    void theTimeMachineHasTheCountsOfItsDescription() throws IOException {
        Path book = Path.of(System.getProperty("unroll.shared", "../../shared"), "data/books/timemachine.txt");
        Assumptions.assumeTrue(Files.exists(book), "the book is not at " + book);
        String text = Files.readString(book);
        assertEquals(170_580, TokenKind.CHARS.split(TextRule.LINES.apply(text)).size());
        assertEquals(173_428, TokenKind.CHARS.split(TextRule.LETTERS.apply(text)).size());
        assertEquals(32_775, TokenKind.WORDS.split(TextRule.LETTERS.apply(text)).size());
        assertEquals(28, Vocabulary.of(TokenKind.CHARS, TextRule.LINES, text).size());
        assertEquals(4_580, Vocabulary.of(TokenKind.WORDS, TextRule.LETTERS, text).size());
    }

    @Test
    void aVocabularyBeginsWithTheUnknownTokenAndHasNoTokenTwice() {
        assertThrows(IllegalArgumentException.class, () -> new Vocabulary(TokenKind.CHARS, TextRule.RAW, List.of("a")));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Vocabulary(TokenKind.CHARS, TextRule.RAW, List.of("<unk>", "a", "a")));
    }
}
