package dev.unroll.gradcheck.util;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Arithmetic on arrays as vectors. */
public final class ArrayMath {
    /** Allowed difference of sums in another order, relative to the largest term; a fault is of the order of a term. */
    public static final double OTHER_ORDER = 1e-10;

    /** Standard deviations, or more, that a sum with random signs is off. */
    private static final double UNLIKELY = 6;

    private ArrayMath() {}

    /** The product of all sizes of a shape. */
    public static long product(long... shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    public static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Returns the Euclidean norm, also where squares overflow or underflow. */
    public static double norm(double[] a) {
        double squares = dot(a, a);
        double largest = squares >= 0x1p-900 && squares <= Double.MAX_VALUE ? 0 : largest(a);
        if (largest == 0 || !Double.isFinite(largest)) {
            return largest == 0 ? Math.sqrt(squares) : largest;
        }
        double sum = 0;
        for (double element : a) {
            sum += element / largest * (element / largest);
        }
        return largest * Math.sqrt(sum);
    }

    /** Returns the largest absolute value of an element. */
    public static double largest(double[] a) {
        double largest = 0;
        for (double element : a) {
            largest = Math.max(largest, Math.abs(element));
        }
        return largest;
    }

    /** Returns the index of the first element that is not finite, or -1. */
    public static int firstNotFinite(double[] a) {
        for (int i = 0; i < a.length; i++) {
            if (!Double.isFinite(a[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Returns the index of the first element whose bits differ, or -1. */
    public static int firstUnequal(double[] a, double[] b) {
        for (int i = 0; i < a.length; i++) {
            if (Double.doubleToRawLongBits(a[i]) != Double.doubleToRawLongBits(b[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Random elements, none small, so that no part of an output counts for little. */
    public static double[] cotangent(int size, RandomGenerator random) {
        double[] u = new double[size];
        for (int i = 0; i < size; i++) {
            u[i] = (random.nextBoolean() ? 1 : -1) * random.nextDouble(0.5, 1.5);
        }
        return u;
    }

    /** Random elements, none small, of about length 1 together: no sum of them moves further than one element would. */
    public static double[] direction(int size, RandomGenerator random) {
        double[] v = cotangent(size, random);
        for (int j = 0; j < size; j++) {
            v[j] /= Math.sqrt(size);
        }
        return v;
    }

    /** Returns the nearest floats. */
    public static double[] floats(double[] values) {
        return Arrays.stream(values).map(value -> (float) value).toArray();
    }

    public static double[] sum(double[] a, double[] b) {
        double[] sum = new double[a.length];
        Arrays.setAll(sum, j -> a[j] + b[j]);
        return sum;
    }

    public static double[] scaled(double factor, double[] a) {
        double[] scaled = new double[a.length];
        Arrays.setAll(scaled, j -> factor * a[j]);
        return scaled;
    }

    /**
     * Returns how large a sum of elements can be that are each multiplied by a number of at most 1, if their signs are
     * random and independent of these: it is larger once in 30 million times (Hoeffding), where there are many.
     */
    public static double spread(double[] a) {
        double sum = 0;
        for (double element : a) {
            sum += Math.abs(element);
        }
        return Math.min(sum, UNLIKELY * norm(a));
    }

    /** Tells whether all elements differ by at most a tolerance; false for NaN. */
    public static boolean close(double[] a, double[] b, double tolerance) {
        for (int i = 0; i < a.length; i++) {
            if (!(Math.abs(a[i] - b[i]) <= tolerance)) {
                return false;
            }
        }
        return true;
    }
}
