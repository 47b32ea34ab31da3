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
    /** The largest size; products of sizes that are within it do not overflow. */
    static final int MAX_SIZE = 1 << 24;

    /** The most layers. */
    static final int MAX_LAYERS = 1_000;

    /** Checks the sizes. */
    public ModelSpec {
        check("inputs", inputs, MAX_SIZE);
        check("hidden size", hidden, MAX_SIZE);
        check("layers", layers, MAX_LAYERS);
        check("outputs", outputs, MAX_SIZE);
    }

    private static void check(String what, int size, int max) {
        if (size <= 0 || size > max) {
            throw new IllegalArgumentException(what + " must be from 1 to " + max + ", not " + size);
        }
    }

    @Override
    public String toString() {
        return cell + " " + layers + " x " + hidden + ", " + inputs + " inputs, " + outputs + " outputs";
    }
}
