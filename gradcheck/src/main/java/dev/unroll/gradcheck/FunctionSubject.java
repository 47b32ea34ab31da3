package dev.unroll.gradcheck;

import dev.unroll.gradcheck.Fault.Kind;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** A plain function of some numbers with the gradient that is claimed for it. */
final class FunctionSubject implements Subject {
    private static final List<Site> OUTPUT = List.of(new Site("the value", new long[] {1}));

    private final ToDoubleFunction<double[]> function;
    private final UnaryOperator<double[]> gradient;
    private final double[] x;
    private final List<Site> sites;

    FunctionSubject(ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient, Input input, double[] x) {
        this.function = function;
        this.gradient = gradient;
        this.x = x;
        sites = List.of(new Site("x", input.shape()));
    }

    @Override
    public List<Site> sites() {
        return sites;
    }

    @Override
    public double[][] point() {
        return new double[][] {x};
    }

    @Override
    public List<Site> outputSites() {
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
        Conditions conditions = new Conditions();
        double[][] value = outputs(point());
        double[][] claimed = {gradient(x.clone()).clone()};
        if (conditions.finite("", OUTPUT, value) && conditions.finite("the gradient of ", sites, claimed)) {
            double[] given = x.clone();
            double[][] valueAgain = {{value(given)}};
            conditions.unchanged(sites.getFirst(), x, given);
            given = x.clone();
            double[][] claimedAgain = {gradient(given)};
            conditions.unchanged(sites.getFirst(), x, given);
            conditions.same(Kind.NOT_DETERMINISTIC, "the function gives another value when it runs again: it depends on"
                    + " something that changes", OUTPUT, value, valueAgain);
            conditions.same(Kind.NOT_DETERMINISTIC, "the gradient is another when it runs again: it depends on"
                    + " something that changes", sites, claimed, claimedAgain);
        }
        return conditions.faults();
    }
}
