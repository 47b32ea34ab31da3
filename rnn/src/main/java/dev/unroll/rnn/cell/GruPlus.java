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
 * The GRU (Cho et al. 2014) with the reset gate after the matrix product, as cuDNN and PyTorch have it. The columns of
 * its matrices are the gates {@code r z n}; the candidate has a bias of its own inside the reset.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class GruPlus implements Plus {
    private final int hidden;
    private final Linear input;
    private final Parameter recurrent;
    /** Null for a cell without biases. */
    private final Parameter candidateBias;

    /**
     * Declares its parameters, {@code name.input.weight}, {@code name.input.bias}, {@code name.recurrent} and
     * {@code name.candidate.bias}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param hidden size of the state
     */
    public GruPlus(Parameters parameters, String name, int inputs, int hidden) {
        this(parameters, name, inputs, hidden, Initializer.uniformByUnits(hidden));
    }

    /**
     * The same with another initializer of the biases.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param hidden size of the state
     * @param ofBias null for a cell without biases
     */
    public GruPlus(Parameters parameters, String name, int inputs, int hidden, Initializer ofBias) {
        Initializer initializer = Initializer.uniformByUnits(hidden);
        List<Integer> gates = Collections.nCopies(3, hidden);
        this.hidden = hidden;
        input = new Linear(parameters, name + ".input", inputs, gates, initializer, ofBias);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, gates);
        candidateBias = ofBias == null ? null : parameters.declare(name + ".candidate.bias", ofBias, hidden);
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
        Variable bias = candidateBias != null ? candidateBias : tape.zeros(1, hidden);
        return State.of(tape.apply(CellOps.GRU, p, previous.hidden(), recurrent, bias)[0]);
    }
}
