package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Call;
import dev.unroll.rnn.autograd.Op;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Hard gradients, right ones and wrong ones, with the verdict of this library and that of PyTorch's rule: where PyTorch
 * is right, so is this library, and it calls nothing right that is wrong, nor wrong what is right. The README has the
 * table.
 */
class PyTorchTableTest {
    private static final Input MATRIX = shape(3, 4);

    private static final String BEGIN = "| gradient | it is | Unroll | PyTorch's rule |\n| --- | --- | --- | --- |\n";

    private static final String NEGATED = ", negated";

    private record Row(String what, Verdict truth, Verdict ours, Verdict theirs) {
        @Override
        public String toString() {
            return "| " + what + " | " + truth.toString().toLowerCase(Locale.ROOT) + " | " + ours + " | " + theirs
                    + " |\n";
        }
    }

    private final List<Row> rows = new ArrayList<>();

    private void row(
            String what, Verdict truth, ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient,
            double... x) {
        Verdict ours = GradCheck.of(function, gradient, Input.of(x, x.length)).run().verdict();
        rows.add(new Row(what, truth, ours, PyTorchRule.of(function, gradient, x)));
    }

    /** One number, the right derivative, and wrong ones that are some factor of it. */
    private void rows(String what, DoubleUnaryOperator f, DoubleUnaryOperator slope, double x, double... factors) {
        row(what, Verdict.RIGHT, at -> f.applyAsDouble(at[0]), at -> new double[] {slope.applyAsDouble(at[0])}, x);
        for (double factor : factors) {
            row(what + ", " + (factor == -1 ? "negated" : factor == 0 ? "claimed 0" : "times " + factor), Verdict.WRONG,
                    at -> f.applyAsDouble(at[0]), at -> new double[] {factor * slope.applyAsDouble(at[0])}, x);
        }
    }

    private void mixedScales() {
        ToDoubleFunction<double[]> sum = x -> 1e9 * x[0] + Math.sin(x[1]);
        row("`1e9 x0 + sin(x1)`", Verdict.RIGHT, sum, x -> new double[] {1e9, Math.cos(x[1])}, 0.3, 0.7);
        row("`1e9 x0 + sin(x1)`, d/dx1 negated", Verdict.WRONG, sum, x -> new double[] {1e9, -Math.cos(x[1])}, 0.3,
                0.7);
        double g = 6.674e-11;
        ToDoubleFunction<double[]> force = x -> g * x[0] * x[1] / (x[2] * x[2]);
        double[] earthAndMoon = {5.97e24, 7.35e22, 3.84e8};
        UnaryOperator<double[]> gradient = x -> new double[] {g * x[1] / (x[2] * x[2]), g * x[0] / (x[2] * x[2]),
            -2 * g * x[0] * x[1] / (x[2] * x[2] * x[2])};
        row("gravity in SI units", Verdict.RIGHT, force, gradient, earthAndMoon);
        for (int i = 0; i < 3; i++) {
            int flipped = i;
            row("gravity in SI units, derivative " + i + " negated", Verdict.WRONG, force, x -> {
                double[] claimed = gradient.apply(x);
                claimed[flipped] = -claimed[flipped];
                return claimed;
            }, earthAndMoon);
        }
    }

    private void physicalScales() {
        row("`1e13 + sin x`, claimed 9", Verdict.WRONG, x -> 1e13 + Math.sin(x[0]), x -> new double[] {9}, 0.3);
        rows("`p^2 / 2m` of an electron", p -> p * p / 2 / 9.1e-31, p -> p / 9.1e-31, 2e-24, 2, -1, 0);
        rows("`k q^2 / r` of two electrons", r -> 9e9 * 1.6e-19 * 1.6e-19 / r,
                r -> -9e9 * 1.6e-19 * 1.6e-19 / (r * r), 5e-11, 2, -1, 0);
        rows("`x^2` at 1e-6", x -> x * x, x -> 2 * x, 1e-6, 1.005, -1);
    }

    private void infinityAndSaturation() {
        rows("`log x` at 2^-12", Math::log, x -> 1 / x, 0x1p-12, 1.01);
        rows("`1 / x` at 1e-5", x -> 1 / x, x -> -1 / (x * x), 1e-5, 1.01);
        rows("`log(1 + exp x)` at 709.7", x -> Math.log(1 + Math.exp(x)), x -> 1 / (1 + Math.exp(-x)), 709.7, 1.01);
        rows("binary cross-entropy of a logit of 40", x -> Math.log1p(Math.exp(-x)), x -> -1 / (1 + Math.exp(x)), 40,
                -1);
        for (int sign = 1; sign >= -1; sign -= 2) {
            int claimed = sign;
            row("cross-entropy, margin 300" + (sign > 0 ? "" : NEGATED), sign > 0 ? Verdict.RIGHT : Verdict.WRONG,
                    PyTorchTableTest::crossEntropy, x -> {
                        double[] p = softmax(x);
                        p[0] -= 1;
                        return Arrays.stream(p).map(each -> claimed * each).toArray();
                    }, 300, 0, -1);
        }
        rows("`sin(x^8)` at 1.9", x -> Math.sin(Math.pow(x, 8)), x -> 8 * Math.pow(x, 7) * Math.cos(Math.pow(x, 8)),
                1.9, 1.01);
    }

    private static double[] softmax(double... x) {
        double largest = Arrays.stream(x).max().orElseThrow();
        double[] e = Arrays.stream(x).map(each -> Math.exp(each - largest)).toArray();
        double sum = Arrays.stream(e).sum();
        return Arrays.stream(e).map(each -> each / sum).toArray();
    }

