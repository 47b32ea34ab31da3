package dev.unroll.bench.cli.common;

import dev.unroll.rnn.io.Shown;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The value of {@code --recompute}: in which segments activations are recomputed.
 *
 * @param steps of a segment; 0 for about the square root of those of a sequence
 */
public record RecomputeOption(int steps) {
    private static final String AUTO = "auto";

    /** Returns the steps of a segment of sequences of so many steps. */
    public int stepsOf(int all) {
        return isAuto() ? (int) Math.ceil(Math.sqrt(all)) : steps;
    }

    /** Returns whether the length of segments follows that of sequences. */
    public boolean isAuto() {
        return steps == 0;
    }

    /** Reads {@code auto} or a number. */
    public static final class Converter implements ITypeConverter<RecomputeOption> {
        @Override
        public RecomputeOption convert(String text) {
            if (text.toLowerCase(Locale.ROOT).equals(AUTO)) {
                return new RecomputeOption(0);
            }
            try {
                int steps = Integer.parseInt(text);
                if (steps >= 1) {
                    return new RecomputeOption(steps);
                }
            } catch (NumberFormatException _) {
                // told below
            }
            throw new TypeConversionException(
                    "expected auto or a number of steps of at least 1, not " + Shown.quote(text));
        }
    }
}
