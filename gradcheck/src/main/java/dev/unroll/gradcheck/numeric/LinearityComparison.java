package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.subject.FaultException;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Checks that backward is linear in the gradients of the outputs, by random ones, their sum and large multiples of them:
 * for subjects that do not check it themselves, where a full Jacobian is too large.
 */
public final class LinearityComparison {
    /** No power of two: what it multiplies is rounded in another way. */
    private static final double LARGE = 1e3;

    private final Subject subject;
    private final double[][] center;
    private final double relative;

    /**
     * A comparison.
     *
     * @param nondeterminism how much equal runs may differ, relative to the largest element of an array
     */
    public LinearityComparison(Subject subject, double nondeterminism) {
        this.subject = subject;
        center = subject.outputs(subject.point());
        relative = ArrayMath.OTHER_ORDER + 3 * nondeterminism;
    }

    /**
     * Compares.
     *
     * @throws FaultException that names the first element at which backward is not linear
     */
    public void compare(RandomGenerator random) {
        double[][] u = cotangents(random);
        double[][] v = cotangents(random);
        double[][] large = Arrays.stream(u).map(array -> ArrayMath.scaled(LARGE, array)).toArray(double[][]::new);
        double[][] both = new double[u.length][];
        Arrays.setAll(both, o -> ArrayMath.sum(u[o], v[o]));
        double[][] ofU = subject.gradients(subject.point(), u);
        double[][] ofV = subject.gradients(subject.point(), v);
        double[][] ofLarge = subject.gradients(subject.point(), large);
        double[][] ofBoth = subject.gradients(subject.point(), both);
        double rounding = JacobianComparison.roundingWhereTermsCancel(subject, center);
        for (int s = 0; s < ofU.length; s++) {
            double largest = Math.max(ArrayMath.largest(ofU[s]), ArrayMath.largest(ofV[s]));
            double allowed = relative * largest + rounding;
            for (int j = 0; j < ofU[s].length; j++) {
                String of = subject.variables().get(s).at(j);
                require(of, "the sum of two gradients", ofBoth[s][j], ofU[s][j] + ofV[s][j], allowed);
                require(of, LARGE + " times the gradient", ofLarge[s][j], LARGE * ofU[s][j], LARGE * allowed);
            }
        }
    }

    private static void require(String of, String what, double actual, double expected, double allowed) {
        if (!(Math.abs(actual - expected) <= allowed)) {
            throw new FaultException(Kind.NOT_LINEAR, "backward is not linear in the gradients of the outputs: for "
                    + what + " of the outputs " + of + " gets " + actual + " instead of " + expected);
        }
    }

    private double[][] cotangents(RandomGenerator random) {
        return Arrays.stream(center).map(o -> ArrayMath.cotangent(o.length, random)).toArray(double[][]::new);
    }
}
