package dev.unroll.rnn.cell;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.operator.Linear;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Some perceptrons of input and state side by side, one for each gate. The first layers of those that read one state are
 * one matrix; what they see of the input is made by {@link #input} for all gates of the cell and all steps at once.
 */
final class DeepGates {
    private final Activation f;
    private final int first;
    private final Parameter recurrent;
    /** Of each gate its layers after the first; the last one has no nonlinearity. */
    private final List<List<Linear>> gates = new ArrayList<>();

    /** Declares {@code name.recurrent} and, of layer l after the first, {@code name.gate.l.weight} and a bias. */
    DeepGates(
            Parameters parameters, String name, Activation f, List<Integer> inside, int hidden, String... names) {
        if (inside.isEmpty()) {
            throw new IllegalArgumentException(name + ": a deep gate needs at least one layer inside");
        }
        this.f = f;
        first = inside.getFirst();
        recurrent = parameters.declare(
                name + ".recurrent", Initializer.uniformByUnits(hidden), hidden,
                Collections.nCopies(names.length, first));
        for (String gate : names) {
            List<Linear> layers = new ArrayList<>();
            for (int l = 0; l < inside.size(); l++) {
                int below = inside.get(l);
                int size = l + 1 < inside.size() ? inside.get(l + 1) : hidden;
                layers.add(new Linear(
                        parameters, name + "." + gate + "." + l, below, size, Initializer.uniformByUnits(below)));
            }
            gates.add(layers);
        }
    }

    /** What the first layers of so many gates see of the input, with their biases: {@code name.input}. */
    static Linear input(
            Parameters parameters, String name, int inputs, List<Integer> inside, int hidden, int gates) {
        Initializer initializer = Initializer.uniformByUnits(hidden);
        return new Linear(
                parameters, name + ".input", inputs, Collections.nCopies(gates, inside.getFirst()), initializer,
                initializer);
    }

    /** The columns of what {@link #input} makes that belong to these gates. */
    int columns() {
        return gates.size() * first;
    }

    /** What goes into the nonlinearities of the gates, side by side. */
    Variable step(Tape tape, Variable p, Variable h) {
        Variable hidden = tape.apply(CellOps.rnn(f), p, h, recurrent)[0];
        Variable all = null;
        for (int gate = 0; gate < gates.size(); gate++) {
            Variable z = tape.columns(hidden, (long) gate * first, first);
            List<Linear> layers = gates.get(gate);
            for (int l = 0; l < layers.size(); l++) {
                z = layers.get(l).apply(tape, l == 0 ? z : tape.activate(f, z));
            }
            all = all == null ? z : tape.concat(all, z);
        }
        return all;
    }
}
