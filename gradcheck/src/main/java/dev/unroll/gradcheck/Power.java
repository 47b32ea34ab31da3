package dev.unroll.gradcheck;

import dev.unroll.rnn.io.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The strength of a check, measured at the function that it checks: the function's own backward is made wrong in many
 * mechanical ways, and the check runs for each of them.
 *
 * @param check the result of the check of the function as it is, which is right
 * @param mutants the wrong gradients that were tried
 * @param smallest the smallest errors that are caught, for each input and parameter that gets a gradient
 */
public record Power(Result check, List<Mutant> mutants, List<SmallestError> smallest) {
    /** What became of a wrong gradient. */
    public enum Outcome {
        /** The check called it wrong. */
        CAUGHT,
        /** The check did not call it wrong, though at some inputs it differs from the right one. */
        MISSED,
        /** At no inputs that were tried it differs from the right gradient, as the transpose of a row does not. */
        CHANGES_NOTHING
    }

    /**
     * A wrong gradient.
     *
     * @param of the input or parameter whose gradient is wrong
     * @param text what is wrong with it, such as {@code lacks its last row}
     * @param outcome whether it was caught
     * @param seen for a missed one, where it differs from the right gradient and by how much; otherwise empty
     */
    public record Mutant(String of, String text, Outcome outcome, String seen) {
        @Override
        public String toString() {
            return "the gradient of " + of + " " + text + (seen.isEmpty() ? "" : ": " + seen);
        }
    }

    /**
     * The smallest errors of a gradient that the check calls wrong, each a power of ten; all larger ones down from 0.1
     * are called wrong too. Infinite if not even an error of 0.1 is.
     *
     * @param of the input or parameter
     * @param ofAll the relative error of the whole gradient, by one factor
     * @param ofElement the error of one element, relative to the root mean square of the gradient
     */
    public record SmallestError(String of, double ofAll, double ofElement) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%s: relative errors from %.0e of the whole gradient and from %.0e of one element",
                    of, ofAll, ofElement);
        }
    }

    /** Copies the lists. */
    public Power {
        mutants = List.copyOf(mutants);
        smallest = List.copyOf(smallest);
    }

    /**
     * Returns the number of wrong gradients with an outcome.
     *
     * @param outcome any
     * @return how many there are
     */
    public long count(Outcome outcome) {
        return mutants.stream().filter(mutant -> mutant.outcome() == outcome).count();
    }

    /**
     * Returns the wrong gradients that the check does not see.
     *
     * @return those of {@link Outcome#MISSED}, in the order of the mutants
     */
    public List<Mutant> missed() {
        return mutants.stream().filter(mutant -> mutant.outcome() == Outcome.MISSED).toList();
    }

    /**
     * Returns the share of the wrong gradients that was caught; those that change nothing do not count.
     *
     * @return from 0 to 100; 100 if there are none
     */
    public double percent() {
        long caught = count(Outcome.CAUGHT);
        long missed = count(Outcome.MISSED);
        return missed == 0 ? 100 : 100.0 * caught / (caught + missed);
    }

    /**
     * Returns the measurement as plain Java values, as {@link Json} writes them.
     *
     * @return a map with everything that {@link #toString()} tells
     */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("name", check.name());
        values.put("mode", check.mode().toString());
        values.put("seed", check.seed());
        values.put("percent", percent());
        for (Outcome outcome : Outcome.values()) {
            values.put(outcome.name().toLowerCase(Locale.ROOT), count(outcome));
        }
        values.put("missed_mutants", missed().stream().map(Mutant::toString).toList());
        List<Map<String, Object>> errors = new ArrayList<>();
        for (SmallestError error : smallest) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("of", error.of());
            each.put("of_all", Report.number(error.ofAll()));
            each.put("of_element", Report.number(error.ofElement()));
            errors.add(each);
        }
        values.put("smallest", errors);
        return values;
    }

    /** Returns the measurement for a person. */
    @Override
    public String toString() {
        long caught = count(Outcome.CAUGHT);
        StringBuilder text = new StringBuilder("power of the check of ").append(check.name()).append(check.inputs());
        text.append(String.format(
                Locale.ROOT, " (%s, seed %d): %.4g%% of the wrong gradients, %d of %d", check.mode(), check.seed(),
                percent(), caught, caught + missed().size()));
        if (count(Outcome.CHANGES_NOTHING) > 0) {
            text.append("; ").append(count(Outcome.CHANGES_NOTHING)).append(" more change nothing");
        }
        smallest.forEach(error -> text.append("\n  caught of ").append(error));
        missed().forEach(mutant -> text.append("\n  missed: ").append(mutant));
        if (!missed().isEmpty()) {
            text.append("\n  look at more inputs with repeat(n), or at larger ones with sizesUpTo(n)");
        }
        return text.toString();
    }
}
