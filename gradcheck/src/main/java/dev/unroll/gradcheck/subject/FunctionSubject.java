package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Fault.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** A plain function of some numbers with the gradient that is claimed for it. */
final class FunctionSubject implements Subject {
    private final FunctionSource source;
    private final double[] x;
    private final List<NamedShape> variables;
    private List<NamedShape> outputShapes;
    private double nondeterminism;
    private Coverage coverage = new Coverage();
    private Mask mask = Mask.NONE;

    FunctionSubject(FunctionSource source, double[] x) {
        this.source = source;
        this.x = x;
        variables = List.of(new NamedShape("x", source.x().shape()));
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
        return outputShapes;
    }

    @Override
    public void configure(double equalRuns, Coverage looked) {
        nondeterminism = equalRuns;
        coverage = looked;
    }

    @Override
    public void leaveOut(Mask left) {
        mask = left;
    }

    /** It computes in the caller's thread, whatever is asked. */
    @Override
    public void useThreads(int count) {}

    @Override
    public boolean isChecked(int variable, int element) {
        return true;
    }

    @Override
    public double flushed() {
        return 0;
    }

    @Override
    public double[][] outputs(double[][] at) {
        return new double[][] {values(at[0].clone())};
    }

    private double[] values(double[] at) {
        double[] values;
        try {
            values = source.function().apply(at);
        } catch (Throwable e) {
            throw FaultException.of("the function", e);
        }
        if (values == null || values.length == 0) {
            throw new FaultException(Kind.RETURNS_NOTHING, "the function returned no value, or null");
        }
        NamedShape shape = new NamedShape(source.value(), new long[] {values.length});
        if (outputShapes == null) {
            outputShapes = List.of(shape);
        }
        if (values.length != outputShapes.getFirst().size()) {
            throw new FaultException(Kind.RETURNS_ANOTHER_SHAPE, "the function returned "
                    + outputShapes.getFirst().size() + " values, and then " + values.length + "; it must return as many"
                    + " every time");
        }
        return values.clone();
    }

    @Override
    public double[][] gradients(double[][] at, double[][] cotangents) {
        coverage.addDelta(cotangents);
        return new double[][] {gradient(at[0].clone(), cotangents[0].clone()).clone()};
    }

    private double[] gradient(double[] at, double[] u) {
        double[] claimed;
        try {
            claimed = source.product().apply(at, u);
        } catch (Throwable e) {
            throw FaultException.ofBackward(source.claimed(), e);
        }
        if (claimed == null) {
            throw new FaultException(Kind.RETURNS_NOTHING, source.claimed() + " returned null");
        }
        if (claimed.length != x.length) {
            throw new FaultException(Kind.RETURNS_THE_WRONG_TYPE, source.claimed() + " has " + claimed.length
                    + " elements, but the function is one of " + x.length);
        }
        return claimed;
    }

    @Override
    public List<Fault> faults(RandomGenerator random) {
        FaultCollector faults = new FaultCollector(nondeterminism);
        double[][] value = outputs(point());
        double[] ones = new double[value[0].length];
        Arrays.fill(ones, 1);
        double[][] claimed = gradients(point(), new double[][] {ones});
        if (faults.finite("", outputShapes, value) && faults.finite("the gradient of ", variables, claimed)) {
            double[] given = x.clone();
            double[][] valueAgain = {values(given)};
            faults.unchanged(variables.getFirst(), x, given);
            given = x.clone();
            double[] u = ones.clone();
            double[][] claimedAgain = {gradient(given, u)};
            faults.unchanged(variables.getFirst(), x, given);
            faults.unchanged(new NamedShape("the gradient of the values", new long[] {u.length}), ones, u);
            faults.same(Kind.NOT_DETERMINISTIC, "the function gives another value when it runs again: it depends on"
                    + " something that changes", outputShapes, value, valueAgain);
            faults.same(Kind.NOT_DETERMINISTIC, source.claimed() + " is another when it runs again: it depends on"
                    + " something that changes", variables, mask.zeroed(claimed), mask.zeroed(claimedAgain));
        }
        return faults.all();
    }

    @Override
    public List<Fault> laterFaults() {
        return List.of();
    }

    @Override
    public void close() {}
}
