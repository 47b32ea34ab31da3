package dev.unroll.kernels;

/** Checks that outputs share no elements with tensors that are still read. */
final class Overlap {
    private Overlap() {}

    static void check(String call, Tensor output, Tensor other) {
        if (of(output, other)) {
            throw new IllegalArgumentException(
                    call + ": the output " + output + " shares memory with " + other + "; write to other memory");
        }
    }

    static void check(String call, Tensor output, Tensor a, Tensor b) {
        check(call, output, a);
        check(call, output, b);
    }

    static void check(String call, Tensor output, Tensor a, Tensor b, Tensor c) {
        check(call, output, a, b);
        check(call, output, c);
    }

    static void check(String call, Tensor output, Tensor a, Tensor b, Tensor c, Tensor d) {
        check(call, output, a, b);
        check(call, output, c, d);
    }

    static void check(String call, Tensor output, Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) {
        check(call, output, a, b, c);
        check(call, output, d, e);
    }

    /** Checks an output that may also be the input itself: for kernels that read an element before they write it. */
    static void checkUnlessSame(String call, Tensor output, Tensor input) {
        boolean same = start(output) == start(input)
                && output.rows() == input.rows()
                && output.columns() == input.columns()
                && (output.rowStride() == input.rowStride() || output.rows() <= 1);
        if (!same) {
            check(call, output, input);
        }
    }

    /**
     * Returns whether two tensors have an element in common. True is assumed if their rows interleave at different
     * strides.
     */
    static boolean of(Tensor x, Tensor y) {
        long xStart = start(x);
        long yStart = start(y);
        long xRow = x.columns() * x.type().bytes();
        long yRow = y.columns() * y.type().bytes();
        if (x.size() == 0 || y.size() == 0 || xStart >= end(y) || yStart >= end(x)) {
            return false;
        }
        long stride = stride(x.rows() > 1 ? x : y);
        if (y.rows() > 1 && stride(y) != stride) {
            return true;
        }
        // Rows repeat every stride: do the two overlap within one period?
        long distance = Math.floorMod(yStart - xStart, stride);
        return distance < xRow || distance + yRow > stride;
    }

    private static long start(Tensor x) {
        return x.segment().address() + x.offset();
    }

    private static long end(Tensor x) {
        return start(x) + (x.rows() - 1) * stride(x) + x.columns() * x.type().bytes();
    }

    private static long stride(Tensor x) {
        return x.rowStride() * x.type().bytes();
    }
}
