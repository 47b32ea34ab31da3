package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault;
import java.util.List;
import java.util.random.RandomGenerator;

/** What is checked, seen as a function of some arrays with the gradient that it claims. Arrays are row by row. */
public interface Subject extends AutoCloseable {
    /** What gradients are taken by. */
    List<NamedShape> variables();

    /** Where the gradient is checked: an array for each variable. Not to be changed. */
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

    /** What is wrong besides the size of gradients; empty if all is well. */
    List<Fault> faults(RandomGenerator random);

    @Override
    default void close() {}
}
