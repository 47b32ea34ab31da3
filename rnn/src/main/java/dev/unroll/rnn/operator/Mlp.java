package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A multilayer perceptron over every step alike: {@code h_l = f(h_{l-1} W_l + b_l)}; with shortcuts every layer after the
 * first sees the input too, {@code h_l = f(h_{l-1} W_l + x S_l + b_l)}. In front of a cell it is a deep input function,
 * behind one a deep output. Where units have several pieces, so have W, S and b.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class Mlp implements Layer, Predict {
    private final int outputs;
    private final List<Linear> layers = new ArrayList<>();
    private final List<Units.Function> functions = new ArrayList<>();
    /** Of layers 1, 2, ...; empty without shortcuts. */
    private final List<Parameter> shortcuts = new ArrayList<>();

    /**
     * Declares the parameters of layer l, {@code name.l.weight}, {@code name.l.bias} and {@code name.l.shortcut}, and what
     * its units learn.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param units of every layer
     * @param inputs size, or how many ids there are
     * @param sizes of the layers, at least one
     * @param withShortcuts whether every layer sees the input
     */
    public Mlp(
            Parameters parameters, String name, Units units, int inputs, List<Integer> sizes, boolean withShortcuts) {
        this(parameters, name, units, inputs, sizes, withShortcuts, true);
    }

    /**
     * The same, maybe without biases.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param units of every layer
     * @param inputs size, or how many ids there are
     * @param sizes of the layers, at least one
     * @param withShortcuts whether every layer sees the input
     * @param withBias whether layers have biases
     */
    public Mlp(
            Parameters parameters, String name, Units units, int inputs, List<Integer> sizes, boolean withShortcuts,
            boolean withBias) {
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException(name + ": a perceptron needs at least one layer");
        }
        outputs = sizes.getLast();
        int below = inputs;
        for (int l = 0; l < sizes.size(); l++) {
            String layer = name + "." + l;
            int size = sizes.get(l);
            List<Integer> widths = Collections.nCopies(units.pieces(), size);
            Initializer initializer = Initializer.uniformByUnits(below);
            layers.add(new Linear(parameters, layer, below, widths, initializer, withBias ? initializer : null));
            if (withShortcuts && l > 0) {
                Initializer ofShortcut = Initializer.uniformByUnits(inputs);
                shortcuts.add(parameters.declare(layer + ".shortcut", ofShortcut, inputs, widths));
            }
            functions.add(units.declare(parameters, layer, size));
            below = size;
        }
    }

    @Override
    public List<Integer> stateSizes() {
        return List.of();
    }

    @Override
    public int outputs() {
        return outputs;
    }

    @Override
    public boolean runsPacked() {
        return true;
    }

    @Override
    public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        return new Unrolled(predict(tape, SequenceRows.withoutPadding(tape, layout, x)), initial);
    }

    @Override
    public Variable predict(Tape tape, Variable x) {
        Variable h = x;
        for (int l = 0; l < layers.size(); l++) {
            Variable sum = layers.get(l).apply(tape, h);
            if (l > 0 && !shortcuts.isEmpty()) {
                sum = tape.add(sum, Linear.product(tape, x, shortcuts.get(l - 1)));
            }
            h = functions.get(l).of(tape, sum);
        }
        return h;
    }
}
