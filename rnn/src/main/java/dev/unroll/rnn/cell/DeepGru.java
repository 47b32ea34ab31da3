package dev.unroll.rnn.cell;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.State;
import java.util.List;

/**
 * A GRU whose gates are multilayer perceptrons of input and state instead of single affine maps, as D2L ("Deep Recurrent
 * Neural Networks") has it for the LSTM: {@code r = sigmoid(R(x, h))}, {@code z = sigmoid(Z(x, h))},
 * {@code n = tanh(N(x, r h))}, {@code h' = (1 - z) n + z h}.
 *
 * <p>The perceptron with layers of sizes m_1, m_2, ... inside is {@code g_1 = f(x U + h W + b)},
 * {@code g_l = f(g_{l-1} W_l + b_l)}, and a last affine map to the size of the state. That of the candidate sees the state
 * through the reset gate, as in {@link ResetBeforeGru}: it has several products, and only in front of the first one is
 * what the gate resets the state.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class DeepGru implements Plus {
    private final int hidden;
    private final Linear input;
    private final DeepGates gates;
    private final DeepGates candidate;

    /**
     * Declares the parameters of its gates: {@code name.input.weight} and {@code name.input.bias}, whose columns are
     * {@code r z n}; {@code name.recurrent}, whose columns are {@code r z}, and of layer l after the first
     * {@code name.r.l.weight}, {@code name.r.l.bias} and the same of z; {@code name.candidate.recurrent},
     * {@code name.candidate.n.l.weight} and {@code name.candidate.n.l.bias}.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param f the nonlinearity inside the gates
     * @param inputs size, or how many ids there are
     * @param inside sizes of the layers inside every gate
     * @param hidden size of the state
     */
    public DeepGru(
            Parameters parameters, String name, Activation f, int inputs, List<Integer> inside, int hidden) {
        this.hidden = hidden;
        input = DeepGates.input(parameters, name, inputs, inside, hidden, 3);
        gates = new DeepGates(parameters, name, f, inside, hidden, "r", "z");
        candidate = new DeepGates(parameters, name + ".candidate", f, inside, hidden, "n");
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
        Variable h = previous.hidden();
        Variable rz = tape.sigmoid(gates.step(tape, tape.columns(p, 0, gates.columns()), h));
        Variable r = tape.columns(rz, 0, hidden);
        Variable z = tape.columns(rz, hidden, hidden);
        Variable ofCandidate = tape.columns(p, gates.columns(), candidate.columns());
        Variable n = tape.tanh(candidate.step(tape, ofCandidate, tape.multiply(r, h)));
        return State.of(tape.add(n, tape.multiply(z, tape.combine(1, h, -1, n))));
    }
}
