package dev.unroll.gradcheck.input;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/** A function whose gradient is checked: it computes its outputs from its inputs with ops of a tape. */
@FunctionalInterface
public interface TapeFunction {
    /**
     * Computes the outputs. It is run many times, on tapes of different kinds, and must give the same bits every time.
     *
     * @param tape to compute on, in F64
     * @param inputs in the order in which they were described
     * @return one or more outputs of any shapes
     */
    Variable[] apply(Tape tape, Variable[] inputs);

    /** A function of parameters only. */
    @FunctionalInterface
    interface Of0 {
        /**
         * Computes the output.
         *
         * @param tape to compute on
         * @return one output of any shape
         */
        Variable apply(Tape tape);
    }

    /** A function of one input. */
    @FunctionalInterface
    interface Of1 {
        /**
         * Computes the output.
         *
         * @param tape to compute on
         * @param x the input
         * @return one output of any shape
         */
        Variable apply(Tape tape, Variable x);
    }

    /** A function of two inputs. */
    @FunctionalInterface
    interface Of2 {
        /**
         * Computes the output.
         *
         * @param tape to compute on
         * @param a the first input
         * @param b the second input
         * @return one output of any shape
         */
        Variable apply(Tape tape, Variable a, Variable b);
    }

    /** A function of three inputs. */
    @FunctionalInterface
    interface Of3 {
        /**
         * Computes the output.
         *
         * @param tape to compute on
         * @param a the first input
         * @param b the second input
         * @param c the third input
         * @return one output of any shape
         */
        Variable apply(Tape tape, Variable a, Variable b, Variable c);
    }

    /** A function of four inputs. */
    @FunctionalInterface
    interface Of4 {
        /**
         * Computes the output.
         *
         * @param tape to compute on
         * @param a the first input
         * @param b the second input
         * @param c the third input
         * @param d the fourth input
         * @return one output of any shape
         */
        Variable apply(Tape tape, Variable a, Variable b, Variable c, Variable d);
    }
}
