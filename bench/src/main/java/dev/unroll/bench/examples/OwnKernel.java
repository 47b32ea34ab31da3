package dev.unroll.bench.examples;

import dev.unroll.gradcheck.GradCheck;
import dev.unroll.kernels.Borrow;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpDefinition;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * An op of your own on SIMD kernels of your own: softsign, {@code y = x / (1 + |x|)} (Bergstra et al. 2009). The kernels
 * work on the memory of tensors without a copy: F32, for use, with vectors, and F64, for the gradient check, with plain
 * loops. The check compares F64 with differences, and F32 with F64.
 */
public final class OwnKernel {
    /** {@code y = x / (1 + |x|)}, for a matrix x. */
    public static final Op SOFTSIGN = softsign();

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private OwnKernel() {}

    private static Op softsign() {
        OpDefinition op = Op.define("softsign");
        int x = op.input("m n");
        int y = op.output("m n");
        return op.build(call -> forward(call.input(x), call.out(y)), call -> {
            if (call.wants(x)) {
                backward(call.out(y), call.delta(y), call.gradient(x));
            }
        });
    }

    /**
     * Computes {@code y = x / (1 + |x|)}.
     *
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}
     */
    public static void forward(Tensor x, Tensor y) {
        try (Borrow in = x.borrow("softsign"); Borrow out = y.borrowToWrite("softsign")) {
            for (long i = 0; i < x.rows(); i++) {
                row(x.type(), x.columns(), in.segment(), in.rowOffset(i), out.segment(), out.rowOffset(i));
            }
        }
    }

    private static void row(ElementType type, long n, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        for (long j = 0; j < n && type == ElementType.F64; j++) {
            double v = x.get(ValueLayout.JAVA_DOUBLE, xAt + j * Double.BYTES);
            y.set(ValueLayout.JAVA_DOUBLE, yAt + j * Double.BYTES, v / (1 + Math.abs(v)));
        }
        for (int j = 0; j < n && type == ElementType.F32; j += SPECIES.length()) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, n);
            FloatVector v = load(x, xAt, j, mask);
            v.div(v.abs().add(1)).intoMemorySegment(y, yAt + (long) j * Float.BYTES, ORDER, mask);
        }
    }

    /** Adds {@code (1 - |y|)^2 dy} to dx; the derivative is a function of the result. */
    private static void backward(Tensor y, Tensor dy, Tensor dx) {
        try (Borrow of = y.borrow("softsign");
                Borrow in = dy.borrow("softsign");
                Borrow out = dx.borrowToWrite("softsign")) {
            for (long i = 0; i < y.rows(); i++) {
                for (int j = 0; j < y.columns(); j += y.type() == ElementType.F32 ? SPECIES.length() : 1) {
                    if (y.type() == ElementType.F64) {
                        dx.set(i, j, dx.get(i, j) + Math.pow(1 - Math.abs(y.get(i, j)), 2) * dy.get(i, j));
                        continue;
                    }
                    VectorMask<Float> mask = SPECIES.indexInRange(j, y.columns());
                    FloatVector slope = load(of.segment(), of.rowOffset(i), j, mask).abs().neg().add(1);
                    FloatVector sum = load(out.segment(), out.rowOffset(i), j, mask);
                    slope.mul(slope).fma(load(in.segment(), in.rowOffset(i), j, mask), sum)
                            .intoMemorySegment(out.segment(), out.rowOffset(i) + (long) j * Float.BYTES, ORDER, mask);
                }
            }
        }
    }

    private static FloatVector load(MemorySegment from, long row, int column, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, from, row + (long) column * Float.BYTES, ORDER, mask);
    }

    /**
     * Checks the gradient in both types, and prints what was found.
     *
     * @param args none
     */
    public static void main(String... args) {
        System.out.println(GradCheck.of(SOFTSIGN).singlePrecision().run());
    }
}
