package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.BiFunction;

/**
 * Damaged inputs of a parser, by a seed. {@code -Dunroll.mutations=N} makes N of them in memory and N / 100 through files,
 * and prints how long each parser took.
 */
final class Mutations {
    static final int IN_MEMORY = Integer.getInteger("unroll.mutations", 4_000);
    static final int THROUGH_FILES = Math.max(100, IN_MEMORY / 100);

    /** What a change may put in: the signs of the formats, and numbers that have been believed elsewhere. */
    private static final List<byte[]> WORDS = List.of(
            bytes("{"), bytes("}"), bytes("["), bytes("]"), bytes("\""), bytes(","), bytes(":"), bytes("/"), bytes("="),
            bytes("0"), bytes("-1"), bytes("99999999"), bytes("9223372036854775807"), bytes("1e308"), bytes("1000x"),
            bytes("null"), bytes("\\u0000"), bytes("\\ud800"), bytes("lstm:11000"), bytes("dts:2x9,9"),
            bytes("gates=9,9"),
            bytes("\u001b[2J"), bytes("\n"), bytes("\u202e"), bytes("\ufeff"),
            new byte[] {0}, new byte[] {-1, -1, -1, 127}, new byte[] {0, 0, 0, 16});

    private Mutations() {}

    /** Parses; what it returns is not looked at. */
    interface Parser {
        void parse(byte[] input) throws Exception;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Runs a parser over damaged inputs: it takes them, or refuses them by an exception of one type whose message is a
     * line that one can read.
     */
    static void check(String name, int count, Class<? extends Exception> refusal, List<byte[]> sound, Parser parser) {
        long start = System.nanoTime();
        int refused = 0;
        for (int seed = 0; seed < count; seed++) {
            byte[] input = of(sound, seed);
            try {
                parser.parse(input);
            } catch (Throwable e) {
                if (!refusal.isInstance(e)) {
                    throw new AssertionError(name + ", mutation " + seed + ": " + shown(input), e);
                }
                requireReadable(name + ", mutation " + seed, e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > count / 10, name + ": only " + refused + " of " + count + " were refused; is it called?");
        if (Integer.getInteger("unroll.mutations") != null) {
            System.out.printf(Locale.ROOT, "%s: %,d mutations, %,d refused, %.1f s%n", name, count, refused,
                    (System.nanoTime() - start) / 1e9);
        }
    }

    static void requireReadable(String name, String message) {
        assertTrue(message != null && !message.isBlank(), name + " has no message");
        assertTrue(message.length() <= Shown.MAX_MESSAGE, () -> name + ": " + message.length() + " characters");
        assertTrue(message.codePoints().noneMatch(Shown::isInvisible), () -> name + ": " + shown(bytes(message)));
    }

    private static String shown(byte[] input) {
        return Shown.text(new String(input, 0, Math.min(input.length, 2_000), StandardCharsets.UTF_8));
    }

    private static byte[] of(List<byte[]> sound, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] input = sound.get(random.nextInt(sound.size())).clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            input = KINDS.get(random.nextInt(KINDS.size())).apply(input, random);
        }
        return input;
    }

    private static final List<BiFunction<byte[], SplittableRandom, byte[]>> KINDS = List.of(
            (input, random) -> { // one bit
                byte[] changed = input.clone();
                if (changed.length > 0) {
                    changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
                }
                return changed;
            },
            (input, random) -> { // a word put in
                byte[] word = WORDS.get(random.nextInt(WORDS.size()));
                return splice(input, random.nextInt(input.length + 1), 0, word);
            },
            (input, random) -> { // a word written over what is there
                byte[] word = WORDS.get(random.nextInt(WORDS.size()));
                return splice(input, random.nextInt(input.length + 1), word.length, word);
            },
            (input, random) -> splice(input, random.nextInt(input.length + 1), 1 + random.nextInt(20), new byte[0]),
            (input, random) -> { // a part that comes again
                int from = random.nextInt(input.length + 1);
                byte[] part = Arrays.copyOfRange(input, from, Math.min(input.length, from + 1 + random.nextInt(60)));
                return splice(input, random.nextInt(input.length + 1), 0, part);
            },
            (input, random) -> Arrays.copyOf(input, random.nextInt(input.length + 1)));

    private static byte[] splice(byte[] input, int at, int remove, byte[] insert) {
        int end = Math.min(input.length, at + remove);
        byte[] out = new byte[at + insert.length + input.length - end];
        System.arraycopy(input, 0, out, 0, at);
        System.arraycopy(insert, 0, out, at, insert.length);
        System.arraycopy(input, end, out, at + insert.length, input.length - end);
        return out;
    }
}
