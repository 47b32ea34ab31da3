package dev.unroll.rnn.cell;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.State;
import java.util.List;

/**
 * The simple recurrent network, {@code h' = f(x U + b + h W)} (Elman 1990).
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class RnnPlus implements Plus {
    private final Activation f;
    private final int hidden;
    private final Linear input;
    private final Parameter recurrent;

    /**
     * Declares its parameters, {@code name.input.weight}, {@code name.input.bias} and {@code name.recurrent}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param f the nonlinearity
     * @param inputs size, or how many ids there are
     * @param hidden size of the state
     */
    public RnnPlus(Parameters parameters, String name, Activation f, int inputs, int hidden) {
        this(parameters, name, f, inputs, hidden, Initializer.uniformByUnits(hidden));
    }

    /**
     * The same with another initializer of the bias.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param f the nonlinearity
     * @param inputs size, or how many ids there are
     * @param hidden size of the state
     * @param ofBias null for a cell without a bias
     */
    public RnnPlus(
            Parameters parameters, String name, Activation f, int inputs, int hidden, Initializer ofBias) {
        Initializer initializer = Initializer.uniformByUnits(hidden);
        this.f = f;
        this.hidden = hidden;
        input = new Linear(parameters, name + ".input", inputs, hidden, initializer, ofBias);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, hidden);
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
        return State.of(tape.apply(CellOps.rnn(f), p, previous.hidden(), recurrent)[0]);
    }
}
