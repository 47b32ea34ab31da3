package dev.unroll.kernels;

import java.util.Arrays;

/** Arithmetic on shapes, with the checks that keep a product from overflowing. */
final class Shape {
    private Shape() {}

    static long bytes(ElementType type, long... shape) {
        Checks.notNull("a tensor", "type", type);
        Checks.notNull("a tensor", "shape", shape);
        if (shape.length == 0) {
            throw new IllegalArgumentException("a shape needs at least one size; a scalar is [1]");
        }
        long count = type.bytes();
        boolean empty = false;
        for (long size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("shape " + text(shape) + ": a size cannot be negative");
            }
            empty |= size == 0;
        }
        for (long size : shape) {
            long factor = Math.max(1, size); // the rows of an empty tensor are counted too
            if (Math.multiplyHigh(count, factor) != 0 || count * factor < 0) {
                throw new IllegalArgumentException(
                        "shape " + text(shape) + " of " + type + ": more than 2^63 - 1 bytes");
            }
            count *= factor;
        }
        return empty ? 0 : count;
    }

    /** The product of all sizes but the last. */
    static long rows(long[] shape) {
        long rows = 1;
        for (int i = 0; i < shape.length - 1; i++) {
            rows *= shape[i];
        }
        return rows;
    }

    static String text(long... shape) {
        return Arrays.toString(shape);
    }
}
