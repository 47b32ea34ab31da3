package dev.unroll.rnn.data;

import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Formats long lists by their first elements. */
final class Shortened {
    private static final int SHOWN = 8;

    private Shortened() {}

    static String text(String noun, int count, IntFunction<String> element) {
        String shown = IntStream.range(0, Math.min(count, SHOWN)).mapToObj(element).collect(Collectors.joining(", "));
        return count + " " + noun + (count == 1 ? "" : "s") + " [" + shown + (count > SHOWN ? ", ..." : "") + "]";
    }
}
