package dev.unroll.rnn.model;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.RandomPosition;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Backpropagation through all steps of a batch, segment by segment: gradients flow from each segment into the one before
 * it, and those of the weights are summed segment by segment, from the last one to the first.
 *
 * <p>With recomputation (gradient checkpointing, Chen et al. 2016, "Training deep nets with sublinear memory cost") all
 * segments but the last one run first without being recorded, and only the states between them are kept; each is then
 * recorded when its gradients are computed. That takes the memory of one segment and of the states between all of them, and
 * the time of one more run forward. Without it all segments stay recorded, and every bit of the result is the same.
 *
 * <p>While a pass is open its thread has the network and the state to itself. Everything computed in it is released when it
 * is closed.
 */
public final class SegmentedPass implements AutoCloseable {
    /** Computes what is to be learned from a segment. */
    @FunctionalInterface
    public interface Losses {
        /**
         * Computes the loss of a segment, which comes after those of the segments behind it.
         *
         * @param tape to compute on
         * @param logits predicted in the segment
         * @param segment its steps, as a batch
         * @param firstStep the step of the whole batch that it begins with
         * @return the loss and its factor; null for none
         */
        Share of(Tape tape, Variable logits, Batch segment, int firstStep);
    }

    /**
     * The share that a segment has in the loss of all.
     *
     * @param loss one number computed on the tape of the segment
     * @param factor of all its gradients
     */
    public record Share(Variable loss, double factor) {
        /** Checks the arguments. */
        public Share {
            Nulls.require("SegmentedPass.Share", "loss", loss);
        }
    }

    /** A segment on its tape. */
    private record Recorded(Pass pass, int number, Batch batch, List<State> initial, Variable logits)
            implements
            AutoCloseable {
        @Override
        public void close() {
            pass.close();
        }
    }

    private final DeepRnn network;
    private final String work;
    private final CarriedState state;
    private final Batch batch;
    private final int steps;
    private final int segments;
    private final boolean recomputes;
    private final Workspace.Hold scope;
    private final BoundaryStates boundaries;
    private final Deque<Recorded> recorded = new ArrayDeque<>();
    /** Where each segment begins to draw random numbers; null for the first. */
    private final List<RandomPosition> positions = new ArrayList<>();
    private Consumer<Tape> training = tape -> {};
    private Readout readout;
    private boolean ranBackward;

    SegmentedPass(
            DeepRnn network, String work, CarriedState state, Batch batch, int steps, boolean recomputes,
            Workspace.Hold scope) {
        this.network = network;
        this.work = work;
        this.state = state;
        this.batch = batch;
        this.steps = steps;
        this.recomputes = recomputes;
        this.scope = scope;
        SequenceLayout layout = batch.layout();
        segments = Math.ceilDiv(layout.steps(), steps);
        boundaries = new BoundaryStates(network.stateSizes(), layout.batch(), segments, network::allocate);
        positions.add(null);
    }

    /**
     * Sets what is to be done with the tape of every segment before it runs, such as {@link Tape#training}. By default
     * nothing is.
     *
     * @param prepare given each tape; it must do the same with all of them
     * @return this
     */
    public SegmentedPass training(Consumer<Tape> prepare) {
        training = Nulls.require("SegmentedPass.training", "prepare", prepare);
        return this;
    }

    /**
     * Runs the batch, and then runs it backward from the losses of its segments, the last one first. Gradients are added to
     * those of the parameters.
     *
     * @param from what to predict from: every step, or, if all sequences are equally long, the last one
     * @param losses computes the loss of each segment, from the last one to the first
     * @throws IllegalArgumentException if the batch does not fit the network, the readout is another one, an input is not
     *     finite, or sequences of different lengths have dropout with one mask for all steps
     * @throws IllegalStateException if it ran before, or memory exceeds its limit
     */
    public void backward(Readout from, Losses losses) {
        readout = Nulls.require("SegmentedPass.backward", "from", from);
        Nulls.require("SegmentedPass.backward", "losses", losses);
        if (ranBackward) {
            throw new IllegalStateException("this pass ran backward already; begin another one");
        }
        requireSegmentable();
        ranBackward = true;
        int last = segments - 1;
        for (int s = 0; s < last; s++) {
            if (recomputes) {
                forward(s);
            } else {
                recorded.push(record(s));
            }
        }
        for (int s = last; s >= 0; s--) {
            try (Recorded segment = recomputes || s == last ? record(s) : recorded.pop()) {
                backward(segment, losses);
            }
        }
    }

