package dev.unroll.rnn.operator;

import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import java.util.List;

/**
 * An affine map {@code x W + b}, of numbers or of ids. An id stands for its one-hot row: the product is then a row of the
 * weights, and no product is computed.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class Linear implements Predict {
    private final Parameter weight;
    private final Parameter bias;

    /**
     * Declares the map's parameters, {@code name.weight} and {@code name.bias}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param outputs size
     * @param initializer of both
     */
    public Linear(Parameters parameters, String name, int inputs, int outputs, Initializer initializer) {
        this(parameters, name, inputs, outputs, initializer, initializer);
    }

    /**
     * Declares the map's parameters, {@code name.weight} and, if there is a bias, {@code name.bias}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param outputs size
     * @param ofWeight initializer
     * @param ofBias initializer, null for a map without a bias
     */
    public Linear(
            Parameters parameters, String name, int inputs, int outputs, Initializer ofWeight, Initializer ofBias) {
        this(parameters, name, inputs, List.of(outputs), ofWeight, ofBias);
    }

    /**
     * The same for several maps of one input that lie side by side, such as those of the gates of a cell.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param outputs the size of each map
     * @param ofWeight initializer
     * @param ofBias initializer of all biases, null for maps without biases
     */
    public Linear(
            Parameters parameters, String name, int inputs, List<Integer> outputs, Initializer ofWeight,
            Initializer ofBias) {
        weight = parameters.declare(name + ".weight", ofWeight, inputs, outputs);
        long all = outputs.stream().mapToLong(Integer::longValue).sum();
        bias = ofBias == null ? null : parameters.declare(name + ".bias", ofBias, all);
    }

    /**
     * Applies the map.
     *
     * @param tape to compute on
     * @param x {@code [m, inputs]}, or ids {@code [m]} of I32
     * @return {@code [m, outputs]}
     */
    public Variable apply(Tape tape, Variable x) {
        if (bias == null) {
            return product(tape, x, weight);
        }
        if (!isIds(x)) {
            return tape.affine(x, weight, bias);
        }
        // The bias is added where there are fewer rows: to the table of a small vocabulary, to the result of a large one.
        boolean smallTable = tape.decide(x, rows -> weight.shape()[0] <= rows);
        return smallTable
                ? tape.lookup(x, tape.addRow(weight, bias))
                : tape.addRow(tape.lookup(x, weight), bias);
    }

    /** {@code x W}, of numbers or of ids. */
    static Variable product(Tape tape, Variable x, Variable w) {
        return isIds(x) ? tape.lookup(x, w) : tape.matmul(x, w);
    }

    static boolean isIds(Variable x) {
        return x.value().type() == ElementType.I32;
    }

    @Override
    public Variable predict(Tape tape, Variable h) {
        return apply(tape, h);
    }
}
