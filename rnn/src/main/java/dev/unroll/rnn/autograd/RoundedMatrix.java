package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Bfloat16;
import dev.unroll.kernels.Tensor;
import java.lang.foreign.MemorySegment;

/** Rounds the values of a matrix to bfloat16, row by row. */
final class RoundedMatrix {
    private RoundedMatrix() {}

    /** Refuses values that would be infinite or NaN. */
    static void requireFinite(Parameter parameter) {
        rows(parameter, (rounded, _) -> {
            for (float value : rounded) {
                if (!Float.isFinite(value)) {
                    throw new ArithmeticException("the values of " + parameter.name() + " are not finite in bfloat16,"
                            + " whose largest number is 3.39e38; the weights stay as they were");
                }
            }
        });
    }

    /** Rounds the values in place. */
    static void round(Parameter parameter) {
        rows(parameter, (rounded, row) -> row.copyFrom(rounded));
    }

    private interface RowAction {
        void accept(float[] rounded, Tensor row);
    }

    private static void rows(Parameter parameter, RowAction action) {
        Tensor values = parameter.storage().values();
        float[] row = new float[Math.toIntExact(values.columns())];
        for (long i = 0; i < values.rows(); i++) {
            values.rows(i, 1).copyTo(MemorySegment.ofArray(row));
            for (int j = 0; j < row.length; j++) {
                row[j] = Bfloat16.round(row[j]);
            }
            action.accept(row, values.rows(i, 1));
        }
    }
}
