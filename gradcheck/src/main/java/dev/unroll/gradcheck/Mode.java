package dev.unroll.gradcheck;

/** How gradients are compared with differences. */
public enum Mode {
    /**
     * Every derivative of every output element by every input element: a backward run for each output element and four
     * forward runs for each input element. For small sizes.
     */
    FULL_JACOBIAN("full Jacobian"),
    /**
     * {@code <u, J v>} by differences against {@code <J^T u, v>} by backward, for random u and, input by input,
     * random v of elements of equal size and random sign: a backward run for each direction and four forward runs for
     * each direction and input, whatever the sizes.
     *
     * <p>A single wrong element of a gradient changes {@code <J^T u, v>} by its whole error in every direction, since
     * no element of v is small. It is seen if its error is above the tolerance, {@value GradCheck#TOLERANCE} of the
     * gradient's Euclidean norm and the difference's own error. Two wrong elements whose errors are exactly equal in
     * size hide each other in a direction with probability 1/2, and in all of them with that to the power of the
     * directions.
     */
    PROJECTED("projected");

    private final String text;

    Mode(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
