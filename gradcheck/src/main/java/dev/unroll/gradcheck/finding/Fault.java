package dev.unroll.gradcheck.finding;

/**
 * A fault of a checked function other than the size of a gradient.
 *
 * @param kind of fault
 * @param text one line for a person, with the place and the numbers
 * @param cause what the function threw, for {@link Kind#THROWS} and {@link Kind#NOT_IMPLEMENTED}; otherwise mostly null
 */
public record Fault(Kind kind, String text, Throwable cause) {
    /** The kinds of faults. */
    public enum Kind {
        /** It returned no output, or null among its outputs. */
        RETURNS_NOTHING,
        /** An output, or a claimed gradient, is of another type or size than it must be. */
        RETURNS_THE_WRONG_TYPE,
        /** It returned other shapes, or another number of outputs, than the first time. */
        RETURNS_ANOTHER_SHAPE,
        /** It threw an exception, forward or backward. */
        THROWS,
        /** Its backward threw {@link UnsupportedOperationException}: it, or a part of it, is still to be written. */
        NOT_IMPLEMENTED,
        /** An output or a gradient is infinite or not a number. */
        NOT_FINITE,
        /** It gave other bits when it ran again. */
        NOT_DETERMINISTIC,
        /** Its results depend on memory that it did not write before. */
        READS_UNWRITTEN_MEMORY,
        /** It, or its backward, wrote to what it was given. */
        CHANGES_INPUTS,
        /** Backward wrote to the outputs. */
        CHANGES_OUTPUTS,
        /** Backward does not add to the gradient that is there already. */
        DOES_NOT_ACCUMULATE,
        /** The gradient is not linear in the gradients of the outputs: not the sum of those for each, or not 0 for none. */
        NOT_LINEAR,
        /** A constant got a gradient. */
        GRADIENT_OF_A_CONSTANT,
        /** The gradient of an input changes when other inputs are constants. */
        DEPENDS_ON_CONSTANTS,
        /** One variable that is given as two inputs does not get the sum of what the two get. */
        DEPENDS_ON_ALIASES,
        /** A pool of another number of threads gives something else. */
        DEPENDS_ON_THREADS,
        /** Inputs whose rows do not follow each other in memory give something else. */
        DEPENDS_ON_STRIDES,
        /** The kernels of F32 are further from those of F64 than their roundings explain. */
        WRONG_IN_SINGLE_PRECISION,
        /** Its values are others than those of the reference that was given. */
        DIFFERS_FROM_REFERENCE,
        /** Its values or gradients are others than those of the function that it must be the same as. */
        DIFFERS_FROM_OTHER_PATH
    }

    /**
     * Creates a fault without a cause.
     *
     * @param kind of fault
     * @param text one line for a person
     */
    public Fault(Kind kind, String text) {
        this(kind, text, null);
    }

    @Override
    public String toString() {
        return text;
    }
}
