package dev.unroll.gradcheck;

/** The ways in which gradients are compared with differences. */
public enum Mode {
    /**
     * Every derivative of every output element by every input element: a backward run for each output element, two that
     * ask whether backward is linear in them, and four forward runs for each input element, more where one step does
     * not suffice. For small sizes.
     */
    FULL_JACOBIAN("full Jacobian"),
    /**
     * {@code <u, J v>} by differences against {@code <J^T u, v>} by backward, for random u and, input by input, random
     * v, all elements of random sign and from half to one and a half times a size: a backward run for each direction
     * and four forward runs for each direction and input, more where one step does not suffice, whatever the sizes.
     *
     * <p>A single wrong element of a gradient is seen in every direction, since no element of u and v is small, if its
     * error is above the tolerance, which is the difference's own error. Where gradients of one input are of very
     * different sizes, one more direction makes the small ones count as much as the large ones. Errors of several
     * elements may hide each other; since the elements of v differ in size that takes a coincidence, whose probability
     * falls with the power of the directions. Where the inputs have more than 100,000 elements together, directions after
     * the second move all inputs at once, and none is taken after one that was wrong. {@link Result#notes()} give both in numbers.
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
