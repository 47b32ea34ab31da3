package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * While training every unit of a state keeps its old value with a probability; otherwise it is the mean of both (Krueger
 * et al. 2017).
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 *
 * @param cell whose state
 * @param rate the probability of keeping the old value
 */
public record Zoneout(Plus cell, double rate) implements Plus {
    /** Checks the probability. */
    public Zoneout {
        DropoutLayer.checkRate("zoneout", rate);
    }

    @Override
    public List<Integer> stateSizes() {
        return cell.stateSizes();
    }

    @Override
    public State initial(Tape tape, int batch) {
        return cell.initial(tape, batch);
    }

    @Override
    public boolean runsPacked() {
        return cell.runsPacked();
    }

    @Override
    public Variable project(Tape tape, Variable x) {
        return cell.project(tape, x);
    }

    @Override
    public State step(Tape tape, Variable p, State previous) {
        State next = cell.step(tape, p, previous);
        List<Variable> parts = new ArrayList<>();
        for (int i = 0; i < next.parts().size(); i++) {
            Variable change = tape.combine(1, previous.parts().get(i), -1, next.parts().get(i));
            // Dropout divides by the probability of staying, which is that of keeping the old value.
            Variable kept = rate == 0 ? change : tape.dropout(1 - rate, change);
            parts.add(tape.combine(1, next.parts().get(i), rate, kept));
        }
        return new State(parts);
    }
}
