package dev.unroll.gradcheck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Compares outputs and gradients of the kernels of F32, in the width that {@code -Dunroll.simd} chose, with those of F64
 * at the same numbers, whose gradients differences have verified.
 *
 * <p>The tolerance follows from the sums. A sum of n terms with random signs passes values of sqrt(n) terms' size, and n
 * random roundings of those add up to n roundings of a term; n is at most the largest number of rows or columns of
 * anything. A term is no larger than the largest number among inputs, outputs and gradients.
 */
final class SinglePrecision {
    static final double ROUNDING = 0x1p-24;

    /**
     * Roundings of one fused pass: an output or gradient is the product of up to six factors and the sum of a few such
     * products; sigmoid, tanh and exp are right to 4 units of their last place, and a unit is two roundings.
     */
    static final int PASS = 64;

    private final Subject f64;
    private final Subject f32;
    private final int passes;
    private final List<Fault> faults = new ArrayList<>();

    /**
     * A comparison.
     *
     * @param f64 at numbers that are floats
     * @param f32 at the same
     * @param passes how many follow each other
     */
    SinglePrecision(Subject f64, Subject f32, int passes) {
        this.f64 = f64;
        this.f32 = f32;
        this.passes = passes;
    }

    /** The nearest floats. */
    static double[] floats(double[] values) {
        return Arrays.stream(values).map(value -> (float) value).toArray();
    }

    /**
     * What is further apart than roundings explain.
     *
     * @param gradients whether they are compared: beside a kink the slope may be another after rounding
     */
    List<Fault> compare(RandomGenerator random, boolean gradients) {
        double[][] outputs = f64.outputs(f64.point());
        double terms = Math.max(largest(outputs), largest(f64.point()));
        compare(f64.outputSites(), "", outputs, f32.outputs(f32.point()), terms);
        if (gradients) {
            double[][] u = Arrays.stream(outputs)
                    .map(output -> floats(Vectors.cotangent(output.length, random)))
                    .toArray(double[][]::new);
            double[][] expected = f64.gradients(f64.point(), u);
            compare(f64.sites(), "the gradient of ", expected, f32.gradients(f32.point(), u),
                    Math.max(terms, largest(expected)));
        }
        return faults;
    }

    private static double largest(double[][] values) {
        return Arrays.stream(values).mapToDouble(Vectors::largest).max().orElse(0);
    }

    private void compare(List<Site> sites, String of, double[][] expected, double[][] actual, double terms) {
        double tolerance = passes * (PASS + longestSum()) * ROUNDING * terms;
        for (int s = 0; s < expected.length; s++) {
            for (int j = 0; j < expected[s].length; j++) {
                if (!(Math.abs(expected[s][j] - actual[s][j]) <= tolerance)) {
                    faults.add(new Fault(Fault.Kind.WRONG_IN_SINGLE_PRECISION, String.format(
                            Locale.ROOT, "in single precision %s%s is %.9g, in double precision %.9g; they may differ"
                                    + " by %.2g",
                            of, sites.get(s).at(j), actual[s][j], expected[s][j], tolerance)));
                    return;
                }
            }
        }
    }

    private int longestSum() {
        return Stream.concat(f64.sites().stream(), f64.outputSites().stream())
                .mapToInt(site -> Math.max(site.rows(), site.columns()))
                .max().orElse(1);
    }
}
