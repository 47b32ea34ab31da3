package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Elementwise;
import java.util.List;

/**
 * Element-wise arithmetic of matrices.
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class ArithmeticOps {
    /** {@code c = a + b}, for {@code [m, n]} and {@code [m, n]}. */
    public static final Op ADD = add();

    /** {@code c = a b}, element by element, for {@code [m, n]} and {@code [m, n]}. */
    public static final Op MULTIPLY = multiply();

    /** {@code y[i] = x[i] + row}, for {@code [m, n]} and {@code [n]}. */
    public static final Op ADD_ROW = addRow();

    private static final OpDefinition COMBINE = Op.define("combine");
    private static final int A = COMBINE.input("m n");
    private static final int B = COMBINE.input("m n");
    private static final int Y = COMBINE.output("m n");

    private ArithmeticOps() {}

    static List<Op> table() {
        return List.of(ADD, MULTIPLY, ADD_ROW, combine(0.75, -1.5));
    }

    private static Op add() {
        OpDefinition op = Op.define("add");
        int a = op.input("m n");
        int b = op.input("m n");
        int c = op.output("m n");
        return op.build(call -> Elementwise.add(call.input(a), call.input(b), call.out(c), call.pool()), call -> {
            call.addGradient(1, a, call.delta(c));
            call.addGradient(1, b, call.delta(c));
        });
    }

    private static Op multiply() {
        OpDefinition op = Op.define("multiply");
        int a = op.input("m n");
        int b = op.input("m n");
        int c = op.output("m n");
        return op.build(call -> Elementwise.multiply(call.input(a), call.input(b), call.out(c), call.pool()), call -> {
            if (call.wants(a)) {
                Elementwise.multiplyAdd(call.delta(c), call.input(b), call.gradient(a), call.pool());
            }
            if (call.wants(b)) {
                Elementwise.multiplyAdd(call.delta(c), call.input(a), call.gradient(b), call.pool());
            }
        });
    }

    private static Op addRow() {
        OpDefinition op = Op.define("add_row");
        int x = op.input("m n");
        int row = op.input("n");
        int y = op.output("m n");
        return op.build(call -> {
            // 1. y = row
            Elementwise.copyToRows(call.input(row), call.out(y), call.pool());
            // 2. y += x
            Elementwise.axpy(1, call.input(x), call.out(y), call.pool());
        }, call -> {
            call.addGradient(1, x, call.delta(y));
            call.addBiasGradient(row, call.delta(y));
        });
    }

    /**
     * {@return the op {@code y = alpha a + beta b} of two inputs {@code [m, n]}, named {@code combine(alpha, beta)}}
     * @param alpha any number
     * @param beta any number
     */
    public static Op combine(double alpha, double beta) {
        return COMBINE.build("combine(" + alpha + ", " + beta + ")", call -> {
            // 1. y = alpha a
            call.out(Y).copyFrom(call.input(A));
            Elementwise.scale(alpha, call.out(Y), call.pool());
            // 2. y += beta b
            Elementwise.axpy(beta, call.input(B), call.out(Y), call.pool());
        }, call -> {
            call.addGradient(alpha, A, call.delta(Y)); // da += alpha dy
            call.addGradient(beta, B, call.delta(Y)); // db += beta dy
        });
    }
}
