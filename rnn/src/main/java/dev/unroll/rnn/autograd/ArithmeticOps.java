package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Elementwise;
import java.util.List;

/** Element-wise arithmetic of matrices. */
public final class ArithmeticOps {
    /** {@code c = a + b}, for {@code [m, n]} and {@code [m, n]}. */
    public static final Op ADD = add();

    /** {@code c = a b}, element by element, for {@code [m, n]} and {@code [m, n]}. */
    public static final Op MULTIPLY = multiply();

    /** {@code y[i] = x[i] + row}, for {@code [m, n]} and {@code [n]}. */
    public static final Op ADD_ROW = addRow();

    private static final OpDefinition COMBINE = Op.define("combine");
    private static final Op.In A = COMBINE.input("m n");
    private static final Op.In B = COMBINE.input("m n");
    private static final Op.Out Y = COMBINE.output("m n");

    private ArithmeticOps() {}

    static List<Op> table() {
        return List.of(ADD, MULTIPLY, ADD_ROW, combine(0.75, -1.5));
    }

    private static Op add() {
        OpDefinition op = Op.define("add");
        Op.In a = op.input("m n");
        Op.In b = op.input("m n");
        Op.Out c = op.output("m n");
        return op.forward(call -> Elementwise.add(call.value(a), call.value(b), call.value(c), call.pool()))
                .backward(call -> {
                    call.addGradient(1, a, call.delta(c));
                    call.addGradient(1, b, call.delta(c));
                }).build();
    }

    private static Op multiply() {
        OpDefinition op = Op.define("multiply");
        Op.In a = op.input("m n");
        Op.In b = op.input("m n");
        Op.Out c = op.output("m n");
        return op.forward(call -> Elementwise.multiply(call.value(a), call.value(b), call.value(c), call.pool()))
                .gradient(a, call -> Elementwise.multiplyAdd(
                        call.delta(c), call.value(b), call.gradient(a), call.pool()))
                .gradient(b, call -> Elementwise.multiplyAdd(
                        call.delta(c), call.value(a), call.gradient(b), call.pool()))
                .build();
    }

    private static Op addRow() {
        OpDefinition op = Op.define("add_row");
        Op.In x = op.input("m n");
        Op.In row = op.input("n");
        Op.Out y = op.output("m n");
        return op.forward(call -> {
            Elementwise.copyToRows(call.value(row), call.value(y), call.pool()); // 1. y = row
            Elementwise.axpy(1, call.value(x), call.value(y), call.pool()); // 2. y += x
        }).backward(call -> {
            call.addGradient(1, x, call.delta(y));
            call.addBiasGradient(row, call.delta(y));
        }).build();
    }

    /**
     * Returns the op {@code y = alpha a + beta b}.
     *
     * @param alpha any number
     * @param beta any number
     * @return an op of two inputs {@code [m, n]}, named {@code combine(alpha, beta)}
     */
    public static Op combine(double alpha, double beta) {
        return COMBINE.build("combine(" + alpha + ", " + beta + ")", call -> {
            // 1. y = alpha a
            call.value(Y).copyFrom(call.value(A));
            Elementwise.scale(alpha, call.value(Y), call.pool());
            // 2. y += beta b
            Elementwise.axpy(beta, call.value(B), call.value(Y), call.pool());
        }, call -> {
            call.addGradient(alpha, A, call.delta(Y)); // da += alpha dy
            call.addGradient(beta, B, call.delta(Y)); // db += beta dy
        });
    }
}
