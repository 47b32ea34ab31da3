package dev.unroll.gradcheck;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.subject.TapeSubject;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.init.Randoms;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * The rule of {@code torch.autograd.gradcheck} with its defaults: central differences over 1e-6, of which 1e-3 of the
 * difference and 1e-5 are allowed, against one backward for each element of an output; the same again must give the same,
 * and backward of zeros zeros. It computes on several threads.
 */
final class PyTorchRule {
    private static final double STEP = 1e-6;
    private static final double RELATIVE = 1e-3;
    private static final double ABSOLUTE = 1e-5;
    private static final int THREADS = 3;

    private PyTorchRule() {}

    private static Verdict verdict(boolean isRight) {
        return isRight ? Verdict.RIGHT : Verdict.WRONG;
    }

    static Verdict of(ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient, double... x) {
        double[] claimed = gradient.apply(x.clone());
        boolean right = Arrays.equals(claimed, gradient.apply(x.clone()));
        for (int j = 0; j < x.length; j++) {
            double numeric = (function.applyAsDouble(moved(x, j, STEP)) - function.applyAsDouble(moved(x, j, -STEP)))
                    / (2 * STEP);
            right &= isClose(claimed[j], numeric);
        }
        return verdict(right);
    }

    private static double[] moved(double[] x, int j, double by) {
        double[] moved = x.clone();
        moved[j] += by;
        return moved;
    }

    private static boolean isClose(double analytic, double numeric) {
        return Math.abs(analytic - numeric) <= ABSOLUTE + RELATIVE * Math.abs(numeric); // false for NaN
    }

    static Verdict of(Op op, Input... inputs) {
        double[][] values =
                Arrays.stream(inputs).map(input -> input.values(Randoms.of(1))).toArray(double[][]::new);
        try (TapeSubject subject = new TapeSubject((tape, in) -> tape.apply(op, in), List.of(inputs), values,
                new Parameters(), ElementType.F64)) {
            subject.useThreads(THREADS);
            double[][] outputs = subject.outputs(subject.point());
            boolean right = true;
            for (int o = 0; o < outputs.length; o++) {
                for (int k = 0; k < outputs[o].length; k++) {
                    double[][] u = Arrays.stream(outputs).map(each -> new double[each.length]).toArray(double[][]::new);
                    u[o][k] = 1;
                    double[][] row = subject.gradients(subject.point(), u);
                    right &= Arrays.deepEquals(row, subject.gradients(subject.point(), u))
                            && isClose(subject, row, o, k);
                }
            }
            double[][] zeros = Arrays.stream(outputs).map(each -> new double[each.length]).toArray(double[][]::new);
            return verdict(right && Arrays.stream(subject.gradients(subject.point(), zeros))
                    .flatMapToDouble(Arrays::stream).allMatch(g -> g == 0));
        }
    }

    private static boolean isClose(TapeSubject subject, double[][] row, int output, int element) {
        boolean close = true;
        for (int i = 0; i < row.length; i++) {
            for (int j = 0; j < row[i].length; j++) {
                double numeric = (value(subject, i, j, STEP, output, element)
                        - value(subject, i, j, -STEP, output, element)) / (2 * STEP);
                close &= isClose(row[i][j], numeric);
            }
        }
        return close;
    }

    private static double value(TapeSubject subject, int input, int j, double by, int output, int element) {
        double[][] at = subject.point().clone();
        at[input] = moved(at[input], j, by);
        return subject.outputs(at)[output][element];
    }
}
