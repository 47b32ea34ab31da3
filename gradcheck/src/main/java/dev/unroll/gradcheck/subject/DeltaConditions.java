package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;

/**
 * Backward is linear in the gradients of the outputs, the deltas, whatever their sizes and patterns are: large ones and
 * small ones, all equal, all ones, one alone, and none.
 */
final class DeltaConditions {
    /** No powers of two: what they multiply is rounded in another way. */
    private static final double LARGE = 1e3;

    private static final double SMALL = 1e-3;

    /** Powers of two: what they multiply is rounded in the same way, so that they change nothing but the exponents. */
    private static final double[] EXACT = {0x1p10, 0x1p-9};

    /** A size at which a limit shows, where the function's own numbers are smaller. */
    private static final double HUGE = 0x1p200;

    private static final double HUGE_F32 = 0x1p40;

    /** A size at which something shows that is added or left out. */
    private static final double TINY = 0x1p-40;

    private static final double TINY_F32 = 0x1p-20;

    private static final double EQUAL = 0.75;

    private final TapeSubject subject;
    private final FaultCollector faults;
    private final Roundings roundings;
    private final RandomGenerator random;
    private final double[][] u;
    private final double[][] gradients;

    /**
     * The conditions.
     *
     * @param u deltas of order 1
     * @param gradients that they give
     */
    DeltaConditions(
            TapeSubject subject, FaultCollector faults, Roundings roundings, RandomGenerator random, double[][] u,
            double[][] gradients) {
        this.subject = subject;
        this.faults = faults;
        this.roundings = roundings;
        this.random = random;
        this.u = u;
        this.gradients = gradients;
    }

    /** Adds at most one fault. */
    void check(double[][] outputs) {
        boolean isNearOverflow = Roundings.largest(gradients) > subject.mostToScale();
        boolean _ =
                !isNearOverflow && scaled(LARGE) && Arrays.stream(EXACT).allMatch(this::scaledExactly) && huge(outputs)
                        && scaled(isDouble() ? TINY : TINY_F32) && patterns() && none();
    }

    private boolean scaled(double factor) {
        return scaled(factor, roundings::ofGradient);
    }

    /** What cancels does so in the same way: no more is allowed for it than a few roundings of the gradient. */
    private boolean scaledExactly(double factor) {
        return scaled(factor, roundings::ofSameSums);
    }

    private boolean scaled(double factor, IntToDoubleFunction allowed) {
        if (factor * Roundings.largest(gradients) > subject.mostToScale()) {
            return true; // it would overflow
        }
        double[][] scaled = gradients(scaled(u, factor));
        if (!finite(scaled, "where the gradients of the outputs are multiplied by " + factor)) {
            return false;
        }
        double[][] back = scaled(scaled, 1 / factor);
        return same(gradients, back, s -> allowed.applyAsDouble(s) + subject.flushed() * Math.max(1, 1 / factor),
                "multiplied by " + factor + " they give, after a division by that,");
    }

    private boolean huge(double[][] outputs) {
        double huge = isDouble() ? HUGE : HUGE_F32;
        double largest = Math.max(Roundings.largest(outputs),
                Math.max(Roundings.largest(subject.point()), Roundings.largest(gradients)));
        return largest > huge || scaled(huge);
    }

    private boolean isDouble() {
        return subject.type() == ElementType.F64;
    }

    private boolean patterns() {
        double[][] ones = Arrays.stream(u).map(array -> filled(array.length, 1)).toArray(double[][]::new);
        double[][] one = one();
        double[][] rest = new double[u.length][];
        Arrays.setAll(rest, o -> rest(u[o], one[o]));
        double[][] ofOnes = gradients(ones);
        double[][] ofOne = gradients(one);
        double[][] ofRest = scaled(gradients(scaled(rest, SMALL)), 1 / SMALL);
        roundings.add(ofOnes);
        roundings.add(ofOne);
        roundings.add(ofRest);
        double[][] ofEqual = scaled(gradients(scaled(ones, EQUAL)), 1 / EQUAL);
        double[][] sum = new double[gradients.length][];
        Arrays.setAll(sum, s -> ArrayMath.sum(ArrayMath.sum(ofOnes[s], ofOne[s]), ofRest[s]));
        return finite(ofOnes, "where all outputs have the gradient 1")
                && finite(ofOne, "where " + nameOf(one) + " alone has a gradient")
                && finite(ofRest, "for some gradients of the outputs")
                && same(ofOnes, ofEqual, allowed(1), "all " + EQUAL + " they give, after a division by that,")
                && same(sum, gradients, allowed(SMALL),
                        "as the sum of all ones, one at " + nameOf(one) + " and the rest they give");
    }

    /** One element of one output alone; the other outputs get none. */
    private double[][] one() {
        double[][] one = new double[u.length][];
        int output = random.nextInt(u.length);
        one[output] = new double[u[output].length];
        if (one[output].length > 0) {
            one[output][random.nextInt(one[output].length)] = 1;
        }
        return one;
    }

    private String nameOf(double[][] one) {
        for (int o = 0; o < one.length; o++) {
            for (int k = 0; one[o] != null && k < one[o].length; k++) {
                if (one[o][k] != 0) {
                    return subject.outputShapes().get(o).at(k);
                }
            }
        }
        return "no output";
    }

    private static double[] rest(double[] u, double[] one) {
        double[] rest = new double[u.length];
        Arrays.setAll(rest, k -> u[k] - 1 - (one == null ? 0 : one[k]));
        return rest;
    }

    private boolean none() {
        double[][] none = gradients(scaled(u, 0));
        for (int s = 0; s < none.length; s++) {
            for (int j = 0; j < none[s].length; j++) {
                if (none[s][j] != 0) { // also true for NaN
                    faults.fault(Double.isFinite(none[s][j]) ? Kind.NOT_LINEAR : Kind.NOT_FINITE,
                            "backward of gradients of the outputs that are all 0 gives "
                                    + subject.variables().get(s).at(j) + " the gradient " + none[s][j]
                                    + "; it must be 0");
                    return false;
                }
            }
        }
        return true;
    }

    private double[][] gradients(double[][] deltas) {
        return subject.gradients(subject.point(), deltas);
    }

    private boolean finite(double[][] values, String where) {
        for (int s = 0; s < values.length; s++) {
            int at = ArrayMath.firstNotFinite(values[s]);
            if (at >= 0) {
                faults.fault(Kind.NOT_FINITE,
                        "the gradient of " + subject.variables().get(s).at(at) + " is " + values[s][at] + " " + where);
                return false;
            }
        }
        return true;
    }

    private IntToDoubleFunction allowed(double factor) {
        return s -> roundings.ofGradient(s) + subject.flushed() / factor;
    }

    private boolean same(double[][] expected, double[][] actual, IntToDoubleFunction allowed, String what) {
        return faults.close(Kind.NOT_LINEAR, "backward is not linear in the gradients of the outputs: " + what
                + " another gradient", subject.variables(), expected, actual, allowed);
    }

    private static double[] filled(int size, double value) {
        double[] array = new double[size];
        Arrays.fill(array, value);
        return array;
    }

    private static double[][] scaled(double[][] values, double factor) {
        return Arrays.stream(values).map(array -> ArrayMath.scaled(factor, array)).toArray(double[][]::new);
    }
}
