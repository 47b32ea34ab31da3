package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.subject.FaultException;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Compares every derivative of every output element by every input element. Backward is asked for one element of the
 * outputs at a time; that it does with all of them together what it does with each is checked too, for it is linear in
 * the gradients of the outputs.
 */
public final class JacobianComparison {
    /** Roundings of a few products that cancel each other. */
    private static final double ROUNDINGS = 64;

    /** Sums that are rounded within backward, in errors of a gradient of all outputs. */
    private static final double WITHIN = 4;

    private final Subject subject;
    private final ComparisonStatistics statistics;
    private final double nondeterminism;
    private final double[][] center;
    private final Map<List<Integer>, double[][]> roundings = new HashMap<>();

    /**
     * A comparison.
     *
     * @param nondeterminism how much equal runs may differ, relative to the largest gradient by a variable
     */
    public JacobianComparison(Subject subject, ComparisonStatistics statistics, double nondeterminism) {
        this.subject = subject;
        this.statistics = statistics;
        this.nondeterminism = nondeterminism;
        center = subject.outputs(subject.point());
    }

    public void compare(RandomGenerator random) {
        double[][][][] rows = new double[center.length][][][];
        for (int o = 0; o < center.length; o++) {
            rows[o] = rows(o);
        }
        double[][] largest = largest(rows);
        double[] overall = Arrays.stream(largest).mapToDouble(ArrayMath::largest).toArray();
        for (int i = 0; i < largest.length; i++) {
            double considerable = ComparisonStatistics.considerable(overall, subject.point(), i);
            for (int j = 0; j < subject.point()[i].length; j++) {
                if (subject.isChecked(i, j)) {
                    compareColumn(i, j, rows, largest[i], considerable);
                }
            }
        }
        for (int sign = -1; sign <= 1 && statistics.wrong() == 0; sign += 2) { // one number alone has but two signs
            compareSum(rows, cotangents(random, sign));
        }
    }

    /** The largest gradient by each variable through each output. */
    private double[][] largest(double[][][][] rows) {
        double[][] largest = new double[subject.variables().size()][center.length];
        for (int i = 0; i < largest.length; i++) {
            for (int o = 0; o < center.length; o++) {
                for (double[][] row : rows[o]) {
                    largest[i][o] = Math.max(largest[i][o], ArrayMath.largest(row[i]));
                }
            }
        }
        return largest;
    }

    /** Computes by backward the gradients of each element of an output, input by input. */
    private double[][][] rows(int output) {
        double[][][] rows = new double[center[output].length][][];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = subject.gradients(subject.point(), alone(output, k));
            requireFinite(rows[k], subject.outputShapes().get(output).at(k));
        }
        return rows;
    }

    /** A cotangent of 1 for one element. */
    private double[][] alone(int output, int element) {
        double[][] cotangents = new double[center.length][];
        cotangents[output] = new double[center[output].length];
        cotangents[output][element] = 1;
        return cotangents;
    }

    private void requireFinite(double[][] gradients, String output) {
        for (int s = 0; s < gradients.length; s++) {
            int at = ArrayMath.firstNotFinite(gradients[s]);
            if (at >= 0) {
                throw new FaultException(Kind.NOT_FINITE,
                        "the gradient of " + subject.variables().get(s).at(at) + " is "
                                + gradients[s][at] + " where " + output + " alone has a gradient");
            }
        }
    }

    private double[][] cotangents(RandomGenerator random, int signOfFirst) {
        double[][] u = new double[center.length][];
        for (int o = 0; o < u.length; o++) {
            u[o] = ArrayMath.cotangent(center[o].length, random);
            if (u[o].length > 0) {
                u[o][0] = signOfFirst * Math.abs(u[o][0]);
            }
        }
        return u;
    }

    /** Checks that the gradient for all outputs together is the sum of those for each element. */
    private void compareSum(double[][][][] rows, double[][] u) {
        double[][] together = subject.gradients(subject.point(), u);
        double rounding = roundingWhereTermsCancel(subject, center);
        double[][] within = null;
        for (int s = 0; s < together.length; s++) {
            double[] sum = new double[together[s].length];
            double largest = 0;
            double noise = nondeterminism * ArrayMath.largest(together[s]) + subject.flushed();
            for (int o = 0; o < u.length; o++) {
                for (int k = 0; k < u[o].length; k++) {
                    noise += Math.abs(u[o][k])
                            * (nondeterminism * ArrayMath.largest(rows[o][k][s]) + subject.flushed());
                    for (int j = 0; j < sum.length; j++) {
                        double term = u[o][k] * rows[o][k][s][j];
                        sum[j] += term;
                        largest = Math.max(largest, Math.abs(term));
                    }
                }
            }
            for (int j = 0; j < sum.length; j++) {
                double apart = Math.abs(together[s][j] - sum[j]);
                double allowed = ArrayMath.OTHER_ORDER * largest + rounding + noise;
                if (!(apart <= allowed)) {
                    within = within == null ? AnalyticRounding.of(subject, u, together) : within;
                    allowed += WITHIN * ArrayMath.largest(within[s]);
                }
                if (!(apart <= allowed)) {
                    throw new FaultException(Kind.NOT_LINEAR, "backward is not linear in the gradients of the outputs: "
                            + subject.variables().get(s).at(j) + " gets " + together[s][j]
                            + " where all outputs have one,"
                            + " but " + sum[j] + " is the sum of what it gets for each element alone");
                }
            }
        }
    }

    /**
     * Terms may cancel within backward for all outputs, as behind a normalization of two columns; they are about as
     * large as the outputs are beside the inputs, and some roundings of these are left.
     */
    static double roundingWhereTermsCancel(Subject subject, double[][] center) {
        double outputs = Arrays.stream(center).mapToDouble(ArrayMath::largest).max().orElse(0);
        double inputs = Arrays.stream(subject.point()).mapToDouble(ArrayMath::largest).max().orElse(0);
        return ROUNDINGS * 0x1p-53 * outputs / (inputs == 0 ? 1 : inputs);
    }

    /** Compares the derivatives of all outputs with respect to one element of an input. */
    private void compareColumn(int i, int j, double[][][][] rows, double[] largest, double considerable) {
        FunctionOnLine line = FunctionOnLine.ofElement(subject, center, i, j, statistics.stepFactor());
        double inputs = ArrayMath.largest(subject.point()[i]);
        for (int o = 0; o < center.length; o++) {
            for (int k = 0; k < center[o].length; k++) {
                int output = o;
                int element = k;
                ComparedDerivative measurement = new ComparedDerivative(
                        () -> "d " + subject.outputShapes().get(output).at(element) + " / d "
                                + subject.variables().get(i).at(j),
                        i, t -> line.change(output, element, t), line.step());
                Claim claim = new Claim(
                        rows[o][k][i][j],
                        () -> subject.flushed() + rounding(output, element, rows[output][element])[i][j], 0, largest[o],
                        1, considerable, inputs, 1);
                statistics.compare(claim, line, along -> along.sums(output, element), measurement);
            }
        }
    }

    private double[][] rounding(int output, int element, double[][] row) {
        return roundings.computeIfAbsent(
                List.of(output, element), _ -> AnalyticRounding.of(subject, alone(output, element), row));
    }
}
