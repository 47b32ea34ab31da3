package dev.unroll.kernels;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * The norm of elements whose squares leave the range of double: they are first divided by a power of two near the
 * largest of them, which rounds nothing. Squares of F32 are always in range. It is rare and so kept simple: one thread,
 * element by element, with the same bits at every vector width.
 */
final class ScaledNorm {
    /** The smallest accepted sum: every part of it that counts is made of normal squares, of up to 2^60 elements. */
    private static final double SMALLEST = 0x1p-900;

    private ScaledNorm() {}

    /** Returns whether the root of a sum of squares is not the norm. */
    static boolean isNeeded(ElementType type, double sumOfSquares) {
        return type == ElementType.F64 && !(sumOfSquares >= SMALLEST && sumOfSquares <= Double.MAX_VALUE);
    }

    /**
     * Returns the norm of the rows of an entered tensor that are given by ids, or of all if ids is null: NaN if an
     * element is, otherwise infinite if one is.
     */
    static double of(Tensor ids, Tensor x) {
        double largest = largest(ids, x);
        if (largest == 0 || !Double.isFinite(largest)) {
            return Double.isNaN(largest) ? Double.NaN : largest;
        }
        int exponent = Math.getExponent(largest);
        double factor = Math.scalb(1.0, -exponent);
        double sum = 0;
        for (long i = 0; i < rows(ids, x); i++) {
            for (long j = 0; j < x.columns(); j++) {
                double element = factor * element(x, row(ids, i), j);
                sum += element * element;
            }
        }
        return Math.scalb(Math.sqrt(sum), exponent);
    }

    private static double largest(Tensor ids, Tensor x) {
        double largest = 0;
        for (long i = 0; i < rows(ids, x); i++) {
            for (long j = 0; j < x.columns(); j++) {
                largest = Math.max(largest, Math.abs(element(x, row(ids, i), j)));
            }
        }
        return largest;
    }

    private static long rows(Tensor ids, Tensor x) {
        return ids == null ? x.rows() : ids.size();
    }

    private static long row(Tensor ids, long i) {
        return ids == null ? i : ids.segment().get(JAVA_INT, ids.offset() + i * Integer.BYTES);
    }

    private static double element(Tensor x, long row, long column) {
        long at = x.rowOffset(row) + column * x.type().bytes();
        return x.type() == ElementType.F64 ? x.segment().get(JAVA_DOUBLE, at) : x.segment().get(JAVA_FLOAT, at);
    }
}
