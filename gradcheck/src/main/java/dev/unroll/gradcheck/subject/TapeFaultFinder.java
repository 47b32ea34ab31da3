package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.util.ArrayMath;
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
    /** Sums in another order, of numbers of order 1 and as many as fit in a small check; a fault is of order 1. */
    private static final double OTHER_ORDER = 1e-10;

    private final FaultCollector faults;
    private final double otherOrder;
    private final TapeSubject subject;
    private final RandomGenerator random;

    TapeFaultFinder(TapeSubject subject, RandomGenerator random, double nondeterminism) {
        faults = new FaultCollector(nondeterminism);
        otherOrder = Math.max(OTHER_ORDER, 2 * nondeterminism);
        this.subject = subject;
        this.random = random;
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
        if (!faults.finite("the gradient of ", subject.variables(), gradients)) {
            return faults.all();
        }
        again("the function gives other outputs", variables, outputs, () -> subject.outputs(subject.point()));
        again("backward gives other gradients", subject.variables(), gradients,
                () -> subject.gradients(subject.point(), u));
        if (faults.all().stream().anyMatch(fault -> fault.kind() == Kind.NOT_DETERMINISTIC)) {
            return faults.all(); // what is below compares runs
        }
        accumulated(u, gradients);
        alone(u, gradients);
        strided(u, outputs, gradients);
        return faults.all();
    }

    /** Runs twice more, the second time with NaN in all memory that is not written before it is read. */
    private void again(String what, List<NamedShape> variables, double[][] before, Supplier<double[][]> run) {
        double[][] second = run.get();
        subject.spoilMemory();
        double[][] third = run.get();
        double[][] after = isFinite(third) && (!isFinite(second) || isSame(before, third)) ? second : third;
        if (isFinite(after)) {
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

    private static boolean isFinite(double[][] values) {
        return Arrays.stream(values).allMatch(array -> ArrayMath.firstNotFinite(array) < 0);
    }

    private static boolean isSame(double[][] a, double[][] b) {
        return IntStream.range(0, a.length).allMatch(i -> ArrayMath.firstUnequal(a[i], b[i]) < 0);
    }

    /** Gradients by one run, which is looked at closely. */
    private double[][] gradients(double[][] u, double[][] outputs) {
        return subject.run(true, subject.point(), _ -> true, pass -> {
            faults.same(Kind.NOT_DETERMINISTIC, "a tape that records gives other outputs", subject.outputShapes(),
                    outputs,
                    pass.outputValues());
            subject.clearGradients();
            pass.backward(u, new double[subject.inputs().size()][]);
            unchangedInputs(pass);
            if (faults.all().isEmpty()) {
                faults.same(Kind.CHANGES_OUTPUTS, "backward changes outputs", subject.outputShapes(), outputs,
                        pass.outputValues());
            }
            for (int i = 0; i < subject.inputs().size(); i++) {
                noGradient(pass, i, subject.inputs().get(i).isDifferentiable());
            }
            return subject.gradients(pass);
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

    private void noGradient(TapePass pass, int input, boolean varies) {
        if (!varies && pass.gradient(input) != null) {
            faults.fault(Kind.GRADIENT_OF_A_CONSTANT,
                    "input " + input + " is a constant but gets a gradient; ask call.wants(i) first");
        }
    }

    /** Checks that backward adds to existing gradients. */
    private void accumulated(double[][] u, double[][] gradients) {
        double[][] before = new double[gradients.length][];
        double[][] direct = new double[subject.inputs().size()][];
        for (int s = 0; s < before.length; s++) {
            before[s] = ArrayMath.cotangent(gradients[s].length, random);
            if (subject.inputOf(s) >= 0) {
                direct[subject.inputOf(s)] = before[s];
            }
        }
        double[][] sums = subject.run(true, subject.point(), _ -> true, pass -> {
            for (int s = 0; s < before.length; s++) {
                if (subject.inputOf(s) < 0) {
                    subject.setGradient(s, before[s]);
                }
            }
            pass.backward(u, direct);
            return subject.gradients(pass);
        });
        for (int s = 0; s < sums.length; s++) {
            accumulated(s, gradients[s], before[s], sums[s]);
        }
    }

    private void accumulated(int variable, double[] gradient, double[] before, double[] sum) {
        double tolerance = otherOrder * (1 + ArrayMath.largest(gradient));
        for (int j = 0; j < sum.length; j++) {
            double expected = before[j] + gradient[j];
            if (!(Math.abs(sum[j] - expected) <= tolerance)) {
                faults.fault(Kind.DOES_NOT_ACCUMULATE, "backward does not add to the gradient that is there: "
                        + subject.variables().get(variable).at(j) + " should be " + expected + ", " + before[j]
                        + " of them from before, but is " + sum[j]);
                return;
            }
        }
    }

    /** Every input must get the same gradient where all others are constants, and these none. */
    private void alone(double[][] u, double[][] gradients) {
        for (int s = 0; s < gradients.length && subject.inputOf(s) >= 0; s++) {
            int variable = s;
            int alone = subject.inputOf(s);
            double[] gradient = subject.run(true, subject.point(), i -> i == alone, pass -> {
                subject.clearGradients();
                pass.backward(u, new double[subject.inputs().size()][]);
                for (int i = 0; i < subject.inputs().size(); i++) {
                    noGradient(pass, i, i == alone);
                }
                return subject.gradients(pass)[variable];
            });
            close(Kind.DEPENDS_ON_CONSTANTS, "the gradient changes when other inputs are constants",
                    subject.variables().get(s), gradients[s], gradient);
        }
    }

    private void close(Kind kind, String fault, NamedShape variable, double[] expected, double[] actual) {
        double tolerance = otherOrder * (1 + ArrayMath.largest(expected));
        for (int j = 0; j < actual.length; j++) {
            if (!(Math.abs(actual[j] - expected[j]) <= tolerance)) {
                faults.fault(kind, fault + ": " + variable.at(j) + ": " + expected[j] + ", then " + actual[j]);
                return;
            }
        }
    }

    /** Columns of a wider matrix as inputs must give the same, and what is beside them stays. */
    private void strided(double[][] u, double[][] outputs, double[][] gradients) {
        if (!faults.all().isEmpty() || subject.inputs().stream().noneMatch(input -> input.shape().length == 2)) {
            return;
        }
        try {
            subject.runStrided(pass -> {
                close("other outputs", subject.outputShapes(), outputs, pass.outputValues());
                subject.clearGradients();
                pass.backward(u, new double[subject.inputs().size()][]);
                close("other gradients", subject.variables(), gradients, subject.gradients(pass));
                untouched(pass);
                return null;
            });
        } catch (FaultException e) {
            faults.fault(Kind.DEPENDS_ON_STRIDES,
                    "where inputs are columns of a wider matrix, " + e.fault().text() + "; respect rowStride()");
        }
    }

    private void close(String what, List<NamedShape> variables, double[][] expected, double[][] actual) {
        String fault = "inputs that are columns of a wider matrix, with NaN beside them, give " + what
                + "; respect rowStride()";
        for (int s = 0; s < expected.length; s++) {
            close(Kind.DEPENDS_ON_STRIDES, fault, variables.get(s), expected[s], actual[s]);
        }
    }

    private void untouched(TapePass pass) {
        for (int i = 0; i < subject.inputs().size(); i++) {
            String touched = pass.input(i).touched();
            if (touched != null) {
                faults.fault(Kind.DEPENDS_ON_STRIDES,
                        "input " + i + " is some columns of a wider matrix, but " + touched);
            }
        }
    }
}
