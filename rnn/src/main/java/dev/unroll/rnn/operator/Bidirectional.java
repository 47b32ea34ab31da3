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
    public State initial(Tape tape, int batch) {
        List<Variable> parts = new ArrayList<>(forward.initial(tape, batch).parts());
        parts.addAll(backward.initial(tape, batch).parts());
        return new State(parts);
    }

    @Override
    public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        int parts = forward.stateSizes().size();
        List<Variable> states = initial.parts();
        Unrolled ahead = forward.run(tape, x, layout, new State(states.subList(0, parts)));
        Unrolled back = TimeLoop.run(
                backward, tape, x, layout, new State(states.subList(parts, states.size())), true);
        List<State> both = new ArrayList<>();
        for (int t = 0; t < ahead.states().size(); t++) {
            both.add(joined(ahead.states().get(t), back.states().get(t)));
        }
        Variable outputs = merge == Merge.CONCAT
                ? tape.concat(ahead.outputs(), back.outputs())
                : tape.add(ahead.outputs(), back.outputs());
        return new Unrolled(outputs, joined(ahead.last(), back.last()), List.copyOf(both));
    }

    private static State joined(State ahead, State back) {
        List<Variable> parts = new ArrayList<>(ahead.parts());
        parts.addAll(back.parts());
        return new State(parts);
    }
}
