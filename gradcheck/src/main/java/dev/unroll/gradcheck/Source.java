package dev.unroll.gradcheck;

import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;
import java.util.List;
import java.util.random.RandomGenerator;

/** What a check is of: it gives inputs, and the subject at given values of them. */
interface Source {
    /** What messages call it. */
    String name();

    /** The inputs, drawn anew every time where they are drawn. */
    List<Input> inputs(RandomGenerator random, int largest);

    /**
     * The subject at a point.
     *
     * @param parameters that are moved too, none if there are none
     * @param type of the computation
     */
    Subject at(List<Input> inputs, double[][] values, Parameters parameters, ElementType type);
}
