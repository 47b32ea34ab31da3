package dev.unroll.rnn.model;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

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
    private final Workspace.Hold parameterHold;
    private final Tape tape;
    private final Runnable end;
    private final boolean isRecording;
    private Network.Output output;
    private boolean isClosed;

    Pass(
            DeepRnn network, CarriedState state, Workspace.Hold parameterHold, Tape tape, Runnable end,
            boolean isRecording) {
        this.network = network;
        this.state = state;
        this.parameterHold = parameterHold;
        this.tape = tape;
        this.end = end;
        this.isRecording = isRecording;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("this pass is closed; begin another one");
        }
    }

    /**
     * Returns the tape that this pass computes on.
     *
     * @return valid until the pass is closed
     */
    public Tape tape() {
        requireOpen();
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
        Nulls.require("Pass.run", "batch", batch);
        return run(batch.inputs(), batch.layout(), readout);
    }

    /**
     * Runs some steps.
     *
     * @param inputs {@code steps * batch} rows
     * @param layout of the rows, with the sequences of the state
     * @param readout what to predict from
     * @return logits, {@code [steps * batch, outputs]} or {@code [batch, outputs]}
     * @throws IllegalArgumentException if the inputs do not fit the network, the state is for another number of sequences,
     *     or an input is not finite
     * @throws IllegalStateException if this pass has run before
     */
    public Variable run(Values inputs, SequenceLayout layout, Readout readout) {
        requireOpen();
        Nulls.require("Pass.run", "inputs", inputs);
        Nulls.require("Pass.run", "layout", layout);
        Nulls.require("Pass.run", "readout", readout);
        requireNotRun();
        state.requireBatch(layout.batch());
        expect(layout);
        return run(inputs, layout, readout, initial());
    }

    /** The carried state on the tape. */
    List<State> initial() {
        return isRecording ? copies(state.on(tape)) : state.on(tape);
    }

    private void requireNotRun() {
        if (output != null) {
            throw new IllegalStateException("this pass has run; begin another one, which goes on from the state kept");
        }
    }

    /** Announces the sequences before anything is made on the tape. */
    void expect(SequenceLayout layout) {
        if (isRecording) {
            network.expect(tape, layout);
        }
    }

    /** Runs some steps from states on the tape, which need not be those of the carried state. */
    Variable run(Values inputs, SequenceLayout layout, Readout readout, List<State> initial) {
        requireNotRun();
        output = network.forward(tape, tape.constant(inputs), layout, readout, initial);
        return output.logits();
    }

    /** Kept states may change before the tape runs backward; what flows back to learned ones flows on. */
    private List<State> copies(List<State> states) {
        List<State> copies = new ArrayList<>(states.size());
        for (State state : states) {
            copies.add(state.map(part -> part.needsGradient() ? part : copy(part.value())));
        }
        return copies;
    }

    private Variable copy(Tensor kept) {
        Variable copy = tape.zeros(kept.rows(), kept.columns());
        copy.value().copyFrom(kept);
        return copy;
    }

    /**
     * Runs the tape backward from a share of a loss, once.
     *
     * @param loss one number computed on the tape, which records
     * @param share the factor of all gradients
     */
    public void backward(Variable loss, double share) {
        Tensor gradient = tape().zeros(1, 1).value();
        gradient.set(0, 0, share);
        tape.backward(loss, gradient);
    }

    /** The states that the run ended with. */
    List<State> last() {
        return output.last();
    }

    /**
     * Keeps the state that the run ended with.
     *
     * @throws IllegalStateException if nothing was run
     */
    public void keep() {
        requireOpen();
        if (output == null) {
            throw new IllegalStateException("this pass has no state to keep; call run before keep");
        }
        state.keep(output.last());
    }

    /**
     * Returns copies of the states that the layers went through.
     *
     * @return the states of each layer, from the input to the output
     * @throws IllegalStateException if nothing was run
     */
    public List<LayerStates> states() {
        requireOpen();
        if (output == null) {
            throw new IllegalStateException("this pass has no states yet; call run before states");
        }
        return IntStream.range(0, output.last().size())
                .mapToObj(l -> LayerStates.copyOf(output.last().get(l), output.states().get(l)))
                .toList();
    }

    /** Releases the network, the state and all memory of the pass. A second call does nothing. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            end.run();
        } finally {
            parameterHold.close();
        }
    }
}
