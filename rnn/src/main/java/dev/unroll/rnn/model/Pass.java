package dev.unroll.rnn.model;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import java.util.List;

/**
 * One pass of a network over some steps of sequences: from the state that a {@link CarriedState} holds, on a tape of its
 * own, to the state that is kept for the next pass.
 *
 * <pre>{@code
 * try (Pass pass = network.inference("a forecast", state)) {
 *     Variable logits = pass.run(inputs, layout, Readout.EVERY_STEP);
 *     pass.keep();
 *     ...
 * }
 * }</pre>
 *
 * <p>While a pass is open its thread has the network and the state to itself. Everything computed on its tape is released
 * when it is closed.
 */
public final class Pass implements AutoCloseable {
    private final DeepRnn network;
    private final CarriedState state;
    private final Workspace.Hold hold;
    private final Tape tape;
    private List<State> last;

    Pass(DeepRnn network, CarriedState state, Workspace.Hold hold, Tape tape) {
        this.network = network;
        this.state = state;
        this.hold = hold;
        this.tape = tape;
    }

    /**
     * Returns the tape that this pass computes on.
     *
     * @return valid until the pass is closed
     */
    public Tape tape() {
        return tape;
    }

    /**
     * Runs the steps of a batch; its targets are not read.
     *
     * @param batch of the sequences of the state
     * @param readout what to predict from
     * @return logits, {@code [steps * batch, outputs]} or {@code [batch, outputs]}
     * @throws IllegalArgumentException if the batch does not fit the network or an input is not finite
     */
    public Variable run(Batch batch, Readout readout) {
        return run(batch.inputs(), batch.layout(), readout);
    }

    /**
     * Runs some steps.
     *
     * @param inputs {@code steps * batch} rows
     * @param layout of the rows, with the sequences of the state
     * @param readout what to predict from
     * @return logits, {@code [steps * batch, outputs]} or {@code [batch, outputs]}
     * @throws IllegalArgumentException if the inputs do not fit the network or one is not finite
     */
    public Variable run(Values inputs, SequenceLayout layout, Readout readout) {
        Network.Output output = network.forward(tape, tape.constant(inputs), layout, readout, state.on(tape));
        last = output.last();
        return output.logits();
    }

    /**
     * Runs the tape backward from a share of a loss, once.
     *
     * @param loss one number computed on the tape, which records
     * @param share the factor of all gradients
     */
    public void backward(Variable loss, double share) {
        Tensor gradient = tape.zeros(1, 1).value();
        gradient.set(0, 0, share);
        tape.backward(loss, gradient);
    }

    /**
     * Keeps the state that the run ended with. On a tape that records, call it after {@link #backward}, which still
     * needs the state before.
     *
     * @throws IllegalStateException if nothing was run
     */
    public void keep() {
        if (last == null) {
            throw new IllegalStateException("this pass has no state to keep; call run before keep");
        }
        state.keep(last);
    }

    /** Releases the network, the state and all memory of the pass. */
    @Override
    public void close() {
        hold.close();
    }
}
