package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Compares outputs and gradients of the kernels of F32, in the width that {@code -Dunroll.simd} chose, with those of
 * F64 at the same numbers, whose gradients differences have verified.
 *
 * <p>The tolerance follows from the sums. A sum of n terms with random signs passes values of sqrt(n) terms' size, and
 * n random roundings of those add up to n roundings of a term; n is at most the largest number of rows or columns of
 * anything. A term of an output is no larger than the largest number among inputs and outputs. Those of a gradient are
 * about as large as the largest gradient by the same input for some cotangents; several are drawn, since the terms of a
 * small gradient may cancel for one. A factor such as {@code 1 - y^2} cancels for all where y is near 1: it is right to
 * some roundings of 1, and so is the gradient beside the cotangents, which are about 1. Where all terms cancel, as
 * behind a normalization of one column, nothing but rounding is left: such a gradient is measured by the largest number
 * of all.
 *
 * <p>Where gradients are compared, so is everything else that is asked of F64: that inputs whose rows have gaps between
 * them give the same, that gradients are added to those that are there, and so on.
 */
public final class SinglePrecisionComparison {
    public static final double ROUNDING = 0x1p-24;

    /**
     * Roundings of one fused pass: an output or gradient is the product of up to six factors and the sum of a few such
     * products; sigmoid, tanh and exp are right to 4 units of their last place, and a unit is two roundings.
     */
    public static final int PASS = 64;

    /** Cotangents that are tried to find out how large the terms of a gradient are. */
    private static final int TRIES = 4;

    /** A gradient that is smaller than this part of the numbers it is made of is 0 but for rounding in F64. */
    private static final double DUST = 0x1p-40;

    /** Roundings of a factor of a gradient that is a difference of numbers of about 1, in one pass. */
    private static final int FACTOR = 4;

    /** Relative tolerance above which a note tells of it. */
    private static final double COARSE = 1e-3;

    private final Subject f64;
    private final Subject f32;
    private final int passes;
    private final double nondeterminism;
    private final double[][] point;
    private final List<String> notes;
    private final List<Fault> faults = new ArrayList<>();

    /**
     * A comparison.
     *
     * @param f64 in double precision
     * @param f32 of the same variables, at a point of floats, which both are compared at
     * @param passes how many follow each other
     * @param nondeterminism how much equal runs may differ, relative to the largest
     * @param notes get what is measured too coarsely
     */
    public SinglePrecisionComparison(
            Subject f64, Subject f32, int passes, double nondeterminism, List<String> notes) {
        this.f64 = f64;
        this.f32 = f32;
        this.passes = passes;
        this.nondeterminism = nondeterminism;
        point = f32.point();
        this.notes = notes;
    }

    /**
     * Returns the differences that roundings do not explain.
     *
     * @param gradients whether they are compared: beside a kink the slope may be another after rounding
     */
    public List<Fault> compare(RandomGenerator random, boolean gradients) {
        double[][] outputs = f64.outputs(point);
        double[] terms = new double[outputs.length];
        Arrays.fill(terms, Math.max(largest(outputs), largest(point)));
        compare(f64.outputShapes(), "", outputs, f32.outputs(point), terms, 0);
        if (gradients && faults.isEmpty()) {
            double[][] u = cotangents(outputs, random);
            double[][] expected = f64.gradients(point, u);
            compare(f64.variables(), "the gradient of ", expected, f32.gradients(point, u),
                    terms(expected, outputs, random),
                    passes * FACTOR * ROUNDING * Math.max(largest(u), largest(expected)));
        }
        if (gradients && faults.isEmpty()) {
            sideConditions(random);
        }
        return faults;
    }

    private void sideConditions(RandomGenerator random) {
        List<Fault> found = f32.faults(random);
        for (Fault fault : found.isEmpty() ? f32.laterFaults() : found) {
            faults.add(new Fault(fault.kind(), "in single precision " + fault.text(), fault.cause()));
        }
    }

    private static double[][] cotangents(double[][] outputs, RandomGenerator random) {
        return Arrays.stream(outputs)
                .map(output -> ArrayMath.floats(ArrayMath.cotangent(output.length, random)))
                .toArray(double[][]::new);
    }

    /** Estimates the largest term of the sum that each gradient is. */
    private double[] terms(double[][] expected, double[][] outputs, RandomGenerator random) {
        double[] terms = Arrays.stream(expected).mapToDouble(ArrayMath::largest).toArray();
        for (int i = 0; i < TRIES; i++) {
            double[][] other = f64.gradients(point, cotangents(outputs, random));
            Arrays.setAll(terms, s -> Math.max(terms[s], ArrayMath.largest(other[s])));
        }
        double all = Math.max(Math.max(largest(outputs), largest(point)), largest(expected));
        Arrays.setAll(terms, s -> terms[s] > DUST * all ? terms[s] : all);
        return terms;
    }

    private static double largest(double[][] values) {
        return Arrays.stream(values).mapToDouble(ArrayMath::largest).max().orElse(0);
    }

    private void compare(
            List<NamedShape> variables,
            String of,
            double[][] expected,
            double[][] actual,
            double[] terms,
            double floor) {
        for (int s = 0; s < expected.length; s++) {
            double tolerance = passes * (PASS + longestSum()) * ROUNDING * terms[s] + floor
                    + 2 * nondeterminism * ArrayMath.largest(expected[s]);
            double largest = ArrayMath.largest(expected[s]);
            if (largest > DUST * terms[s] && tolerance > COARSE * largest) {
                notes.add(String.format(
                        Locale.ROOT, "in single precision an error of up to %.1g of the largest of %s%s is not seen",
                        tolerance / largest, of, variables.get(s).name()));
            }
            for (int j = 0; j < expected[s].length; j++) {
                if (!(Math.abs(expected[s][j] - actual[s][j]) <= tolerance)) {
                    faults.add(new Fault(Fault.Kind.WRONG_IN_SINGLE_PRECISION, String.format(
                            Locale.ROOT, "in single precision %s%s is %.9g, in double precision %.9g; they may differ"
                                    + " by %.2g",
                            of, variables.get(s).at(j), actual[s][j], expected[s][j], tolerance)));
                    return;
                }
            }
        }
    }

    private int longestSum() {
        return Stream.concat(f64.variables().stream(), f64.outputShapes().stream())
                .mapToInt(variable -> Math.max(variable.rows(), variable.columns()))
                .max().orElse(1);
    }
}
