package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Layer.Unrolled;
import java.util.ArrayList;
import java.util.List;

/** Runs a {@link Plus} over all steps. */
final class TimeLoop {
    private TimeLoop() {}

    /** Backward in time the state after the last step is the one at time 0; outputs lie in the order of time. */
    static Unrolled run(Plus plus, Tape tape, Variable x, SequenceLayout layout, State initial, boolean reverse) {
        Variable projected = plus.project(tape, SequenceRows.withoutPadding(tape, layout, x));
        if (projected.value().rows() != layout.rows()) {
            throw new IllegalArgumentException("an input of " + projected.value().rows() + " rows cannot be " + layout
                    + "; give steps * batch = " + layout.rows() + " rows");
        }
        Variable mask = layout.isPadded() ? SequenceRows.mask(tape, layout) : null;
        State[] state = {initial};
        State[] states = new State[layout.steps()];
        tape.unroll(layout.steps(), reverse, t -> {
            State next = plus.step(tape, tape.rows(projected, layout.firstRow(t), layout.rowsOf(t)), state[0]);
            state[0] = mask == null
                    ? next
                    : select(tape, tape.rows(mask, layout.firstRow(t), layout.rowsOf(t)), next, state[0]);
            states[t] = state[0];
        });
        Variable outputs = tape.allSteps(state[0].hidden());
        if (outputs.value().rows() != layout.rows()) {
            throw new IllegalArgumentException(
                    "the hidden state that a step of a cell returns must be an output of an op"
                            + " of that step: all steps of this one have " + outputs.value().rows() + " rows, not "
                            + layout.rows());
        }
        return new Unrolled(outputs, state[0], List.of(states));
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