    private static double crossEntropy(double... x) {
        double largest = Arrays.stream(x).max().orElseThrow();
        return largest + Math.log(Arrays.stream(x).map(each -> Math.exp(each - largest)).sum()) - x[0];
    }

    private void fastAndLarge() {
        rows("`sin(1e5 x)`", x -> Math.sin(1e5 * x), x -> 1e5 * Math.cos(1e5 * x), 0.3, 1.01);
        rows("an RC circuit of 1e-6 s", t -> Math.exp(-t / 1e-6), t -> -1e6 * Math.exp(-t / 1e-6), 1e-6, 1.01);
        rows("Michaelis-Menten at 1e-6", s -> s / (1e-6 + s), s -> 1e-6 / ((1e-6 + s) * (1e-6 + s)), 1e-6, 1.01);
        rows("`x^2` at 1e80", x -> x * x, x -> 2 * x, 1e80, 1.01);
    }

    /** {@code y = x}, whose backward makes something of each delta. */
    private static Op identity(Consumer<Call> backward) {
        return new Op("identity", List.of(), PyTorchTableTest::copy, backward::accept);
    }

    private static void copy(Call call) {
        Tensor y = call.output(call.input(0).rows(), call.input(0).columns());
        y.clear();
        Elementwise.axpy(1, call.input(0), y, call.pool());
    }

    private static Op ofDelta(DoubleUnaryOperator change) {
        return identity(call -> add(call, call.delta(0), change));
    }

    private static void add(Call call, Tensor delta, DoubleUnaryOperator change) {
        Tensor gradient = call.gradient(0);
        for (long r = 0; r < delta.rows(); r++) {
            for (long c = 0; c < delta.columns(); c++) {
                gradient.set(r, c, gradient.get(r, c) + change.applyAsDouble(delta.get(r, c)));
            }
        }
    }

    private static Op sum(Consumer<Call> backward) {
        return new Op("sum", List.of(), call -> {
            Tensor y = call.output(call.input(0).rows(), call.input(0).columns()).copyFrom(call.input(0));
            Elementwise.axpy(1, call.input(1), y, call.pool());
        }, backward::accept);
    }

    private void row(String what, Op op, Input... inputs) {
        CheckBuilder check = GradCheck.ofAll((tape, in) -> tape.apply(op, in), inputs);
        rows.add(new Row("backward " + what, Verdict.WRONG, check.run().verdict(), PyTorchRule.of(op, inputs)));
    }

    private void sideConditions() {
        row("clamps deltas to 5", ofDelta(d -> Math.clamp(d, -5, 5)), MATRIX);
        row("flushes deltas below 0.01", ofDelta(d -> Math.abs(d) < 1e-2 ? 0 : d), MATRIX);
        row("takes the size of deltas", ofDelta(Math::abs), MATRIX);
        row("divides by deltas", ofDelta(d -> d * d / d), MATRIX);
        row("gives something for zeros", ofDelta(d -> d == 0 ? 1e-3 : d), MATRIX);
        row("is wrong with several threads", identity(call -> add(call, call.delta(0),
                d -> call.pool().threads() > 1 ? 1.01 * d : d)), MATRIX);
        row("sets the gradient where it must add", identity(call -> {
            call.gradient(0).clear();
            add(call, call.delta(0), d -> d);
        }), MATRIX);
        row("ignores the row stride", identity(call -> add(call, call.delta(0),
                d -> call.input(0).isContiguous() ? d : 2 * d)), MATRIX);
        row("ignores the row stride of 3-d inputs", identity(call -> add(call, call.delta(0),
                d -> call.input(0).isContiguous() ? d : 2 * d)), shape(2, 3, 4));
        row("is wrong where the other input is a constant", sum(call -> {
            double factor = call.wants(0) && call.wants(1) ? 1 : 1.01;
            call.addGradient(factor, 0, call.delta(0));
            call.addGradient(factor, 1, call.delta(0));
        }), MATRIX, MATRIX);
        row("writes to an input", identity(call -> {
            add(call, call.delta(0), d -> d);
            call.input(0).set(0, 0, call.input(0).get(0, 0) * 1.000001);
        }), MATRIX);
    }

    private List<Row> table() {
        mixedScales();
        physicalScales();
        infinityAndSaturation();
        fastAndLarge();
        sideConditions();
        return rows;
    }

    /** What is right to PyTorch whatever its sign is, is not seen by it. */
    private boolean isSeenByPyTorch(Row right) {
        return rows.stream()
                .noneMatch(row -> row.what().equals(right.what() + NEGATED) && row.theirs() == Verdict.RIGHT);
    }

    @Test
    void pyTorchIsBetterNowhereAndTheReadmeSaysSo() throws IOException {
        StringBuilder text = new StringBuilder(BEGIN);
        table().forEach(text::append);
        List<Row> worse = rows.stream()
                .filter(row -> row.ours() != row.truth())
                .filter(row -> row.ours() != Verdict.UNDECIDED || row.theirs() == row.truth() && isSeenByPyTorch(row))
                .toList();
        assertEquals(List.of(), worse, text::toString);
        String readme = Files.readString(Path.of("README.md"));
        int begin = readme.indexOf(BEGIN);
        int end = readme.indexOf("\n\n", begin) + 1;
        assertEquals(text.toString(), begin < 0 ? "" : readme.substring(begin, end), text::toString);
    }
}
