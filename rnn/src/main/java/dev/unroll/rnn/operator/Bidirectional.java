package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Two cells, one of which runs backward in time (Schuster and Paliwal 1997). The state is that of the first and then that
 * of the second.
 *
 * <p>In the outputs of a step the second cell has seen that step and those after it: in those of the last step it has seen
 * one step only. {@link Readout#BOTH_ENDS} reads each cell where it has seen the whole sequence.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 *
 * @param forward runs from the first step to the last
 * @param backward runs from the last step to the first
 * @param merge what becomes of the two outputs of a step
 */
public record Bidirectional(Plus forward, Plus backward, Merge merge) implements Layer {
    /** What becomes of the two outputs of a step. */
    public enum Merge {
        /** They lie side by side. */
        CONCAT,
        /** They are added. */
        SUM
    }

    /** Checks that outputs that are to be added are equally large. */
    public Bidirectional {
        if (merge == Merge.SUM && forward.outputs() != backward.outputs()) {
            throw new IllegalArgumentException("outputs of sizes " + forward.outputs() + " and " + backward.outputs()
                    + " cannot be added; make them equal or concatenate them");
        }
    }

    @Override
    public List<Integer> stateSizes() {
        List<Integer> sizes = new ArrayList<>(forward.stateSizes());
        sizes.addAll(backward.stateSizes());
        return List.copyOf(sizes);
    }

    @Override
    public int outputs() {
        return merge == Merge.CONCAT ? forward.outputs() + backward.outputs() : forward.outputs();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the outputs are added, or those of the two cells differ in size
     */
    @Override
    public int forwardOutputs() {
        if (merge == Merge.SUM || forward.outputs() != backward.outputs()) {
            throw new IllegalArgumentException("the outputs of a bidirectional layer can be read at both ends only if"
                    + " they lie side by side and are equally large; use Merge.CONCAT, or another readout");
        }
        return forward.outputs();
    }

    /** It is not: the second cell has seen what comes later. */
    @Override
    public boolean isCausal() {
        return false;
    }

    @Override
    public boolean runsPacked() {
        return forward.runsPacked() && backward.runsPacked();
    }

    @Override
    public State initial(Tape tape, int batch) {
        List<Variable> parts = new ArrayList<>(forward.initial(tape, batch).parts());
        parts.addAll(backward.initial(tape, batch).parts());
        return new State(parts);
    }

    @Override
    public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        int parts = forward.stateSizes().size();
        List<Variable> states = initial.parts();
        State backInitial = new State(states.subList(parts, states.size()));
        Unrolled ahead = forward.run(tape, x, layout, new State(states.subList(0, parts)));
        Unrolled back = layout.isPacked()
                ? backwardPacked(tape, x, layout, backInitial)
                : TimeLoop.run(backward, tape, x, layout, backInitial, true);
        List<State> both = new LazyList<>(
                ahead.states().size(), t -> joined(ahead.states().get(t), back.states().get(t)));
        Variable outputs = merge == Merge.CONCAT
                ? tape.concat(ahead.outputs(), back.outputs())
                : tape.add(ahead.outputs(), back.outputs());
        return new Unrolled(outputs, joined(ahead.last(), back.last()), both);
    }

    /** Runs reversed sequences forward, in which those that have a step are the first ones too. */
    private Unrolled backwardPacked(Tape tape, Variable x, SequenceLayout layout, State initial) {
        Unrolled run = backward.run(tape, SequenceRows.reversed(tape, layout, x), layout, initial);
        Variable outputs = SequenceRows.reversed(tape, layout, run.outputs());
        List<State> states = new LazyList<>(run.states().size(), t -> {
            List<State> rows = new ArrayList<>();
            for (int b = 0; b < layout.batch(); b++) {
                int left = layout.length(b) - 1 - t;
                State state = left < 0 ? initial : run.states().get(left);
                int row = b;
                rows.add(state.map(part -> tape.rows(part, row, 1)));
            }
            return SequenceRows.join(tape, rows);
        });
        return new Unrolled(outputs, run.last(), states);
    }

    private static State joined(State ahead, State back) {
        List<Variable> parts = new ArrayList<>(ahead.parts());
        parts.addAll(back.parts());
        return new State(parts);
    }
}
