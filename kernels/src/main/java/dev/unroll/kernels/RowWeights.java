package dev.unroll.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/**
 * Row weights, and the implicit weight of calls without them: a single 1 that kernels read for every row by a step of
 * 0.
 */
final class RowWeights {
    private static final Tensor ONE_F32 = one(ElementType.F32);
    private static final Tensor ONE_F64 = one(ElementType.F64);

    private RowWeights() {}

    private static Tensor one(ElementType type) {
        Tensor one = Tensor.wrap(Arena.global().allocate(type.bytes(), type.bytes()), type, 1);
        one.set(0, 0, 1);
        return one;
    }

    /** The implicit weights of a type. */
    static Tensor none(ElementType type) {
        return type == ElementType.F64 ? ONE_F64 : ONE_F32;
    }

    /** The implicit weights of the type of the call's first tensor, which is checked later. */
    static Tensor none(Tensor first) {
        return none(first == null ? ElementType.F32 : first.type());
    }

    /** Checks that weights are one per row of a tensor, or {@link #none}. */
    static void check(String call, Tensor weights, Tensor first) {
        if (!isNone(weights)) {
            Checks.perRow(call, "weights", weights, first);
        }
    }

    /** The number of elements between the weights of two rows. */
    static int step(Tensor weights) {
        return isNone(weights) ? 0 : 1;
    }

    /** The offset of the weight of a row, in bytes. */
    static long offset(Tensor weights, int row) {
        return weights.offset() + (long) row * step(weights) * weights.type().bytes();
    }

    /** The weight of a row; the weights must be entered. */
    static double get(Tensor weights, int row) {
        long at = offset(weights, row);
        return weights.type() == ElementType.F64
                ? weights.segment().get(ValueLayout.JAVA_DOUBLE, at)
                : weights.segment().get(ValueLayout.JAVA_FLOAT, at);
    }

    private static boolean isNone(Tensor weights) {
        return weights == ONE_F32 || weights == ONE_F64;
    }
}
