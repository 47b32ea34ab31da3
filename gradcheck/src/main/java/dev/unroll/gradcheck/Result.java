package dev.unroll.gradcheck;

import java.util.List;

/**
 * What a check found.
 *
 * @param name of the function
 * @param inputs their types and shapes
 * @param mode how it was checked
 * @param seed of everything that was drawn
 * @param draws how often inputs were drawn, more than once where differences first fell on a kink
 * @param comparisons how many derivatives were compared
 * @param wrong how many of them were further apart than their tolerance
 * @param undecided how many could not be judged, the difference's own error being too large
 * @param worst the comparison that was the furthest apart in tolerances, or could be judged the least; null if none was
 *     made
 * @param faults what else is wrong, a line each
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
        List<String> faults) {
    /** What a check says in the end. */
    public enum Verdict {
        /** All gradients agree with the differences. */
        RIGHT,
        /** A gradient differs, or something else is wrong. */
        WRONG,
        /** Nothing wrong was seen, but some differences decide nothing: at a kink, or where all is ill-conditioned. */
        UNDECIDED
    }

    /** Copies the lists. */
    public Result {
        inputs = List.copyOf(inputs);
        faults = List.copyOf(faults);
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
        return undecided > 0 ? Verdict.UNDECIDED : Verdict.RIGHT;
    }

    /**
     * Fails unless the verdict is {@link Verdict#RIGHT}.
     *
     * @return this
     * @throws AssertionError with the whole result as its message
     */
    public Result orThrow() {
        if (verdict() != Verdict.RIGHT) {
            throw new AssertionError(toString());
        }
        return this;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("gradient check of ").append(name).append(inputs);
        text.append(": ").append(verdict()).append(" (").append(mode).append(", seed ").append(seed).append(')');
        if (wrong > 0) {
            text.append("\n  ").append(wrong).append(" of ").append(comparisons)
                    .append(" derivatives are wrong, the worst:");
        } else if (undecided > 0) {
            text.append("\n  ").append(undecided).append(" of ").append(comparisons)
                    .append(" derivatives cannot be judged: a kink is near, or the function is ill-conditioned here:");
        }
        if (worst != null) {
            text.append("\n  ").append(worst);
        }
        faults.forEach(fault -> text.append("\n  ").append(fault));
        return text.toString();
    }
}
