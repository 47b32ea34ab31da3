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
 * The LSTM with forget gates (Hochreiter and Schmidhuber 1997; Gers et al. 2000), without peepholes; its hidden state may
 * be projected to a smaller one (Sak et al. 2014). The columns of its matrices are the gates {@code i f g o}, in PyTorch's
 * order.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class LstmPlus implements Plus {
    private final int cell;
    private final int hidden;
    private final Linear input;
    private final Parameter recurrent;
    /** Null where the hidden state is as large as the cell state. */
    private final Parameter projection;

    /**
     * Declares its parameters, {@code name.input.weight}, {@code name.input.bias} and {@code name.recurrent}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param hidden size of the hidden and of the cell state
     */
    public LstmPlus(Parameters parameters, String name, int inputs, int hidden) {
        this(parameters, name, inputs, hidden, hidden, Initializer.uniformByUnits(hidden));
    }

    /**
     * The same with more to choose; a hidden state smaller than the cell state comes from a further parameter,
     * {@code name.projection}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param cell size of the cell state
     * @param hidden size of the hidden state
     * @param ofBias initializer, null for a cell without a bias
     */
    public LstmPlus(Parameters parameters, String name, int inputs, int cell, int hidden, Initializer ofBias) {
        if (hidden > cell) {
            throw new IllegalArgumentException(
                    name + ": a projection to " + hidden + " must not be larger than the cell state of " + cell);
        }
        Initializer initializer = Initializer.uniformByUnits(cell);
        List<Integer> gates = Collections.nCopies(4, cell);
        this.cell = cell;
        this.hidden = hidden;
        input = new Linear(parameters, name + ".input", inputs, gates, initializer, ofBias);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, gates);
        projection = hidden == cell ? null : parameters.declare(name + ".projection", initializer, cell, hidden);
    }

    @Override
    public List<Integer> stateSizes() {
        return List.of(hidden, cell);
    }

    @Override
    public Variable project(Tape tape, Variable x) {
        return input.apply(tape, x);
    }

    @Override
    public State step(Tape tape, Variable p, State previous) {
        Variable[] next = tape.apply(CellOps.LSTM, p, previous.hidden(), previous.parts().get(1), recurrent);
        return State.of(projection == null ? next[0] : tape.matmul(next[0], projection), next[1]);
    }
}
