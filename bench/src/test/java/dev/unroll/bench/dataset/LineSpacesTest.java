package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.CharBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;

/** The same comes of a text in parts of any size as of regular expressions. */
class LineSpacesTest {
    private static final String FIRST = "(?<![^\n]) ";
    private static final String OUTER = "(?<![^\n]) +| +(?![^\n])";

    @Property
    void theFirstSpaceOfALineIsDroppedForTheStreamOfTheAuthors(
            @ForAll @Chars({' ', '\n'}) @CharRange(from = 'a', to = 'b') String text,
            @ForAll @IntRange(min = 1, max = 9) int size) {
        assertEquals(text.replaceAll(FIRST, ""), left(PennTreebank.Stream.AUTHORS, text, size));
    }

    @Property
    void allOuterSpacesOfALineAreDroppedForThePublishedStream(
            @ForAll @Chars({' ', '\n'}) @CharRange(from = 'a', to = 'b') String text,
            @ForAll @IntRange(min = 1, max = 9) int size) {
        assertEquals(text.replaceAll(OUTER, ""), left(PennTreebank.Stream.PUBLISHED, text, size));
    }

    private static String left(PennTreebank.Stream stream, String text, int size) {
        LineSpaces spaces = new LineSpaces(stream);
        StringBuilder left = new StringBuilder();
        for (int from = 0; from < text.length(); from += size) {
            left.append(spaces.drop(CharBuffer.wrap(text, from, Math.min(from + size, text.length()))));
        }
        return left.toString();
    }
}
