package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/** The largest of some linear pieces; nothing is learned but these. */
record MaxoutUnits(int pieces) implements Units, Units.Function {
    @Override
    public Function declare(Parameters parameters, String name, int size) {
        return this;
    }

    @Override
    public Variable of(Tape tape, Variable x) {
        return tape.maxout(pieces, x);
    }
}
