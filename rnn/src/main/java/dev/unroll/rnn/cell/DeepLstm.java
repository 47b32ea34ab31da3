package dev.unroll.rnn.cell;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.State;
import java.util.List;

/**
 * An LSTM whose gates are multilayer perceptrons of input and state instead of single affine maps (D2L, "Deep Recurrent
 * Neural Networks"); what the gates do is that of {@link LstmPlus}.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class DeepLstm implements Plus {
    private final int hidden;
    private final Linear input;
    private final DeepGates gates;

    /**
     * Declares the parameters of its gates, {@code name.input.weight}, {@code name.input.bias}, {@code name.recurrent}
     * and of layer l after the first {@code name.i.l.weight}, {@code name.i.l.bias}, and the same of the gates f, g and o.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param f the nonlinearity inside the gates
     * @param inputs size, or how many ids there are
     * @param inside sizes of the layers inside every gate
     * @param hidden size of the hidden and of the cell state
     */
    public DeepLstm(
            Parameters parameters, String name, Activation f, int inputs, List<Integer> inside, int hidden) {
        this.hidden = hidden;
        input = DeepGates.input(parameters, name, inputs, inside, hidden, 4);
        gates = new DeepGates(parameters, name, f, inside, hidden, "i", "f", "g", "o");
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
        return State
                .of(tape.apply(CellOps.LSTM_GATES, gates.step(tape, p, previous.hidden()), previous.parts().get(1)));
    }
}
