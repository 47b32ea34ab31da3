package dev.unroll.gradcheck;

import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.gradcheck.subject.FaultException;
import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.TapeSource;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** What a function is compared with besides differences, where the caller gives it. */
final class Oracles {
    /** Rounding of a gradient that is 0, relative to the numbers that it is made of. */
    private static final double DUST = 0x1p-40;

    /**
     * A plain function that computes the values.
     *
     * @param function from all inputs to all outputs, row by row
     * @param tolerance relative to the largest value of an output
     */
    record Reference(UnaryOperator<double[][]> function, double tolerance) {}

    /**
     * Another function on the tape with the same values and gradients.
     *
     * @param function of the same inputs
     * @param tolerance relative to the largest of an output or gradient
     */
    record OtherPath(TapeFunction function, double tolerance) {}

    private final CheckSettings check;
    private final List<Input> inputs;
    private final double[][] values;
    private final RandomGenerator random;
    private final List<Fault> faults = new ArrayList<>();

    Oracles(CheckSettings check, List<Input> inputs, double[][] values, RandomGenerator random) {
        this.check = check;
        this.inputs = inputs;
        this.values = values;
        this.random = random;
    }

    /** Returns where the subject differs from what it is compared with; empty if nowhere. */
    List<Fault> faults(Subject subject) {
        if (check.reference() != null) {
            compare(subject, check.reference());
        }
        for (OtherPath other : check.otherPaths()) {
            compare(subject, other);
        }
        if (check.deltaBatch() > 1) {
            compareBatch(subject);
        }
        return faults;
    }

    private void compare(Subject subject, Reference reference) {
        double[][] copies = Arrays.stream(values).map(double[]::clone).toArray(double[][]::new);
        double[][] expected;
        try {
            expected = reference.function().apply(copies);
        } catch (Throwable e) {
            throw FaultException.of("the reference", e);
        }
        double[][] actual = subject.outputs(subject.point());
        if (expected == null || !fits(expected, actual)) {
            faults.add(new Fault(Kind.DIFFERS_FROM_REFERENCE, "the reference must return an array for each of "
                    + subject.outputShapes() + ", row by row"));
            return;
        }
        double[] tolerances = Arrays.stream(expected)
                .mapToDouble(output -> (reference.tolerance() + check.nondeterminism()) * ArrayMath.largest(output))
                .toArray();
        compare(Kind.DIFFERS_FROM_REFERENCE, "the reference", "", subject.outputShapes(), expected, actual, tolerances);
    }

    private static boolean fits(double[][] expected, double[][] actual) {
        boolean fits = expected.length == actual.length;
        for (int o = 0; fits && o < actual.length; o++) {
            fits = expected[o] != null && expected[o].length == actual[o].length;
        }
        return fits;
    }

    private void compare(Subject subject, OtherPath path) {
        TapeSource source = new TapeSource("the other function", path.function(), inputs);
        try (Subject other = check.with(source).subject(inputs, values, ElementType.F64)) {
            double[][] expected = other.outputs(other.point());
            double[][] actual = subject.outputs(subject.point());
            if (!fits(expected, actual)) {
                faults.add(new Fault(Kind.DIFFERS_FROM_OTHER_PATH, "the function returns " + subject.outputShapes()
                        + ", the other function " + other.outputShapes()));
                return;
            }
            if (!compare(Kind.DIFFERS_FROM_OTHER_PATH, "the other function", "", subject.outputShapes(), expected,
                    actual, tolerances(path.tolerance(), expected))) {
                return; // gradients of other values are others
            }
            double[][] u = cotangents(actual);
            double[][] gradients = other.gradients(other.point(), u);
            compare(Kind.DIFFERS_FROM_OTHER_PATH, "the other function", "the gradient of ", subject.variables(),
                    gradients, subject.gradients(subject.point(), u), tolerances(path.tolerance(), gradients));
        } catch (FaultException e) {
            faults.add(new Fault(
                    Kind.DIFFERS_FROM_OTHER_PATH, "of the other function, " + e.fault().text(), e.fault().cause()));
        }
    }

    /** Several gradients of the outputs at once must give the sum of what they give one after the other. */
    private void compareBatch(Subject subject) {
        double[][] outputs = subject.outputs(subject.point());
        double[][] together = Arrays.stream(outputs).map(o -> new double[o.length]).toArray(double[][]::new);
        double[][] sum = subject.point().clone();
        Arrays.setAll(sum, s -> new double[sum[s].length]);
        double[] terms = new double[sum.length];
        for (int i = 0; i < check.deltaBatch(); i++) {
            double[][] u = cotangents(outputs);
            add(u, together);
            double[][] gradients = subject.gradients(subject.point(), u);
            add(gradients, sum);
            Arrays.setAll(terms, s -> Math.max(terms[s], ArrayMath.largest(gradients[s])));
        }
        double all = Arrays.stream(terms).max().orElse(0);
        double[] tolerances = Arrays.stream(terms)
                .map(term -> check.deltaBatch()
                        * ((ArrayMath.OTHER_ORDER + 2 * check.nondeterminism()) * term + DUST * all))
                .toArray();
        compare(Kind.NOT_LINEAR, "the sum for each of " + check.deltaBatch() + " gradients of the outputs alone",
                "for all together the gradient of ", subject.variables(), sum,
                subject.gradients(subject.point(), together), tolerances);
    }

    private static void add(double[][] terms, double[][] sum) {
        for (int s = 0; s < sum.length; s++) {
            for (int j = 0; j < sum[s].length; j++) {
                sum[s][j] += terms[s][j];
            }
        }
    }

    private double[][] cotangents(double[][] outputs) {
        return Arrays.stream(outputs).map(o -> ArrayMath.cotangent(o.length, random)).toArray(double[][]::new);
    }

    /** What two results may differ by, each of which may be another when it is computed again. */
    private double[] tolerances(double relative, double[][] expected) {
        double both = relative + 2 * check.nondeterminism();
        double all = Arrays.stream(expected).mapToDouble(ArrayMath::largest).max().orElse(0);
        return Arrays.stream(expected)
                .mapToDouble(each -> both * ArrayMath.largest(each) + DUST * all)
                .toArray();
    }

    private boolean compare(
            Kind kind, String other, String of, List<NamedShape> variables, double[][] expected, double[][] actual,
            double[] tolerances) {
        for (int s = 0; s < expected.length; s++) {
            for (int j = 0; j < expected[s].length; j++) {
                if (!(Math.abs(actual[s][j] - expected[s][j]) <= tolerances[s])) {
                    faults.add(new Fault(kind, of + variables.get(s).at(j) + " is " + actual[s][j] + ", by " + other
                            + " " + expected[s][j] + "; they may differ by " + tolerances[s]));
                    return false;
                }
            }
        }
        return true;
    }
}
