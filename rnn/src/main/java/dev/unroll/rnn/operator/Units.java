package dev.unroll.rnn.operator;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/**
 * The kind of units of a layer: what becomes of the columns of its affine map, of which one or more belong to a unit.
 *
 * <p>Implementations are immutable, and safe for use by many threads.
 */
public interface Units {
    /**
     * How many columns of the affine map a unit is made of.
     *
     * @return k: the map of n units has {@code k n} columns, the first pieces of all units, then the second ones, and so
     *     on
     */
    int pieces();

    /**
     * Declares what is learned of the units besides the affine map.
     *
     * @param parameters to declare it in
     * @param name the prefix of names
     * @param size n, how many units
     * @return the function of the map's columns
     */
    Function declare(Parameters parameters, String name, int size);

    /** Units of some layer, from what its affine map gives. */
    @FunctionalInterface
    interface Function {
        /**
         * The units.
         *
         * @param tape to compute on
         * @param x {@code [m, k n]}
         * @return {@code [m, n]}
         */
        Variable of(Tape tape, Variable x);

        /**
         * The units of {@code p + h W}.
         *
         * @param tape to compute on
         * @param p {@code [b, k n]}
         * @param h {@code [b, m]}
         * @param w {@code [m, k n]}
         * @return {@code [b, n]}
         */
        default Variable of(Tape tape, Variable p, Variable h, Variable w) {
            return of(tape, tape.add(p, tape.matmul(h, w)));
        }

        /**
         * The units of {@code p + z W + h S}.
         *
         * @param tape to compute on
         * @param p {@code [b, k n]}
         * @param z {@code [b, l]}
         * @param w {@code [l, k n]}
         * @param h {@code [b, m]}
         * @param s {@code [m, k n]}
         * @return {@code [b, n]}
         */
        default Variable of(Tape tape, Variable p, Variable z, Variable w, Variable h, Variable s) {
            return of(tape, tape.add(p, tape.matmul(z, w)), h, s);
        }
    }

    /**
     * Units of one column each.
     *
     * @param f their nonlinearity
     * @return the units
     */
    static Units of(Activation f) {
        return new ElementwiseUnits(f);
    }

    /**
     * The largest of some linear pieces (Goodfellow et al. 2013).
     *
     * @param pieces of a unit, at least 1
     * @return the units
     */
    static Units maxout(int pieces) {
        return new MaxoutUnits(pieces);
    }

    /**
     * Means of a learned order of the sizes of some linear pieces (Gulcehre, Cho, Pascanu and Bengio 2014),
     * {@code u_j = (1/k sum_i |a_ij - c_ij|^p_j)^(1/p_j)}: the centers c are the biases of the pieces, and
     * {@code p_j = 1 + log(1 + e^rho_j)} begins as 3. They are never negative and not bounded.
     *
     * @param pieces k of a unit, at least 1
     * @return the units, which declare {@code name.rho}
     */
    static Units lp(int pieces) {
        return new LpUnits(pieces);
    }
}
