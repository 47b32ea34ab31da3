package dev.unroll.rnn.autograd;

import java.util.List;

/**
 * Matrix products.
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class MatrixOps {
    /** {@code y = x W}, for {@code [m, k]} and {@code [k, n]}. */
    public static final Op MATMUL = matmul();

    /** {@code y = x W^T}, for {@code [m, k]} and {@code [n, k]}. */
    public static final Op MATMUL_TRANSPOSED = matmulTransposed();

    /** {@code y = x W + b}, for {@code [m, k]}, {@code [k, n]} and {@code [n]}. */
    public static final Op AFFINE = affine();

    private MatrixOps() {}

    static List<Op> table() {
        return List.of(MATMUL, MATMUL_TRANSPOSED, AFFINE);
    }

    private static Op matmul() {
        OpDefinition op = Op.define("matmul");
        int x = op.input("m k");
        int w = op.input("k n");
        int y = op.output("m n");
        return op.build(
                call -> call.multiply(call.input(x), w, 0, call.out(y)),
                call -> call.multiplyBack(x, w, call.delta(y)));
    }

    private static Op matmulTransposed() {
        OpDefinition op = Op.define("matmul_transposed");
        int x = op.input("m k");
        int w = op.input("n k");
        int y = op.output("m n");
        return op.build(call -> call.multiplyTransposed(call.input(x), w, 0, call.out(y)), call -> {
            // 1. dW += dy^T x
            call.addProduct(w, call.delta(y), call.input(x));
            // 2. dx += dy W
            if (call.wants(x)) {
                call.multiply(call.delta(y), w, 1, call.gradient(x));
            }
        });
    }

    private static Op affine() {
        OpDefinition op = Op.define("affine");
        int x = op.input("m k");
        int w = op.input("k n");
        int b = op.input("n");
        int y = op.output("m n");
        return op.build(call -> call.multiply(call.input(x), w, 0, call.out(y), call.bias(b)), call -> {
            call.multiplyBack(x, w, call.delta(y));
            call.addBiasGradient(b, call.delta(y));
        });
    }
}