    private void requireSegmentable() {
        boolean isOfLastStep = readout == Readout.LAST_STEP || readout == Readout.BOTH_ENDS;
        if (segments > 1 && readout != Readout.EVERY_STEP && (!isOfLastStep || batch.layout().isPadded())) {
            throw new IllegalArgumentException("a readout of " + readout + (isOfLastStep
                    ? " of sequences of different lengths cannot be computed in segments; give sequences of one length"
                    : " cannot be computed in segments; use EVERY_STEP or LAST_STEP, or no segments"));
        }
    }

    private Batch segment(int s) {
        int from = s * steps;
        return batch.steps(from, Math.min(steps, batch.layout().steps() - from));
    }

    /** Runs a segment for the states that it ends with. */
    private void forward(int s) {
        Batch segment = segment(s);
        try (Pass pass = network.inference(work, state)) {
            prepare(pass.tape(), s);
            List<State> initial = s == 0 ? state.on(pass.tape()) : boundaries.after(s - 1, pass.tape()::constant);
            pass.run(segment.inputs(), segment.layout(), Readout.LAST_STEP, initial); // predicts one row per sequence
            end(pass, s);
        }
    }

    private Recorded record(int s) {
        Batch segment = segment(s);
        Pass pass = network.recording(work, state);
        try {
            pass.expect(segment.layout());
            prepare(pass.tape(), s);
            List<State> initial = s == 0 ? pass.initial() : boundaries.after(s - 1, pass.tape()::variableCopy);
            Variable logits = pass.run(segment.inputs(), segment.layout(), readout, initial);
            end(pass, s);
            return new Recorded(pass, s, segment, initial, logits);
        } catch (Throwable e) {
            pass.close();
            throw e;
        }
    }

    private void prepare(Tape tape, int s) {
        training.accept(tape);
        if (s > 0) {
            tape.continueRandom(positions.get(s));
        }
    }

    /** Keeps what the next segment begins with, the first time. */
    private void end(Pass pass, int s) {
        if (positions.size() > s + 1) {
            return;
        }
        RandomPosition end = pass.tape().randomPosition();
        if (batch.layout().isPadded() && !end.ofSequences().isEmpty() && segments > 1) {
            throw new IllegalArgumentException("dropout with one mask for all steps (variational) cannot be computed in"
                    + " segments of sequences of different lengths; give sequences of one length, or no segments");
        }
        positions.add(end);
        boundaries.keep(s, pass.last());
    }

    private void backward(Recorded segment, Losses losses) {
        Tape tape = segment.pass.tape();
        List<Variable> outputs = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        if (readout == Readout.EVERY_STEP || segment.number == segments - 1) {
            Share share = losses.of(tape, segment.logits, segment.batch, segment.number * steps);
            if (share != null) {
                Tensor factor = tape.zeros(1, 1).value();
                factor.set(0, 0, share.factor);
                outputs.add(share.loss);
                gradients.add(factor);
            }
        }
        if (segment.number < segments - 1) {
            outputs.addAll(BoundaryStates.flat(segment.pass.last()));
            gradients.addAll(boundaries.gradients());
        }
        tape.backward(outputs, gradients);
        if (segment.number > 0) {
            boundaries.keepGradients(segment.initial);
        }
    }

    /**
     * Keeps the state that the batch ended with.
     *
     * @throws IllegalStateException if nothing was run
     */
    public void keep() {
        if (positions.size() <= segments) {
            throw new IllegalStateException("this pass has no state to keep; call backward before keep");
        }
        try (Workspace none = new Workspace("final state")) {
            Tape tape = Tape.inference(none, network.type(), WorkerPool.caller());
            state.keep(boundaries.after(segments - 1, tape::constant));
        }
    }

    /** Releases the network, the state and all memory of the pass. A second call does nothing. */
    @Override
    public void close() {
        try {
            while (!recorded.isEmpty()) {
                recorded.pop().close();
            }
        } finally {
            scope.close();
        }
    }
}
