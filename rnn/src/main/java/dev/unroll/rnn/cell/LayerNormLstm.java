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
 * The layer-normalized LSTM of Ba, Kiros and Hinton 2016, equations 20 to 22: {@code (i f g o) = LN(x U) + LN(h W)},
 * {@code c' = sigmoid(f) c + sigmoid(i) tanh(g)}, {@code h' = sigmoid(o) tanh(LN(c'))}, each LN with a gain and a bias
 * of its own. The first two normalize all four gates as one row; the bias of the gates is that of {@code LN(x U)}. The
 * hidden state may be projected to a smaller one, as in {@link LstmPlus}.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class LayerNormLstm implements Plus {
    private final int cell;
    private final int hidden;
    private final Linear input;
    private final LayerNormalization ofInput;
    private final Parameter recurrent;
    private final LayerNormalization ofRecurrent;
    private final LayerNormalization ofCell;
    /** Null where the hidden state is as large as the cell state. */
    private final Parameter projection;

    /**
     * Declares its parameters: {@code name.input.weight} and {@code name.recurrent}, whose columns are {@code i f g o},
     * a gain and a bias of {@code name.input}, {@code name.recurrent} and {@code name.cell}, and {@code name.projection}
     * of a hidden state that is smaller than the cell state.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param inputs size, or how many ids there are
     * @param cell size of the cell state
     * @param hidden size of the hidden state
     * @param ofBias initializer of the gates' bias, the other two start with zeros; null for a cell without biases
     * @throws IllegalArgumentException if the hidden state is larger than the cell state
     */
    public LayerNormLstm(Parameters parameters, String name, int inputs, int cell, int hidden, Initializer ofBias) {
        if (hidden > cell) {
            throw new IllegalArgumentException(
                    name + ": a projection to " + hidden + " must not be larger than the cell state of " + cell);
        }
        Initializer initializer = Initializer.uniformByUnits(cell);
        Initializer zeros = ofBias == null ? null : Initializer.zeros();
        List<Integer> gates = Collections.nCopies(4, cell);
        this.cell = cell;
        this.hidden = hidden;
        input = new Linear(parameters, name + ".input", inputs, gates, initializer, null);
        ofInput = new LayerNormalization(parameters, name + ".input", 4 * cell, ofBias);
        recurrent = parameters.declare(name + ".recurrent", initializer, hidden, gates);
        ofRecurrent = new LayerNormalization(parameters, name + ".recurrent", 4 * cell, zeros);
        ofCell = new LayerNormalization(parameters, name + ".cell", cell, zeros);
        projection = hidden == cell ? null : parameters.declare(name + ".projection", initializer, cell, hidden);
    }

    @Override
    public List<Integer> stateSizes() {
        return List.of(hidden, cell);
    }

    @Override
    public Variable project(Tape tape, Variable x) {
        return ofInput.apply(tape, input.apply(tape, x));
    }

    @Override
    public State step(Tape tape, Variable p, State previous) {
        Variable gates = tape.add(p, ofRecurrent.apply(tape, tape.matmul(previous.hidden(), recurrent)));
        Variable nextC = tape.apply(CellOps.LSTM_GATES, gates, previous.parts().get(1))[1];
        Variable o = tape.sigmoid(tape.columns(gates, 3L * cell, cell));
        Variable nextH = tape.multiply(o, tape.tanh(ofCell.apply(tape, nextC)));
        return State.of(projection == null ? nextH : tape.matmul(nextH, projection), nextC);
    }
}
