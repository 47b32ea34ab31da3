package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * What must hold of a function on a tape besides the size of its gradients: it is deterministic and finite, writes to
 * nothing that it was given, adds to gradients instead of setting them, gives gradients to what varies alone, and does
 * not care whether the rows of an input follow each other in memory.
 */
final class TapeFaultFinder {
    private final FaultCollector faults;
    private final TapeSubject subject;
    private final RandomGenerator random;
    private final Roundings roundings;
    private Runnable later = () -> {};

    TapeFaultFinder(TapeSubject subject, RandomGenerator random, double nondeterminism) {
        faults = new FaultCollector(nondeterminism);
        this.subject = subject;
        this.random = random;
        roundings = new Roundings(subject.type(), subject.point(), nondeterminism);
    }

    /** Returns the faults found; empty if there are none. */
    List<Fault> check() {
        double[][] outputs = subject.outputs(subject.point());
        List<NamedShape> variables = subject.outputShapes();
        if (!faults.finite("", variables, outputs)) {
            return faults.all();
        }
        double[][] u =
                Arrays.stream(outputs).map(o -> ArrayMath.cotangent(o.length, random)).toArray(double[][]::new);
        double[][] gradients = gradients(u, outputs);
        if (faults.all().stream().anyMatch(fault -> fault.kind() == Kind.NOT_FINITE)) {
            return faults.all();
        }
        again("the function gives other outputs", variables, outputs, () -> subject.outputs(subject.point()));
        again("backward gives other gradients", subject.variables(), gradients,
                () -> subject.gradients(subject.point(), u));
        if (faults.all().stream().anyMatch(fault -> fault.kind() == Kind.NOT_DETERMINISTIC)) {
            return faults.all(); // what is below compares runs
        }
        roundings.add(outputs, gradients);
        roundings.addCondition(moved -> subject.gradients(subject.point(), moved), u, gradients);
        DeltaConditions deltas = new DeltaConditions(subject, faults, roundings, random, u, gradients);
        accumulated(u, gradients);
        InputConditions inputs = new InputConditions(subject, faults, roundings, u);
        RunConditions runs = new RunConditions(subject, faults, roundings, u, outputs, gradients);
        inputs.constants(gradients, random);
        if (faults.all().isEmpty()) {
            runs.strides(random.nextBoolean());
            runs.threads();
        }
        later = () -> {
            deltas.check(outputs);
            inputs.aliases();
            runs.calls();
        };
        return faults.all();
    }

    /** Returns the faults of a function that has the right gradient; empty if there are none. */
    List<Fault> checkLater() {
        later.run();
        return faults.all();
    }

    /** Runs twice more, the second time with NaN in all memory that is not written before it is read. */
    private void again(String what, List<NamedShape> variables, double[][] before, Supplier<double[][]> run) {
        double[][] second = run.get();
        subject.spoilMemory();
        double[][] third = run.get();
        double[][] after = FaultCollector.isFinite(third) && (!FaultCollector.isFinite(second) || isSame(before, third))
                ? second
                : third;
        if (FaultCollector.isFinite(after)) {
            faults.same(Kind.NOT_DETERMINISTIC, what + " when it runs again: it depends on something that changes",
                    variables,
                    before, after);
        } else {
            faults.same(Kind.READS_UNWRITTEN_MEMORY,
                    what + " after unused memory was filled with NaN: it reads memory before"
                            + " writing it",
                    variables, before, after);
        }
    }

    private static boolean isSame(double[][] a, double[][] b) {
        return IntStream.range(0, a.length).allMatch(i -> ArrayMath.firstUnequal(a[i], b[i]) < 0);
    }

    /** Gradients by one run, which is looked at closely. */
    private double[][] gradients(double[][] u, double[][] outputs) {
        return subject.run(RunSetup.BACKWARD, subject.point(), pass -> {
            faults.same(Kind.NOT_DETERMINISTIC, "a tape that records gives other outputs", subject.outputShapes(),
                    outputs,
                    pass.outputValues());
            double[][] gradients = subject.backward(pass, u);
            if (!faults.finite("the gradient of ", subject.variables(), subject.gradients(pass))) {
                return gradients;
            }
            unchangedInputs(pass);
            if (faults.all().isEmpty()) {
                faults.same(Kind.CHANGES_OUTPUTS, "backward changes outputs", subject.outputShapes(), outputs,
                        pass.outputValues());
            }
            for (int i = 0; i < subject.inputs().size(); i++) {
                if (!subject.inputs().get(i).isDifferentiable()) {
                    faults.noGradient(pass, i);
                }
            }
            return gradients;
        });
    }

    private void unchangedInputs(TapePass pass) {
        for (int i = 0; i < subject.inputs().size(); i++) {
            NamedShape variable = new NamedShape("input " + i, subject.inputs().get(i).shape());
            faults.unchanged(variable, subject.value(i), pass.inputValues(i));
        }
        for (int s = 0; s < subject.variables().size(); s++) {
            if (subject.inputOf(s) < 0) {
                faults.unchanged(subject.variables().get(s), subject.point()[s], subject.parameterValues(s));
            }
        }
    }

    /**
     * Checks that backward adds to existing gradients, which are of the size and the signs of its own: sums of other signs
     * may be next to nothing, which kernels may take for nothing.
     */
    private void accumulated(double[][] u, double[][] gradients) {
        double[][] drawn = new double[gradients.length][];
        double[][] sums = new double[gradients.length][];
        double[][] direct = new double[subject.inputs().size()][];
        for (int s = 0; s < drawn.length; s++) {
            double size = roundings.largest(s) == 0 ? 1 : Math.min(roundings.largest(s), subject.mostToScale());
            double[] values = ArrayMath.scaled(size, ArrayMath.cotangent(gradients[s].length, random));
            double[] own = gradients[s];
            Arrays.setAll(values, j -> own[j] == 0 ? values[j] : Math.copySign(values[j], own[j]));
            drawn[s] = subject.type() == ElementType.F64 ? values : ArrayMath.floats(values);
        }
        double[][] before = subject.mask().zeroed(drawn);
        for (int s = 0; s < before.length; s++) {
            sums[s] = ArrayMath.sum(before[s], gradients[s]);
            if (subject.inputOf(s) >= 0) {
                direct[subject.inputOf(s)] = before[s];
            }
        }
        double[][] found = subject.run(RunSetup.BACKWARD, subject.point(), pass -> {
            for (int s = 0; s < before.length; s++) {
                if (subject.inputOf(s) < 0) {
                    subject.setGradient(s, before[s]);
                }
            }
            pass.backward(u, direct);
            return subject.mask().zeroed(subject.gradients(pass));
        });
        for (int s = 0; s < sums.length; s++) {
            accumulated(s, before[s], sums[s], found[s], roundings.ofGradient(s));
        }
    }

    private void accumulated(int variable, double[] before, double[] sum, double[] found, double tolerance) {
        for (int j = 0; j < sum.length; j++) {
            if (!(Math.abs(found[j] - sum[j]) <= tolerance + Math.ulp(before[j]))) {
                faults.fault(Kind.DOES_NOT_ACCUMULATE, "backward does not add to the gradient that is there: "
                        + subject.variables().get(variable).at(j) + " should be " + sum[j] + ", " + before[j]
                        + " of them from before, but is " + found[j]);
                return;
            }
        }
    }
}
