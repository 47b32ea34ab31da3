package dev.unroll.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** The weight 1 for every row: a single number, which losses read for every row by a step of 0. */
public final class RowWeights {
    private static final Tensor ONE_F32 = one(ElementType.F32);
    private static final Tensor ONE_F64 = one(ElementType.F64);

    private RowWeights() {}

    private static Tensor one(ElementType type) {
        Tensor one = Tensor.wrap(Arena.global().allocate(type.bytes(), type.bytes()), type, 1);
        one.set(0, 0, 1);
        return Tensor.wrap(one.segment().asReadOnly(), type, 1);
    }

    /**
     * Returns weights that count all rows alike, however many they are. Losses take them in place of {@code [m]} weights.
     *
     * @param type of the loss
     * @return a tensor in read-only memory, the same for every call
     */
    public static Tensor ones(ElementType type) {
        return type == ElementType.F64 ? ONE_F64 : ONE_F32;
    }

    /** The same, of the type of the call's first tensor; whatever that is, it is checked later. */
    static Tensor none(Tensor first) {
        return ones(first == null ? ElementType.F32 : first.type());
    }

    /** Weights are one for each row of a tensor, or {@link #ones}. */
    static void check(String call, Tensor weights, Tensor first) {
        if (!isNone(weights)) {
            Checks.perRow(call, "weights", weights, first);
        }
    }

    /** How many elements the weights of two rows lie apart. */
    static int step(Tensor weights) {
        return isNone(weights) ? 0 : 1;
    }

    /** Where the weight of a row lies, in bytes. */
    static long offset(Tensor weights, int row) {
        return weights.offset() + (long) row * step(weights) * weights.type().bytes();
    }

    /** The weight of a row, of weights that are entered. */
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
