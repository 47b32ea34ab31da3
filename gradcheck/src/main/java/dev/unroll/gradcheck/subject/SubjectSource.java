package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The source of what is checked: supplies inputs, and the subject at given values of them. No method has a default, so
 * that a source which wraps another one cannot forget to ask that one.
 */
public interface SubjectSource {
    /** Returns the display name used in messages. */
    String name();

    /** Returns the inputs; drawn inputs are new at every call. */
    List<Input> inputs(RandomGenerator random, int largest);

    /**
     * Returns inputs of further draws, of other sizes and of larger numbers, for a check without a size of its own; none
     * if the inputs are given.
     */
    List<List<Input>> furtherInputs(RandomGenerator random);

    /** Refuses a check of parameters, or in single precision, for something that has none. */
    void requireSupported(boolean parameters, boolean singlePrecision);

    /**
     * Returns the subject at a point.
     *
     * @param parameters that are moved too, none if there are none
     * @param type of the computation
     */
    Subject at(List<Input> inputs, double[][] values, Parameters parameters, ElementType type);
}
