package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.init.Randoms;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * How far two runs may be apart that compute the same with other roundings, such as sums in another order. That is
 * relative to the terms that were summed, whatever their scale is; a fault is of the order of a term.
 *
 * <p>Terms of a gradient are about as large as the largest gradient by the same variable for several cotangents. Where
 * they cancel for all of these, as behind a normalization of one column, they are about as large as the outputs are
 * beside the inputs. Where they cancel within the function, roundings of larger
 * numbers are left: they show where cotangents are moved a little to both sides, which for a linear function gives the
 * gradient between but for these. A backward that is not linear shows no more there than one that is.
 */
final class Roundings {
    /** Allowed of the largest term, in roundings of it. */
    private static final double OF_TERMS = 0x1p20;

    /** The same in single precision, of which fewer are left. */
    private static final double OF_TERMS_F32 = 0x1p13;

    /** Roundings of outputs beside inputs, and of factors of about 1. */
    private static final double OF_FACTORS = 64;

    /** Cotangents are moved by this part of themselves at most: what bends by it is below the rounding. */
    private static final double MOVED = 0x1p-20;

    private static final double MOVED_F32 = 0x1p-12;

    /** Random movements of the cotangents that are tried. */
    private static final int TRIES = 2;

    /** Allowed of the noise that movements show, but no more than this part of the gradient. */
    private static final double OF_NOISE = 16;

    private static final double MOST_NOISE = 1e-5;

    private final double rounding;
    private final double ofTerms;
    private final double point;
    private final double[] gradients;
    private final double[] noise;
    private final double moved;
    private double natural;

    /** Roundings of runs, of which equal ones may differ by a part of the largest element. */
    Roundings(ElementType type, double[][] point, double nondeterminism) {
        this(type == ElementType.F64 ? 0x1p-53 : 0x1p-24,
                (type == ElementType.F64 ? OF_TERMS * 0x1p-53 : OF_TERMS_F32 * 0x1p-24) + 2 * nondeterminism, point);
    }

    private Roundings(double rounding, double ofTerms, double[][] point) {
        this.rounding = rounding;
        this.ofTerms = ofTerms;
        double largest = largest(point);
        this.point = largest == 0 ? 1 : largest;
        gradients = new double[point.length];
        noise = new double[point.length];
        moved = rounding == 0x1p-53 ? MOVED : MOVED_F32;
    }

    /** Returns the roundings of runs at another point. */
    Roundings at(double[][] other) {
        return new Roundings(rounding, ofTerms, other);
    }

    /** Takes the outputs and gradients of a run into account, the cotangents being of order 1. */
    void add(double[][] outputs, double[][] ofVariables) {
        natural = Math.max(natural, largest(outputs) / point);
        add(ofVariables);
    }

    void add(double[][] ofVariables) {
        Arrays.setAll(gradients, s -> Math.max(gradients[s], ArrayMath.largest(ofVariables[s])));
    }

    /**
     * Takes into account how sums are rounded: how far the gradients of cotangents that are moved a little to both sides
     * are, on the average, from those between. What bends shows no more of it than the square of the movement.
     *
     * @param ofCotangents gives the gradients
     * @param u the cotangents
     * @param ofVariables the gradients that they give
     */
    void addCondition(UnaryOperator<double[][]> ofCotangents, double[][] u, double[][] ofVariables) {
        RandomGenerator random = Randoms.of(1);
        for (int i = 0; i < TRIES; i++) {
            double[][] by = Arrays.stream(u).map(array -> movement(array, random)).toArray(double[][]::new);
            double[][] above = ofCotangents.apply(moved(u, by, 1));
            double[][] below = ofCotangents.apply(moved(u, by, -1));
            for (int s = 0; s < noise.length; s++) {
                for (int j = 0; j < above[s].length; j++) {
                    double apart = Math.abs(above[s][j] - ofVariables[s][j] + (below[s][j] - ofVariables[s][j]));
                    noise[s] = apart > noise[s] ? apart : noise[s]; // what is not finite is a fault elsewhere
                }
            }
        }
    }

    private double[] movement(double[] array, RandomGenerator random) {
        return Arrays.stream(array).map(each -> each * moved * random.nextDouble(-1, 1)).toArray();
    }

    private static double[][] moved(double[][] u, double[][] by, int sign) {
        double[][] moved = new double[u.length][];
        Arrays.setAll(moved, o -> ArrayMath.sum(u[o], ArrayMath.scaled(sign, by[o])));
        return moved;
    }

    /** The size of the largest gradient by a variable so far. */
    double largest(int variable) {
        return gradients[variable];
    }

    /** Allowed for a gradient of the same forward computations. */
    double ofGradient(int variable) {
        return ofTerms * gradients[variable] + OF_FACTORS * rounding * natural
                + Math.min(OF_NOISE * noise[variable], MOST_NOISE * gradients[variable]);
    }

    /** Allowed for a gradient by the same sums, whose terms are rounded in the same way. */
    double ofSameSums(int variable) {
        return ofTerms * gradients[variable];
    }

    /** Allowed for a gradient whose forward computations may be rounded in another way: factors such as 1 - y^2 too. */
    double ofOtherGradient(int variable) {
        return ofGradient(variable) + OF_FACTORS / 4 * rounding;
    }

    /** Allowed for an output. */
    double ofOutput(double[] output) {
        return ofTerms * ArrayMath.largest(output) + OF_FACTORS / 4 * rounding * Math.min(1, point);
    }

    static double largest(double[][] values) {
        return Arrays.stream(values).mapToDouble(ArrayMath::largest).max().orElse(0);
    }
}
