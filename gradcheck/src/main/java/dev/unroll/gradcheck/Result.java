package dev.unroll.gradcheck;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.finding.VariableCount;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The result of a check.
 *
 * @param name of the function
 * @param inputs their types and shapes
 * @param mode how it was checked
 * @param seed of everything that was drawn
 * @param draws how often inputs were drawn, more than once where differences first fell on a kink; the further draws of
 *     an op, of other sizes and of larger numbers, are not among them
 * @param comparisons how many derivatives were compared, those of the further draws among them
 * @param wrong how many of them were further apart than their tolerance
 * @param undecided how many could not be judged, the difference's own error being too large
 * @param worst the comparison that was the furthest apart in tolerances, or could be judged the least; null if none was
 *     made
 * @param hint what the failures point at, with the worst element; null if nothing failed
 * @param faults what else is wrong
 * @param notes remarks that hold whatever the verdict is, one line each: inputs that the function does not depend on,
 *     and what a projected check cannot see
 * @param variables the counts of each input and parameter with a gradient that was compared; second derivatives, and
 *     directions in which all move together, have counts of their own
 * @param derivatives the comparisons one by one, the first 1000 of them
 */
public record Result(
        String name,
        List<String> inputs,
        Mode mode,
        long seed,
        int draws,
        long comparisons,
        long wrong,
        long undecided,
        Comparison worst,
        Hint hint,
        List<Fault> faults,
        List<String> notes,
        List<VariableCount> variables,
        List<Comparison> derivatives) {
    /** The verdicts of a check. */
    public enum Verdict {
        /** All gradients agree with the differences. */
        RIGHT,
        /** A gradient differs, or something else is wrong. */
        WRONG,
        /**
         * Nothing wrong was seen, but not every gradient could be judged: the function has a kink here, or differences
         * are too inexact; the {@link Result#hint() hint} tells.
         */
        UNDECIDED;

        /**
         * Whether other inputs might give another verdict.
         *
         * @return true if nothing is wrong but not all is known to be right
         */
        public boolean isUndecided() {
            return this == UNDECIDED;
        }
    }

    /** Copies the lists. */
    public Result {
        inputs = List.copyOf(inputs);
        faults = List.copyOf(faults);
        notes = List.copyOf(notes);
        variables = List.copyOf(variables);
        derivatives = List.copyOf(derivatives);
    }

    /**
     * The verdict.
     *
     * @return right only if every gradient could be judged
     */
    public Verdict verdict() {
        if (wrong > 0 || !faults.isEmpty()) {
            return Verdict.WRONG;
        }
        return undecided == 0 ? Verdict.RIGHT : Verdict.UNDECIDED;
    }

    /** Returns the same with one note more. */
    Result with(String note) {
        List<String> more = Stream.concat(notes.stream(), Stream.of(note)).toList();
        return new Result(
                name, inputs, mode, seed, draws, comparisons, wrong, undecided, worst, hint, faults, more, variables,
                derivatives);
    }

    /**
     * Fails unless the verdict is {@link Verdict#RIGHT}.
     *
     * @return this
     * @throws AssertionError with the whole result as its message, and what the function threw as its cause
     */
    public Result orThrow() {
        if (verdict() != Verdict.RIGHT) {
            throw new AssertionError(
                    toString(), faults.stream().map(Fault::cause).filter(c -> c != null).findFirst().orElse(null));
        }
        return this;
    }

    /**
     * The result as plain Java values, as {@link dev.unroll.rnn.io.Json} writes them.
     *
     * @return a map with everything that {@link #toString()} tells; numbers that are not finite are strings
     */
    public Map<String, Object> values() {
        return Report.values(this);
    }

    /**
     * The result for programs.
     *
     * @return a JSON object, see {@link #values()}
     */
    public String json() {
        return Report.json(this);
    }

    /** The result for a person. */
    @Override
    public String toString() {
        return Report.text(this);
    }
}
