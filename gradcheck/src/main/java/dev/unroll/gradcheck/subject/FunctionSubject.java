package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.input.Input;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** A plain function of some numbers with the gradient that is claimed for it. */
final class FunctionSubject implements Subject {
    private static final List<NamedShape> OUTPUT = List.of(new NamedShape("the value", new long[] {1}));

    private final ToDoubleFunction<double[]> function;
    private final UnaryOperator<double[]> gradient;
    private final double[] x;
    private final List<NamedShape> variables;

    FunctionSubject(ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient, Input input, double[] x) {
        this.function = function;
        this.gradient = gradient;
        this.x = x;
        variables = List.of(new NamedShape("x", input.shape()));
    }

    @Override
    public List<NamedShape> variables() {
        return variables;
    }

    @Override
    public double[][] point() {
        return new double[][] {x};
    }

    @Override
    public List<NamedShape> outputShapes() {
        return OUTPUT;
    }

    @Override
    public double[][] outputs(double[][] at) {
        return new double[][] {{value(at[0].clone())}};
    }

    private double value(double[] at) {
        try {
            return function.applyAsDouble(at);
        } catch (Throwable e) {
            throw FaultException.of("the function", e);
        }
    }

    @Override
    public double[][] gradients(double[][] at, double[][] cotangents) {
        double[] claimed = gradient(at[0].clone());
        double[] scaled = new double[claimed.length];
        for (int j = 0; j < scaled.length; j++) {
            scaled[j] = cotangents[0][0] * claimed[j];
        }
        return new double[][] {scaled};
    }

    private double[] gradient(double[] at) {
        double[] claimed;
        try {
            claimed = gradient.apply(at);
        } catch (Throwable e) {
            throw FaultException.of("the gradient", e);
        }
        if (claimed == null) {
            throw new FaultException(Kind.RETURNS_NOTHING, "the gradient returned null");
        }
        if (claimed.length != x.length) {
            throw new FaultException(Kind.RETURNS_THE_WRONG_TYPE, "the gradient has " + claimed.length
                    + " elements, but the function is one of " + x.length);
        }
        return claimed;
    }

    @Override
    public List<Fault> faults(RandomGenerator random) {
        FaultCollector faults = new FaultCollector();
        double[][] value = outputs(point());
        double[][] claimed = {gradient(x.clone()).clone()};
        if (faults.finite("", OUTPUT, value) && faults.finite("the gradient of ", variables, claimed)) {
            double[] given = x.clone();
            double[][] valueAgain = {{value(given)}};
            faults.unchanged(variables.getFirst(), x, given);
            given = x.clone();
            double[][] claimedAgain = {gradient(given)};
            faults.unchanged(variables.getFirst(), x, given);
            faults.same(Kind.NOT_DETERMINISTIC, "the function gives another value when it runs again: it depends on"
                    + " something that changes", OUTPUT, value, valueAgain);
            faults.same(Kind.NOT_DETERMINISTIC, "the gradient is another when it runs again: it depends on"
                    + " something that changes", variables, claimed, claimedAgain);
        }
        return faults.all();
    }
}
