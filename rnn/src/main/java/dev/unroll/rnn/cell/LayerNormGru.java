package dev.unroll.rnn.cell;

import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.State;
import java.util.Collections;
import java.util.List;

/**
 * A layer-normalized GRU after Ba, Kiros and Hinton 2016: {@code (a_r a_z a_n) = LN(x U)},
 * {@code (b_r b_z b_n) = LN(h W)}, {@code r = sigmoid(a_r + b_r)}, {@code z = sigmoid(a_z + b_z)},
 * {@code n = tanh(a_n + r b_n)}, {@code h' = (1 - z) n + z h}, each LN with a gain and a bias of its own. The reset is
 * after the product, as in {@link GruPlus}. All three gates are normalized as one row; the paper normalizes the
 * candidate's apart.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class LayerNormGru implements Plus {
    private final int hidden;
    private final Linear input;
    private final LayerNormalization ofInput;
    private final Parameter recurrent;
    private final LayerNormalization ofRecurrent;

    /**
     * Declares its parameters: {@code name.input.weight} and {@code name.recurrent}, whose columns are {@code r z n},
     * and a gain and a bias of {@code name.input} and {@code name.recurrent}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param hidden size of the state
     * @param ofBias initializer of the input's bias, the other starts with zeros; null for a cell without biases
     */
    public LayerNormGru(Parameters parameters, String name, int inputs, int hidden, Initializer ofBias) {
        Initializer initializer = Initializer.uniformByUnits(hidden);
        List<Integer> gates = Collections.nCopies(3, hidden);
        this.hidden = hidden;
        input = new Linear(parameters, name + ".input", inputs, gates, initializer, null);
        ofInput = new LayerNormalization(parameters, name + ".input", 3 * hidden, ofBias);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, gates);
        ofRecurrent = new LayerNormalization(
                parameters, name + ".recurrent", 3 * hidden, ofBias == null ? null : Initializer.zeros());
    }

    @Override
    public List<Integer> stateSizes() {
        return List.of(hidden);
    }

    @Override
    public Variable project(Tape tape, Variable x) {
        return ofInput.apply(tape, input.apply(tape, x));
    }

    @Override
    public State step(Tape tape, Variable p, State previous) {
        Variable h = previous.hidden();
        Variable q = ofRecurrent.apply(tape, tape.matmul(h, recurrent));
        Variable gates = tape.sigmoid(tape.add(tape.columns(p, 0, 2L * hidden), tape.columns(q, 0, 2L * hidden)));
        Variable r = tape.columns(gates, 0, hidden);
        Variable z = tape.columns(gates, hidden, hidden);
        Variable kept = tape.multiply(r, tape.columns(q, 2L * hidden, hidden));
        Variable n = tape.tanh(tape.add(tape.columns(p, 2L * hidden, hidden), kept));
        return State.of(tape.add(n, tape.multiply(z, tape.combine(1, h, -1, n))));
    }
}
