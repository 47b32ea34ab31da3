package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ShownTest {
    @Test
    void whatDoesNotShowIsShownByItsNumber() {
        assertEquals("'a'", Shown.character('a'));
        assertEquals("U+FEFF", Shown.character(0xfeff));
        assertEquals("U+000A", Shown.character('\n'));
        assertEquals("U+E0001", Shown.character(0xe0001));
        assertEquals("aU+001B[2J", Shown.brief("a\u001b[2J"));
        assertEquals("\"a\\u001b[2J\"", Shown.quote("a\u001b[2J"));
    }

    @Test
    void whatLooksLikeASpaceOrIsNoCharacterIsShownByItsNumberToo() {
        for (int c : new int[] {0xa0, 0x1680, 0x2003, 0x202f, 0x3000, 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800, 0xd83d,
            0xde00, 0x378, 0xfffe, 0x1fffe}) {
            assertEquals(String.format("U+%04X", c), Shown.character(c));
            assertEquals(String.format("aU+%04Xb", c), Shown.brief("a" + Character.toString(c) + "b"));
        }
        for (String shown : new String[] {" ", "\u00e9", "\u0633", "\uac00", "\ud83d\ude00"}) {
            assertEquals("'" + shown + "'", Shown.character(shown.codePointAt(0)));
        }
        assertEquals("\"\ud83d\ude00 \\ud83d \\u00a0\\udb40\\udc01\"",
                Shown.quote("\ud83d\ude00 \ud83d \u00a0\udb40\udc01"));
    }

    @Test
    void aTextKeepsItsLinesAndTabsButNothingThatATerminalObeys() {
        assertEquals("a\n\tb", Shown.text("a\n\tb"));
        assertEquals("a\r\n\r\nb\r\n", Shown.text("a\r\n\r\nb\r\n"));
        assertEquals("aU+000DbU+000D\r\nU+000D", Shown.text("a\rb\r\r\n\r"));
        assertEquals("U+001B[31mU+0007U+000DU+0000U+009BU+007F", Shown.text("\u001b[31m\u0007\r\0\u009b\u007f"));
        assertEquals("U+202EabcU+2066", Shown.text("\u202eabc\u2066"));
        assertEquals("\ud83d\ude00 \u0633\u200d\u00e9", Shown.text("\ud83d\ude00 \u0633\u200d\u00e9"));
    }

    @Property
    void aMessageIsALineOfAtMostThreeHundredCharacters(@ForAll String start, @ForAll String end) {
        for (String message : new String[] {start, start.repeat(40) + end.repeat(40), "\n" + start + "\r\n" + end}) {
            String shown = Shown.message(message);
            assertTrue(shown.length() <= Shown.MAX_MESSAGE, shown);
            assertTrue(shown.codePoints().noneMatch(Shown::isInvisible), shown);
        }
    }

    @Test
    void aLongMessageKeepsTheNameAtItsBeginningAndTheRemedyAtItsEnd() {
        String shown = Shown.message("model.json", "holds " + "x".repeat(100_000) + "; leave it out");
        assertEquals(300, shown.length());
        assertTrue(shown.startsWith("model.json: holds x") && shown.contains("x...x"), shown);
        assertTrue(shown.endsWith("x; leave it out"), shown);
        String folder = "/folder".repeat(200) + "/model.json";
        shown = Shown.message(folder, "is missing; save it again");
        assertTrue(shown.startsWith("...") && shown.endsWith("/folder/model.json: is missing; save it again"), shown);
    }
}
