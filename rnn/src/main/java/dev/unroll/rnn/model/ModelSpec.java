package dev.unroll.rnn.model;

/**
 * The description of a stack of recurrent layers with a linear output: all that is needed to build it, but its values.
 *
 * @param cell of every layer
 * @param inputs size of an input, or how many ids there are
 * @param hidden size of every layer
 * @param layers how many
 * @param outputs size of an output
 */
public record ModelSpec(Cell cell, int inputs, int hidden, int layers, int outputs) {
    /** Checks the sizes. */
    public ModelSpec {
        check("inputs", inputs);
        check("hidden size", hidden);
        check("layers", layers);
        check("outputs", outputs);
    }

    private static void check(String what, int size) {
        if (size <= 0) {
            throw new IllegalArgumentException(what + " must be at least 1, not " + size);
        }
    }

    @Override
    public String toString() {
        return cell + " " + layers + " x " + hidden + ", " + inputs + " inputs, " + outputs + " outputs";
    }
}
