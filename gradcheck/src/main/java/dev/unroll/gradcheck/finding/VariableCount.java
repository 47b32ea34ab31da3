package dev.unroll.gradcheck.finding;

/**
 * The number of comparisons of the gradient of one input or parameter, and how many of them failed.
 *
 * @param name of the input or parameter
 * @param comparisons with the differences: derivatives, or directions in a projected check
 * @param wrong how many of them were further apart than their tolerance
 * @param undecided how many could not be judged
 */
public record VariableCount(String name, long comparisons, long wrong, long undecided) {
    /**
     * Returns the counts of both together.
     *
     * @param other counts of the same input or parameter at another draw
     * @return counts by the same name
     */
    public VariableCount plus(VariableCount other) {
        return new VariableCount(
                name, comparisons + other.comparisons, wrong + other.wrong, undecided + other.undecided);
    }
}
