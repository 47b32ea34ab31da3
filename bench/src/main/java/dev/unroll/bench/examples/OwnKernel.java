package dev.unroll.bench.examples;

import dev.unroll.gradcheck.GradCheck;
import dev.unroll.gradcheck.Result;
import dev.unroll.kernels.Borrow;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpDefinition;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * An op of your own on SIMD kernels of your own: softsign, {@code y = x / (1 + |x|)} (Bergstra et al. 2009). The kernels
 * work on the memory of tensors, without a copy, in F32 for use and in F64 for the gradient check, which compares with
 * differences in double.
 */
public final class OwnKernel {
    /** {@code y = x / (1 + |x|)}, for a matrix x. */
    public static final Op SOFTSIGN = softsign();

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
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
        int n = (int) x.columns();
        try (Borrow in = x.borrow("softsign"); Borrow out = y.borrowToWrite("softsign")) {
            for (long r = 0; r < x.rows(); r++) {
                if (x.type() == ElementType.F32) {
                    floats(n, in.segment(), in.rowOffset(r), out.segment(), out.rowOffset(r));
                } else {
                    doubles(n, in.segment(), in.rowOffset(r), out.segment(), out.rowOffset(r));
                }
            }
        }
    }

    private static void floats(int n, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        for (int j = 0; j < n; j += FLOATS.length()) {
            long at = (long) j * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(j, n);
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xAt + at, ORDER, mask);
            v.div(v.abs().add(1)).intoMemorySegment(y, yAt + at, ORDER, mask);
        }
    }

    private static void doubles(int n, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        for (int j = 0; j < n; j += DOUBLES.length()) {
            long at = (long) j * Double.BYTES;
            VectorMask<Double> mask = DOUBLES.indexInRange(j, n);
            DoubleVector v = DoubleVector.fromMemorySegment(DOUBLES, x, xAt + at, ORDER, mask);
            v.div(v.abs().add(1)).intoMemorySegment(y, yAt + at, ORDER, mask);
        }
    }

    /** Adds {@code (1 - |y|)^2 dy} to dx; the derivative is a function of the result. */
    private static void backward(Tensor y, Tensor dy, Tensor dx) {
        int n = (int) y.columns();
        try (Borrow of = y.borrow("softsign");
                Borrow in = dy.borrow("softsign");
                Borrow out = dx.borrowToWrite("softsign")) {
            for (long r = 0; r < y.rows(); r++) {
                if (y.type() == ElementType.F32) {
                    floatsBack(n, of.segment(), of.rowOffset(r), in.segment(), in.rowOffset(r), out.segment(),
                            out.rowOffset(r));
                } else {
                    doublesBack(n, of.segment(), of.rowOffset(r), in.segment(), in.rowOffset(r), out.segment(),
                            out.rowOffset(r));
                }
            }
        }
    }

    private static void floatsBack(
            int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt, MemorySegment dx, long dxAt) {
        for (int j = 0; j < n; j += FLOATS.length()) {
            long at = (long) j * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(j, n);
            FloatVector s = FloatVector.fromMemorySegment(FLOATS, y, yAt + at, ORDER, mask).abs().neg().add(1);
            FloatVector delta = FloatVector.fromMemorySegment(FLOATS, dy, dyAt + at, ORDER, mask);
            s.mul(s).fma(delta, FloatVector.fromMemorySegment(FLOATS, dx, dxAt + at, ORDER, mask))
                    .intoMemorySegment(dx, dxAt + at, ORDER, mask);
        }
    }

    private static void doublesBack(
            int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt, MemorySegment dx, long dxAt) {
        for (int j = 0; j < n; j += DOUBLES.length()) {
            long at = (long) j * Double.BYTES;
            VectorMask<Double> mask = DOUBLES.indexInRange(j, n);
            DoubleVector s = DoubleVector.fromMemorySegment(DOUBLES, y, yAt + at, ORDER, mask).abs().neg().add(1);
            DoubleVector delta = DoubleVector.fromMemorySegment(DOUBLES, dy, dyAt + at, ORDER, mask);
            s.mul(s).fma(delta, DoubleVector.fromMemorySegment(DOUBLES, dx, dxAt + at, ORDER, mask))
                    .intoMemorySegment(dx, dxAt + at, ORDER, mask);
        }
    }

    /** {@return what the check of the gradient says} */
    public static Result run() {
        return GradCheck.of(SOFTSIGN).run();
    }
}
