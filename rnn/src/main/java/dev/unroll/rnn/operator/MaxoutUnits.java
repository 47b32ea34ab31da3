package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.UnitOps;
import dev.unroll.rnn.autograd.Variable;

/** The largest of some linear pieces; nothing is learned but these. */
record MaxoutUnits(int pieces) implements Units, Units.Function {
    MaxoutUnits {
        if (pieces < 1) {
            throw new IllegalArgumentException("maxout units have at least 1 piece, not " + pieces);
        }
    }

    @Override
    public Function declare(Parameters parameters, String name, int size) {
        return this;
    }

    @Override
    public Variable of(Tape tape, Variable x) {
        return tape.apply(UnitOps.maxout(pieces), x)[0];
    }
}
