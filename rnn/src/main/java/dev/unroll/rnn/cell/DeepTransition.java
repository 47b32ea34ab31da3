package dev.unroll.rnn.cell;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.operator.Units;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A recurrent step with several layers in it (DT-RNN, Pascanu et al. 2014): {@code z_1 = f(h W_1 + x U_1 + b_1)},
 * {@code z_l = f(z_{l-1} W_l + b_l)}, and the last one is the new state. With shortcuts (DT(S)-RNN) every later layer
 * sees input and state too: {@code z_l = f(z_{l-1} W_l + h S_l + x U_l + b_l)}.
 *
 * <p>The layers before the last may have units of another kind, such as Lp units. The state itself always comes from f: it
 * goes through the same matrices at every step, and units that nothing bounds would let it grow without end.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class DeepTransition implements Plus {
    private final int hidden;
    /** All that is made of the input: {@code U_1}, with shortcuts {@code U_2}, ... beside it. */
    private final Linear input;
    private final Parameter recurrent;
    private final Stage first;
    /** Layers 2, 3, ... */
    private final List<Inner> inner = new ArrayList<>();

    /** The columns of a layer's affine map, and what they become. */
    private record Stage(int columns, Units.Function function) {}

    /** A layer after the first, null where it has none: with a shortcut its bias stands in the input's part. */
    private record Inner(Stage stage, Parameter weight, Parameter bias, Parameter shortcut) {
        Variable map(Tape tape, Variable z) {
            return bias == null ? tape.matmul(z, weight) : tape.affine(z, weight, bias);
        }
    }

    /**
     * A transition whose layers all have one nonlinearity.
     *
     * @param parameters to declare its parameters in
     * @param name the prefix of their names
     * @param f the nonlinearity after every layer
     * @param inputs size, or how many ids there are
     * @param sizes of the layers, at least one; the last one is the size of the state
     * @param withShortcuts whether every layer sees input and state
     */
    public DeepTransition(
            Parameters parameters, String name, Activation f, int inputs, List<Integer> sizes, boolean withShortcuts) {
        this(parameters, name, Units.of(f), f, inputs, sizes, withShortcuts, true);
    }

    /**
     * Declares its parameters, {@code name.input.weight}, {@code name.input.bias} and {@code name.recurrent}; for every
     * layer l after the first {@code name.l.weight} and {@code name.l.bias} or {@code name.l.shortcut}; and what the units
     * of layer l learn besides.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inside the units of the layers before the last
     * @param f the nonlinearity of the last layer
     * @param inputs size, or how many ids there are
     * @param sizes of the layers, at least one; the last one is the size of the state
     * @param withShortcuts whether every layer sees input and state
     * @param withBias whether layers have biases
     */
    public DeepTransition(
            Parameters parameters, String name, Units inside, Activation f, int inputs, List<Integer> sizes,
            boolean withShortcuts, boolean withBias) {
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException(name + ": a transition needs at least one layer");
        }
        hidden = sizes.getLast();
        int last = sizes.size() - 1;
        List<Units> units = new ArrayList<>(Collections.nCopies(last, inside));
        units.add(Units.of(f));
        List<Integer> projected = new ArrayList<>();
        for (int l = 0; l <= (withShortcuts ? last : 0); l++) {
            projected.addAll(widths(units.get(l), sizes.get(l)));
        }
        Initializer initializer = Initializer.uniformByUnits(hidden);
        input = new Linear(parameters, name + ".input", inputs, projected, initializer, withBias ? initializer : null);
        recurrent = parameters.declare(
                name + ".recurrent", initializer, hidden, widths(units.getFirst(), sizes.getFirst()));
        first = stage(parameters, name + ".0", units.getFirst(), sizes.getFirst());
        for (int l = 1; l <= last; l++) {
            String layer = name + "." + l;
            Inner declared = inner(parameters, layer, sizes.get(l - 1), units.get(l), sizes.get(l), withShortcuts,
                    withBias && !withShortcuts);
            inner.add(declared);
        }
    }

    private static List<Integer> widths(Units units, int size) {
        return Collections.nCopies(units.pieces(), size);
    }

    private static Stage stage(Parameters parameters, String layer, Units units, int size) {
        return new Stage(units.pieces() * size, units.declare(parameters, layer, size));
    }

    private Inner inner(
            Parameters parameters, String layer, int below, Units units, int size, boolean withShortcuts,
            boolean withBias) {
        List<Integer> widths = widths(units, size);
        Initializer initializer = Initializer.uniformByUnits(below);
        Parameter weight = parameters.declare(layer + ".weight", initializer, below, widths);
        Parameter shortcut = withShortcuts
                ? parameters.declare(layer + ".shortcut", Initializer.uniformByUnits(hidden), hidden, widths)
                : null;
        Parameter bias = withBias
                ? parameters.declare(layer + ".bias", initializer, (long) units.pieces() * size)
                : null;
        return new Inner(stage(parameters, layer, units, size), weight, bias, shortcut);
    }

    @Override
    public List<Integer> stateSizes() {
        return List.of(hidden);
    }

    @Override
    public Variable project(Tape tape, Variable x) {
        return input.apply(tape, x);
    }

    @Override
    public State step(Tape tape, Variable p, State previous) {
        Variable h = previous.hidden();
        int column = first.columns();
        Variable z = first.function().of(tape, tape.columns(p, 0, column), h, recurrent);
        for (Inner layer : inner) {
            Stage stage = layer.stage();
            if (layer.shortcut() == null) {
                z = stage.function().of(tape, layer.map(tape, z));
            } else {
                Variable part = tape.columns(p, column, stage.columns());
                z = stage.function().of(tape, part, z, layer.weight(), h, layer.shortcut());
                column += stage.columns();
            }
        }
        return State.of(z);
    }
}
