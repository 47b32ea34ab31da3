package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.finding.Fault;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A checked function of some arrays with the gradient that it claims. Arrays are in row-major order. No method has a
 * default, so that {@link SubjectWrapper} cannot forget to pass one on.
 */
public interface Subject extends AutoCloseable {
    /** Returns what gradients are taken with respect to. */
    List<NamedShape> variables();

    /** Returns the point at which the gradient is checked: one array per variable, not to be modified. */
    double[][] point();

    /** The outputs, known after the first call of {@link #outputs} and null before it. */
    List<NamedShape> outputShapes();

    /** The outputs at any point. */
    double[][] outputs(double[][] at);

    /**
     * The gradients of the sum of products of outputs and cotangents, zeros where nothing flowed.
     *
     * @param at any point
     * @param cotangents an array for each output, null for an output that the sum does not use
     */
    double[][] gradients(double[][] at, double[][] cotangents);

    /** Returns the magnitude below which backward may take a gradient for 0. */
    double flushed();

    /** Returns the faults besides the size of gradients; empty if there are none. */
    List<Fault> faults(RandomGenerator random);

    /** Tells whether an element of a variable is checked; one that is not stays where it is. */
    boolean isChecked(int variable, int element);

    /**
     * Sets what holds for all runs; to be called before the first.
     *
     * @param nondeterminism how much equal runs may differ, relative to the largest element of an array
     * @param coverage counts what is looked at
     */
    void configure(double nondeterminism, Coverage coverage);

    /** Leaves elements out of {@link #faults} and {@link #laterFaults}; to be called before these. */
    void leaveOut(Mask mask);

    /** Returns further faults of a function without {@link #faults}, to be looked for if its gradient is right. */
    List<Fault> laterFaults();

    /**
     * Sets the number of threads that it computes with; it must be called before anything else.
     *
     * @param count from 1, or 0 for one and a comparison with several
     */
    void useThreads(int count);

    @Override
    void close();
}
