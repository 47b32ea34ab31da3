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
 * Some perceptrons of input and state side by side, one for each gate. Their first layers are one matrix, whose input
 * part is made for all steps at once.
 */
final class DeepGates {
    private final Activation f;
    private final int first;
    private final Linear input;
    private final Parameter recurrent;
    /** Of each gate its layers after the first; the last one has no nonlinearity. */
    private final List<List<Linear>> gates = new ArrayList<>();

    DeepGates(
            Parameters parameters, String name, Activation f, int inputs, List<Integer> inside, int hidden, int count) {
        if (inside.isEmpty()) {
            throw new IllegalArgumentException(name + ": a deep gate needs at least one layer inside");
        }
        this.f = f;
        first = inside.getFirst();
        Initializer initializer = Initializer.uniformByUnits(hidden);
        input = new Linear(parameters, name + ".input", inputs, count * first, initializer);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, (long) count * first);
        for (int gate = 0; gate < count; gate++) {
            List<Linear> layers = new ArrayList<>();
            for (int l = 0; l < inside.size(); l++) {
                int below = inside.get(l);
                int size = l + 1 < inside.size() ? inside.get(l + 1) : hidden;
                layers.add(new Linear(
                        parameters, name + ".gate" + gate + "." + l, below, size, Initializer.uniformByUnits(below)));
            }
            gates.add(layers);
        }
    }

    Variable project(Tape tape, Variable x) {
        return input.apply(tape, x);
    }

    /** What goes into the nonlinearities of the gates, side by side. */
    Variable step(Tape tape, Variable p, Variable h) {
        Variable hidden = tape.rnn(f, p, h, recurrent);
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
