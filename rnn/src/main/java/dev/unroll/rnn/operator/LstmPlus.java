package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import java.util.List;

/**
 * The LSTM with forget gates (Hochreiter and Schmidhuber 1997; Gers et al. 2000), without peepholes. The columns of its
 * matrices are the gates {@code i f g o}, in PyTorch's order.
 */
public final class LstmPlus implements Plus {
    private final int hidden;
    private final Linear input;
    private final Parameter recurrent;

    /**
     * Declares its parameters, {@code name.input.weight}, {@code name.input.bias} and {@code name.recurrent}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param hidden size of the hidden and of the cell state
     */
    public LstmPlus(Parameters parameters, String name, int inputs, int hidden) {
        Initializer initializer = Initializer.uniformByUnits(hidden);
        this.hidden = hidden;
        input = new Linear(parameters, name + ".input", inputs, 4 * hidden, initializer);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, 4L * hidden);
    }

    @Override
    public List<Integer> stateSizes() {
        return List.of(hidden, hidden);
    }

    @Override
    public Variable project(Tape tape, Variable x) {
        return input.apply(tape, x);
    }

    @Override
    public State step(Tape tape, Variable p, State previous) {
        return State.of(tape.lstm(p, previous.hidden(), previous.parts().get(1), recurrent));
    }
}
