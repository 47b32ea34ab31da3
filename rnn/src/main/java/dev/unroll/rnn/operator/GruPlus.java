package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import java.util.List;

/**
 * The GRU (Cho et al. 2014) with the reset gate after the matrix product, as cuDNN and PyTorch have it. The columns of
 * its matrices are the gates {@code r z n}; the candidate has a bias of its own inside the reset.
 */
public final class GruPlus implements Plus {
    private final int hidden;
    private final Linear input;
    private final Parameter recurrent;
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
        Initializer initializer = Initializer.uniformByUnits(hidden);
        this.hidden = hidden;
        input = new Linear(parameters, name + ".input", inputs, 3 * hidden, initializer);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, 3L * hidden);
        candidateBias = parameters.declare(name + ".candidate.bias", initializer, hidden);
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
        return State.of(tape.gru(p, previous.hidden(), recurrent, candidateBias));
    }
}
