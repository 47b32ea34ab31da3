package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Epilogue;
import java.util.List;

/** Matrix products. */
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
        Op.In x = op.input("m k");
        Op.In w = op.input("k n");
        Op.Out y = op.output("m n");
        return op.forward(call -> call.multiply(call.value(x), w, 0, call.value(y)))
                .backward(call -> call.multiplyBack(x, w, call.delta(y)))
                .build();
    }

    private static Op matmulTransposed() {
        OpDefinition op = Op.define("matmul_transposed");
        Op.In x = op.input("m k");
        Op.In w = op.input("n k");
        Op.Out y = op.output("m n");
        return op.forward(call -> call.multiplyTransposed(call.value(x), w, 0, call.value(y)))
                .backward(call -> call.addProduct(w, call.delta(y), call.value(x))) // dW += dy^T x
                .gradient(x, call -> call.multiply(call.delta(y), w, 1, call.gradient(x))) // dx += dy W
                .build();
    }

    private static Op affine() {
        OpDefinition op = Op.define("affine");
        Op.In x = op.input("m k");
        Op.In w = op.input("k n");
        Op.In b = op.input("n");
        Op.Out y = op.output("m n");
        return op.forward(call -> call.multiply(call.value(x), w, 0, call.value(y), Epilogue.bias(call.value(b))))
                .backward(call -> {
                    call.multiplyBack(x, w, call.delta(y));
                    call.addBiasGradient(b, call.delta(y));
                }).build();
    }
}
