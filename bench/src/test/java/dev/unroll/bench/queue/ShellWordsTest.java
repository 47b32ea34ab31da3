package dev.unroll.bench.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShellWordsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "train --out runs/a | train;--out;runs/a",
        "  a\t b  | a;b",
        "a # b 'c | a",
        "a#b c | a#b;c",
        "# all of it | ``",
        "'a b' c | a b;c",
        "\"a b\"'c d'e | a bc de",
        "'' b \"\" | ;b;",
        "'a\\b\"c' | a\\b\"c",
        "\"a\\b\\\"c\\\\\" | a\\b\"c\\",
        "a\\ b \\# c\\'d | a b;#;c'd",
        "\"it's\" | it's",
        "ä 'ö ü' | ä;ö ü"})
    void aLineIsDividedAsByAShell(String line, String words) {
        assertEquals(words, String.join(";", ShellWords.split(line)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "a 'b c | the quote ' of column 3 is not closed",
        "a \"b 'c' | the quote \" of column 3 is not closed",
        "\"a\\\" | the quote \" of column 1",
        "a \\ | ends with a backslash"})
    void whatIsNotClosedIsNamed(String line, String problem) {
        String message = assertThrows(IllegalArgumentException.class, () -> ShellWords.split(line)).getMessage();
        assertTrue(message.contains(problem), message);
    }

    @Test
    void joinedWordsAreDividedIntoTheSame() {
        List<String> words =
                List.of("train", "a b", "", "it's", "\"", "\\", "#", "a#b", "$HOME", "*", "ä", "x=1,2:3/-_.");
        assertEquals(words, ShellWords.split(ShellWords.join(words)));
        assertEquals("train 'a b'", ShellWords.join(ShellWords.split("  train   \"a b\"  # and more")));
    }
}
