package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.finding.Fault;
import java.util.List;
import java.util.random.RandomGenerator;

/** A subject that is another one but for what a subclass overrides; it passes every method on. */
public class SubjectWrapper implements Subject {
    private final Subject inner;

    protected SubjectWrapper(Subject inner) {
        this.inner = inner;
    }

    @Override
    public List<NamedShape> variables() {
        return inner.variables();
    }

    @Override
    public double[][] point() {
        return inner.point();
    }

    @Override
    public List<NamedShape> outputShapes() {
        return inner.outputShapes();
    }

    @Override
    public double[][] outputs(double[][] at) {
        return inner.outputs(at);
    }

    @Override
    public double[][] gradients(double[][] at, double[][] cotangents) {
        return inner.gradients(at, cotangents);
    }

    @Override
    public List<Fault> faults(RandomGenerator random) {
        return inner.faults(random);
    }

    @Override
    public List<Fault> laterFaults() {
        return inner.laterFaults();
    }

    @Override
    public double flushed() {
        return inner.flushed();
    }

    @Override
    public boolean isChecked(int variable, int element) {
        return inner.isChecked(variable, element);
    }

    @Override
    public void configure(double nondeterminism, Coverage coverage) {
        inner.configure(nondeterminism, coverage);
    }

    @Override
    public void leaveOut(Mask mask) {
        inner.leaveOut(mask);
    }

    @Override
    public void useThreads(int count) {
        inner.useThreads(count);
    }

    @Override
    public void close() {
        inner.close();
    }
}
