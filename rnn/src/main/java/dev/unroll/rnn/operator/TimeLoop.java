package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.operator.Layer.Unrolled;
import java.util.ArrayList;
import java.util.List;

/** Runs a {@link Plus} over all steps. */
final class TimeLoop {
    private TimeLoop() {}

    /** Backward in time the state after the last step is the one at time 0; outputs lie in the order of time. */
    static Unrolled run(Plus plus, Tape tape, Variable x, Steps steps, State initial, boolean reverse) {
        Variable projected = plus.project(tape, steps.withoutPadding(tape, x));
        if (projected.value().rows() != steps.rows()) {
            throw new IllegalArgumentException("an input of " + projected.value().rows() + " rows cannot be " + steps
                    + "; give steps * batch = " + steps.rows() + " rows");
        }
        int batch = steps.batch();
        Variable mask = steps.isPadded() ? steps.mask(tape) : null;
        State[] state = {initial};
        tape.unroll(steps.count(), reverse, t -> {
            State next = plus.step(tape, tape.rows(projected, (long) t * batch, batch), state[0]);
            state[0] = mask == null ? next : select(tape, tape.rows(mask, (long) t * batch, batch), next, state[0]);
        });
        Variable outputs = tape.allSteps(state[0].hidden());
        if (outputs.value().rows() != steps.rows()) {
            throw new IllegalArgumentException(
                    "the hidden state that a step of a cell returns must be an output of an op"
                            + " of that step: all steps of this one have " + outputs.value().rows() + " rows, not "
                            + steps.rows());
        }
        return new Unrolled(outputs, state[0]);
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
