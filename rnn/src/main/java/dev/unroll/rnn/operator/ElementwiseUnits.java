package dev.unroll.rnn.operator;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/** Units of one column each, whose nonlinearity is one pass with the sum before it. */
record ElementwiseUnits(Activation f) implements Units, Units.Function {
    @Override
    public int pieces() {
        return 1;
    }

    @Override
    public Function declare(Parameters parameters, String name, int size) {
        return this;
    }

    @Override
    public Variable of(Tape tape, Variable x) {
        return tape.activate(f, x);
    }

    @Override
    public Variable of(Tape tape, Variable p, Variable h, Variable w) {
        return tape.apply(CellOps.rnn(f), p, h, w)[0];
    }

    @Override
    public Variable of(Tape tape, Variable p, Variable z, Variable w, Variable h, Variable s) {
        return tape.apply(CellOps.rnnShortcut(f), p, z, w, h, s)[0];
    }
}
