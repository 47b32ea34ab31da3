package dev.unroll.rnn.operator;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.UnitOps;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import java.util.Arrays;

/** Lp units; every one learns its order, which the softplus keeps above 1, where it is a norm. */
record LpUnits(int pieces) implements Units {
    LpUnits {
        if (pieces < 1) {
            throw new IllegalArgumentException("Lp units have at least 1 piece, not " + pieces);
        }
    }

    private static final double FIRST_ORDER = 3;

    @Override
    public Function declare(Parameters parameters, String name, int size) {
        double first = StrictMath.log(StrictMath.expm1(FIRST_ORDER - 1)); // the inverse of the softplus
        Parameter rho = parameters.declare(name + ".rho", Initializer.constant(first), size);
        float[] ones = new float[size];
        Arrays.fill(ones, 1);
        return (tape, x) -> {
            Variable orders = tape.addRow(tape.activate(Activation.SOFTPLUS, rho), tape.row(ones));
            return tape.apply(UnitOps.lp(pieces), x, orders)[0];
        };
    }
}
