package dev.unroll.rnn.cell;

import dev.unroll.rnn.autograd.CellOps;
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
 * The GRU as it was published (Cho et al. 2014), with the reset gate before the matrix product:
 * {@code r = sigmoid(x U_r + h W_r + b_r)}, {@code z = sigmoid(x U_z + h W_z + b_z)},
 * {@code n = tanh(x U_n + (r h) W_n + b_n)}, {@code h' = (1 - z) n + z h}. {@link GruPlus} has the reset after it.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class ResetBeforeGru implements Plus {
    private final int hidden;
    private final Linear input;
    private final Parameter recurrent;
    private final Parameter candidate;

    /**
     * Declares its parameters: {@code name.input.weight} and {@code name.input.bias}, whose columns are {@code r z n},
     * {@code name.recurrent}, whose columns are {@code r z}, and {@code name.candidate.recurrent}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param hidden size of the state
     * @param ofBias initializer, null for a cell without biases
     */
    public ResetBeforeGru(Parameters parameters, String name, int inputs, int hidden, Initializer ofBias) {
        Initializer initializer = Initializer.uniformByUnits(hidden);
        List<Integer> gates = Collections.nCopies(3, hidden);
        this.hidden = hidden;
        input = new Linear(parameters, name + ".input", inputs, gates, initializer, ofBias);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, gates.subList(0, 2));
        candidate = parameters.declare(name + ".candidate.recurrent", initializer, hidden, hidden);
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
        return State.of(tape.apply(CellOps.RESET_BEFORE_GRU, p, previous.hidden(), recurrent, candidate)[0]);
    }
}
