package dev.unroll.rnn.operator;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import java.util.ArrayList;
import java.util.List;

/**
 * A recurrent step with several layers in it (DT-RNN, Pascanu et al. 2014): {@code z_1 = f(h W_1 + x U_1 + b_1)},
 * {@code z_l = f(z_{l-1} W_l + b_l)}, and the last one is the new state. With shortcuts (DT(S)-RNN) every later layer
 * sees input and state too: {@code z_l = f(z_{l-1} W_l + h S_l + x U_l + b_l)}.
 */
public final class DeepTransition implements Plus {
    private final Activation f;
    private final List<Integer> sizes;
    /** All that is made of the input: {@code U_1}, with shortcuts {@code U_2}, ... beside it. */
    private final Linear input;
    private final Parameter recurrent;
    /** Of layers 2, 3, ... */
    private final List<Inner> inner = new ArrayList<>();

    /** A layer after the first: its bias stands in the input's part if it has one. */
    private record Inner(Parameter weight, Parameter bias, Parameter shortcut) {}

    /**
     * Declares its parameters, {@code name.input.weight}, {@code name.input.bias} and {@code name.recurrent}; and for
     * every layer l after the first {@code name.l.weight} and {@code name.l.bias} or {@code name.l.shortcut}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param f the nonlinearity after every layer
     * @param inputs size, or how many ids there are
     * @param sizes of the layers, at least one; the last one is the size of the state
     * @param withShortcuts whether every layer sees input and state
     */
    public DeepTransition(
            Parameters parameters, String name, Activation f, int inputs, List<Integer> sizes, boolean withShortcuts) {
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException(name + ": a transition needs at least one layer");
        }
        this.f = f;
        this.sizes = List.copyOf(sizes);
        int hidden = sizes.getLast();
        int projected = withShortcuts ? sizes.stream().mapToInt(Integer::intValue).sum() : sizes.getFirst();
        input = new Linear(parameters, name + ".input", inputs, projected, Initializer.uniformByUnits(hidden));
        recurrent = parameters.declare(
                name + ".recurrent", Initializer.uniformByUnits(hidden), hidden, sizes.getFirst());
        for (int l = 1; l < sizes.size(); l++) {
            String layer = name + "." + l;
            int below = sizes.get(l - 1);
            int size = sizes.get(l);
            Initializer initializer = Initializer.uniformByUnits(below);
            inner.add(new Inner(
                    parameters.declare(layer + ".weight", initializer, below, size),
                    withShortcuts ? null : parameters.declare(layer + ".bias", initializer, size),
                    withShortcuts
                            ? parameters.declare(
                                    layer + ".shortcut", Initializer.uniformByUnits(hidden), hidden, size)
                            : null));
        }
    }

    @Override
    public List<Integer> stateSizes() {
        return List.of(sizes.getLast());
    }

    @Override
    public Variable project(Tape tape, Variable x) {
        return input.apply(tape, x);
    }

    @Override
    public State step(Tape tape, Variable p, State previous) {
        Variable h = previous.hidden();
        int column = sizes.getFirst();
        Variable z = tape.rnn(f, tape.columns(p, 0, column), h, recurrent);
        for (int l = 1; l < sizes.size(); l++) {
            Inner layer = inner.get(l - 1);
            if (layer.shortcut() == null) {
                z = tape.activate(f, tape.affine(z, layer.weight(), layer.bias()));
            } else {
                Variable part = tape.columns(p, column, sizes.get(l));
                z = tape.rnn(f, part, z, layer.weight(), h, layer.shortcut());
                column += sizes.get(l);
            }
        }
        return State.of(z);
    }
}
