package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Layer.Unrolled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a {@link Plus} over all steps. In a packed layout the sequences that have a step are the first ones, so a step reads
 * the first rows of the state before; in a padded one the state of the others is selected again.
 */
final class TimeLoop {
    private TimeLoop() {}

    /** Backward in time the state after the last step is the one at time 0; outputs lie in the order of time. */
    static Unrolled run(Plus plus, Tape tape, Variable x, SequenceLayout layout, State initial, boolean reverse) {
        Variable projected = plus.project(tape, SequenceRows.withoutPadding(tape, layout, x));
        if (projected.value().rows() != layout.rows()) {
            throw new IllegalArgumentException("an input of " + projected.value().rows() + " rows cannot be " + layout
                    + "; give steps * batch = " + layout.rows() + " rows");
        }
        State[] states = new State[layout.steps()];
        Variable mask = layout.isPadded() ? SequenceRows.mask(tape, layout) : null;
        State[] current = {initial};
        tape.unroll(layout, reverse, t -> {
            long first = layout.firstRow(t);
            int rows = layout.rowsOf(t);
            State before = layout.isPacked() ? firstRows(tape, current[0], rows) : current[0];
            State next = plus.step(tape, tape.rows(projected, first, rows), before);
            current[0] = mask == null ? next : select(tape, tape.rows(mask, first, rows), next, before);
            states[t] = current[0];
        });
        Variable outputs = tape.allSteps(current[0].hidden());
        if (outputs.value().rows() != layout.rows()) {
            throw new IllegalArgumentException(
                    "the hidden state that a step of a cell returns must be an output of an op"
                            + " of that step: all steps of this one have " + outputs.value().rows() + " rows, not "
                            + layout.rows());
        }
        if (!layout.isPacked()) {
            return new Unrolled(outputs, current[0], Arrays.asList(states));
        }
        State last = lastStates(tape, layout, states);
        return new Unrolled(outputs, last, statesOfAll(tape, layout, states, last));
    }

    private static State firstRows(Tape tape, State state, long count) {
        return state.map(part -> part.value().rows() == count ? part : tape.rows(part, 0, count));
    }

    /** The state of every sequence after its own last step. */
    private static State lastStates(Tape tape, SequenceLayout layout, State... states) {
        List<State> ends = new ArrayList<>();
        int taken = 0;
        for (int t = layout.steps() - 1; t >= 0; t--) {
            int from = taken;
            int rows = layout.rowsOf(t);
            if (rows > from) {
                ends.add(states[t].map(part -> tape.rows(part, from, rows - from)));
            }
            taken = rows;
        }
        return SequenceRows.join(tape, ends);
    }

    /** The states after every step, those of sequences that ended with them; joined when they are read, as few are. */
    private static List<State> statesOfAll(Tape tape, SequenceLayout layout, State[] states, State last) {
        return new LazyList<>(layout.steps(), t -> {
            int rows = layout.rowsOf(t);
            int ended = layout.batch() - rows;
            return ended == 0
                    ? states[t]
                    : SequenceRows.join(tape, List.of(states[t], last.map(part -> tape.rows(part, rows, ended))));
        });
    }

    /** A sequence that has ended, or that backward in time has not begun, keeps its state. */
    private static State select(Tape tape, Variable mask, State next, State previous) {
        List<Variable> parts = new ArrayList<>();
        for (int i = 0; i < next.parts().size(); i++) {
            parts.add(tape.selectRows(mask, next.parts().get(i), previous.parts().get(i)));
        }
        return new State(parts);
    }
}
