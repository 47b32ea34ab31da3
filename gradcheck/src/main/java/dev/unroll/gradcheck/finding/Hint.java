package dev.unroll.gradcheck.finding;

/**
 * The likely cause of a failure, as a pattern in the failures points at it.
 *
 * @param kind of pattern
 * @param text one line for a person
 * @param element the worst element of the gradient, where one was looked for; otherwise the comparison in question
 */
public record Hint(Kind kind, String text, Comparison element) {
    /** The kinds of patterns. */
    public enum Kind {
        /** An input gets no gradient, though the function depends on it. */
        NO_GRADIENT,
        /** The whole gradient of an input has the wrong sign. */
        SIGN,
        /** The whole gradient of an input is off by the number of its, or the outputs', rows. */
        BATCH_SIZE,
        /** The whole gradient of an input is off by one factor. */
        FACTOR,
        /** What flows through one of several outputs is missing or off by a factor. */
        ONE_OUTPUT,
        /** The gradient is transposed, or a matrix was used where its transpose was meant. */
        TRANSPOSED,
        /** What flows through one row of an output is missing, or there twice. */
        ONE_ROW_OF_AN_OUTPUT,
        /** What flows through the last rows of an output is missing: the last step, where rows are steps. */
        LAST_STEP,
        /** What flows through the first rows of an output is missing: the first step, where rows are steps. */
        FIRST_STEP,
        /** The rows or columns stand one too early or too late. */
        SHIFTED,
        /** Only one element is wrong. */
        ONE_ELEMENT,
        /** Only the last or first row or column is wrong. */
        BORDER,
        /** Only some rows or columns that follow each other are wrong. */
        BLOCK,
        /** The gradient is wrong around the point, not at it. */
        SECOND_ORDER,
        /** No pattern is seen. */
        NONE,
        /** Nothing wrong was seen, but the function has a kink. */
        KINK,
        /** Nothing wrong was seen, but differences are too inexact here. */
        ILL_CONDITIONED
    }

    @Override
    public String toString() {
        return text;
    }
}
