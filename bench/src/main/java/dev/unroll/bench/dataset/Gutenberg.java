package dev.unroll.bench.dataset;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Takes what Project Gutenberg adds to a book off it. */
final class Gutenberg {
    private static final String TRAILER = "End of the Project Gutenberg EBook";

    private Gutenberg() {}

    /**
     * The text before the trailer, without empty lines at its beginning and its end, its last line ended by a line
     * feed.
     *
     * @param bytes in ASCII or what extends it, with line feeds
     * @return the text; all of it if there is no trailer
     */
    static byte[] withoutTrailer(byte[] bytes) {
        int trailer = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(TRAILER); // a byte, a character
        int from = 0;
        int to = trailer < 0 ? bytes.length : trailer;
        while (from < to && bytes[from] == '\n') {
            from++;
        }
        while (from < to && bytes[to - 1] == '\n') {
            to--;
        }
        byte[] text = Arrays.copyOfRange(bytes, from, to + 1);
        text[to - from] = '\n';
        return text;
    }
}
