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
        List<Variable> last = new ArrayList<>(ahead.last().parts());
        last.addAll(back.last().parts());
        Variable outputs = merge == Merge.CONCAT
                ? tape.concat(ahead.outputs(), back.outputs())
                : tape.add(ahead.outputs(), back.outputs());
        return new Unrolled(outputs, new State(last));
    }
}
