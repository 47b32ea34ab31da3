package dev.unroll.gradcheck;

import dev.unroll.gradcheck.Fault.Kind;
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
final class TapeConditions extends Conditions {
    /** Sums in another order, of numbers of order 1 and as many as fit in a small check; a fault is of order 1. */
    private static final double OTHER_ORDER = 1e-10;

    private final TapeSubject subject;
    private final RandomGenerator random;

    TapeConditions(TapeSubject subject, RandomGenerator random) {
        this.subject = subject;
        this.random = random;
    }

    /** What does not hold; empty if all is well. */
    List<Fault> check() {
        double[][] outputs = subject.outputs(subject.point());
        List<Site> sites = subject.outputSites();
        if (!finite("", sites, outputs)) {
            return faults();
        }
        double[][] u =
                Arrays.stream(outputs).map(o -> Vectors.cotangent(o.length, random)).toArray(double[][]::new);
        double[][] gradients = gradients(u, outputs);
        if (!finite("the gradient of ", subject.sites(), gradients)) {
            return faults();
        }
        again("the function gives other outputs", sites, outputs, () -> subject.outputs(subject.point()));
        again("backward gives other gradients", subject.sites(), gradients,
                () -> subject.gradients(subject.point(), u));
        if (faults().stream().anyMatch(fault -> fault.kind() == Kind.NOT_DETERMINISTIC)) {
            return faults(); // what is below compares runs
        }
        accumulated(u, gradients);
        alone(u, gradients);
        strided(u, outputs, gradients);
        return faults();
    }

    /** Runs twice more, the second time with NaN in all memory that is not written before it is read. */
    private void again(String what, List<Site> sites, double[][] before, Supplier<double[][]> run) {
        double[][] second = run.get();
        subject.spoilMemory();
        double[][] third = run.get();
        double[][] after = isFinite(third) && (!isFinite(second) || isSame(before, third)) ? second : third;
        if (isFinite(after)) {
            same(Kind.NOT_DETERMINISTIC, what + " when it runs again: it depends on something that changes", sites,
                    before, after);
        } else {
            same(Kind.READS_UNWRITTEN_MEMORY, what + " after unused memory was filled with NaN: it reads memory before"
                    + " writing it", sites, before, after);
        }
    }

    private static boolean isFinite(double[][] values) {
        return Arrays.stream(values).allMatch(array -> Vectors.firstNotFinite(array) < 0);
    }

    private static boolean isSame(double[][] a, double[][] b) {
        return IntStream.range(0, a.length).allMatch(i -> Vectors.firstUnequal(a[i], b[i]) < 0);
    }

    /** Gradients by one run, which is looked at closely. */
    private double[][] gradients(double[][] u, double[][] outputs) {
        return subject.run(true, subject.point(), _ -> true, pass -> {
            same(Kind.NOT_DETERMINISTIC, "a tape that records gives other outputs", subject.outputSites(), outputs,
                    pass.outputValues());
            subject.clearGradients();
            pass.backward(u, new double[subject.inputs().size()][]);
            unchangedInputs(pass);
            if (faults().isEmpty()) {
                same(Kind.CHANGES_OUTPUTS, "backward changes outputs", subject.outputSites(), outputs,
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
            Site site = new Site("input " + i, subject.inputs().get(i).shape());
            unchanged(site, subject.value(i), pass.inputValues(i));
        }
        for (int s = 0; s < subject.sites().size(); s++) {
            if (subject.inputOf(s) < 0) {
                unchanged(subject.sites().get(s), subject.point()[s], subject.parameterValues(s));
            }
        }
    }

    private void noGradient(TapePass pass, int input, boolean varies) {
        if (!varies && pass.gradient(input) != null) {
            fault(Kind.GRADIENT_OF_A_CONSTANT,
                    "input " + input + " is a constant but gets a gradient; ask call.wants(i) first");
        }
    }

    /** With gradients that are there before, the function's own must be added to them. */
    private void accumulated(double[][] u, double[][] gradients) {
        double[][] before = new double[gradients.length][];
        double[][] direct = new double[subject.inputs().size()][];
        for (int s = 0; s < before.length; s++) {
            before[s] = Vectors.cotangent(gradients[s].length, random);
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

    private void accumulated(int site, double[] gradient, double[] before, double[] sum) {
        double tolerance = OTHER_ORDER * (1 + Vectors.largest(gradient));
        for (int j = 0; j < sum.length; j++) {
            double expected = before[j] + gradient[j];
            if (!(Math.abs(sum[j] - expected) <= tolerance)) {
                fault(Kind.DOES_NOT_ACCUMULATE, "backward does not add to the gradient that is there: "
                        + subject.sites().get(site).at(j) + " should be " + expected + ", " + before[j]
                        + " of them from before, but is " + sum[j]);
                return;
            }
        }
    }

    /** Every input must get the same gradient where all others are constants, and these none. */
    private void alone(double[][] u, double[][] gradients) {
        for (int s = 0; s < gradients.length && subject.inputOf(s) >= 0; s++) {
            int site = s;
            int alone = subject.inputOf(s);
            double[] gradient = subject.run(true, subject.point(), i -> i == alone, pass -> {
                subject.clearGradients();
                pass.backward(u, new double[subject.inputs().size()][]);
                for (int i = 0; i < subject.inputs().size(); i++) {
                    noGradient(pass, i, i == alone);
                }
                return subject.gradients(pass)[site];
            });
            close(Kind.DEPENDS_ON_CONSTANTS, "the gradient changes when other inputs are constants",
                    subject.sites().get(s), gradients[s], gradient);
        }
    }

    private void close(Kind kind, String fault, Site site, double[] expected, double[] actual) {
        double tolerance = OTHER_ORDER * (1 + Vectors.largest(expected));
        for (int j = 0; j < actual.length; j++) {
            if (!(Math.abs(actual[j] - expected[j]) <= tolerance)) {
                fault(kind, fault + ": " + site.at(j) + ": " + expected[j] + ", then " + actual[j]);
                return;
            }
        }
    }

    /** Columns of a wider matrix as inputs must give the same, and what is beside them stays. */
    private void strided(double[][] u, double[][] outputs, double[][] gradients) {
        if (!faults().isEmpty() || subject.inputs().stream().noneMatch(input -> input.shape().length == 2)) {
            return;
        }
        try {
            subject.runStrided(pass -> {
                close("other outputs", subject.outputSites(), outputs, pass.outputValues());
                subject.clearGradients();
                pass.backward(u, new double[subject.inputs().size()][]);
                close("other gradients", subject.sites(), gradients, subject.gradients(pass));
                untouched(pass);
                return null;
            });
        } catch (FaultException e) {
            fault(Kind.DEPENDS_ON_STRIDES,
                    "where inputs are columns of a wider matrix, " + e.fault().text() + "; respect rowStride()");
        }
    }

    private void close(String what, List<Site> sites, double[][] expected, double[][] actual) {
        String fault = "inputs that are columns of a wider matrix, with NaN beside them, give " + what
                + "; respect rowStride()";
        for (int s = 0; s < expected.length; s++) {
            close(Kind.DEPENDS_ON_STRIDES, fault, sites.get(s), expected[s], actual[s]);
        }
    }

    private void untouched(TapePass pass) {
        for (int i = 0; i < subject.inputs().size(); i++) {
            String touched = pass.input(i).touched();
            if (touched != null) {
                fault(Kind.DEPENDS_ON_STRIDES, "input " + i + " is some columns of a wider matrix, but " + touched);
            }
        }
    }
}
