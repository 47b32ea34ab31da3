package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.Samplers;
import dev.unroll.gradcheck.subject.TapeSubject;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Call;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpDefinition;
import dev.unroll.rnn.autograd.OpTable;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.init.Randoms;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backwards that are right where a check took derivatives, and wrong otherwise. */
class SideConditionTest {
    private static void assertFault(Kind kind, String words, CheckBuilder check) {
        for (Mode mode : Mode.values()) {
            Result result = check.mode(mode).run();
            assertTrue(
                    result.faults().stream().anyMatch(f -> f.kind() == kind && f.text().contains(words)),
                    () -> kind + ", " + words + ": " + result);
        }
    }

    private static CheckBuilder ofOp(Op op, Input... inputs) {
        return GradCheck.ofAll((tape, in) -> tape.apply(op, in), inputs).named(op.name());
    }

    private interface Backward {
        void run(Call call);
    }

    /** {@code y = factor x}. */
    private static Op scale(double factor, Backward backward) {
        return new Op("scale", List.of(), call -> {
            Tensor y = call.output(call.input(0).rows(), call.input(0).columns());
            y.clear();
            Elementwise.axpy(factor, call.input(0), y, call.pool());
        }, backward::run);
    }

    /** {@code y = x}, whose backward makes something of each delta. */
    private static Op ofDelta(DoubleUnaryOperator change) {
        return scale(1, call -> {
            if (call.wants(0)) {
                add(call, call.delta(0), change);
            }
        });
    }

    private static void add(Call call, Tensor delta, DoubleUnaryOperator change) {
        Tensor gradient = call.gradient(0);
        for (long r = 0; r < delta.rows(); r++) {
            for (long c = 0; c < delta.columns(); c++) {
                gradient.set(r, c, gradient.get(r, c) + change.applyAsDouble(delta.get(r, c)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void deltasOfOtherSizesAndPatternsAreLookedAt(Mode mode) {
        ofOp(ofDelta(d -> d), shape(3, 4)).mode(mode).run().orThrow();
        for (DoubleUnaryOperator wrong : List.<DoubleUnaryOperator>of(
                d -> Math.clamp(d, -5, 5),
                d -> Math.clamp(d, -1e6, 1e6),
                d -> Math.abs(d) < 1e-2 ? 0 : d,
                d -> Math.abs(d) < 1e-9 ? 0 : d,
                d -> d * d / d,
                d -> d == 0.75 ? 1 : d,
                d -> d == 0 ? 1e-3 : d)) {
            Result result = ofOp(ofDelta(wrong), shape(3, 4)).mode(mode).run();
            assertEquals(Result.Verdict.WRONG, result.verdict(), result::toString);
        }
    }

    /**
     * What is allowed for roundings follows from them, not from how far a backward is from linear: here differences are
     * too inexact to see a millionth, since the value is large.
     */
    @Test
    void aBackwardThatIsNearlyLinearIsFound() {
        for (DoubleUnaryOperator nearly : List.<DoubleUnaryOperator>of(
                d -> d * (1 + 1e-6 * Math.sin(d)), d -> d * (1 - 1e-8 * Math.abs(d)))) {
            Op op = new Op("nearly linear", List.of(), call -> {
                Tensor x = call.input(0);
                Tensor y = call.output(x.rows(), x.columns());
                for (int i = 0; i < x.size(); i++) {
                    y.set(i / x.columns(), i % x.columns(), 1e7 + x.get(i / x.columns(), i % x.columns()));
                }
            }, call -> add(call, call.delta(0), nearly));
            Result result = ofOp(op, shape(3, 4)).mode(Mode.PROJECTED).run();
            assertTrue(result.faults().stream().anyMatch(fault -> fault.kind() == Kind.NOT_LINEAR), result::toString);
        }
    }

    /** Sums whose terms are a million times larger than what is left are rounded as much, whatever their order is. */
    @ParameterizedTest
    @EnumSource(Mode.class)
    void aBackwardThatCancelsWithinIsLinear(Mode mode) {
        for (int seed = 0; seed < 20; seed++) {
            ofOp(ofDelta(d -> 1e6 * d + d - 1e6 * d), shape(3, 4)).mode(mode).seed(seed).run().orThrow();
        }
    }

    /** Where all deltas are equal, it takes them to be 1. */
    @Test
    void aBackwardThatTakesEqualDeltasForOnesIsFound() {
        Op op = scale(1, call -> {
            double[] delta = call.delta(0).toDoubles();
            boolean equal = true;
            for (double d : delta) {
                equal &= d == delta[0] && d != 0;
            }
            boolean ones = equal;
            add(call, call.delta(0), d -> ones ? 1 : d);
        });
        assertFault(Kind.NOT_LINEAR, "all 0.75 they give", ofOp(op, shape(3, 4)));
    }

    @Test
    void aBackwardThatDividesByDeltaIsFoundInProjectedModeToo() {
        assertFault(Kind.NOT_FINITE, "alone has a gradient", ofOp(ofDelta(d -> d * d / d), shape(3, 4)));
        Op maximum = scale(1, call -> {
            double largest = ArrayMath.largest(call.delta(0).toDoubles());
            add(call, call.delta(0), d -> largest * (d / largest));
        });
        assertFault(Kind.NOT_FINITE, "that are all 0 gives input 0 [0, 0] the gradient NaN",
                ofOp(maximum, shape(3, 4)));
    }

    @Test
    void aBackwardThatIsWrongWithSeveralThreadsIsFound() {
        Op op = scale(1, call -> add(call, call.delta(0), d -> call.pool().threads() > 1 ? 1.001 * d : d));
        assertFault(Kind.DEPENDS_ON_THREADS, "a pool of 3 threads gives other gradients", ofOp(op, shape(3, 4)));
        ofOp(op, shape(3, 4)).threads(1).run().orThrow();
        assertThrows(AssertionError.class, () -> ofOp(op, shape(3, 4)).threads(2).run().orThrow());
        assertThrows(IllegalArgumentException.class, () -> ofOp(op, shape(3, 4)).threads(0));
    }

    private static Op sum(String name, int inputs, Backward backward) {
        return new Op(name, List.of(), call -> {
            Tensor y = call.output(call.input(0).rows(), call.input(0).columns());
            y.clear();
            for (int i = 0; i < inputs; i++) {
                Elementwise.axpy(i + 1, call.input(i), y, call.pool());
            }
        }, backward::run);
    }

    private static void addTo(Call call, int... inputs) {
        for (int i : inputs) {
            call.addGradient(i + 1, i, call.delta(0));
        }
    }

    /** One that is right where one input, or every input, gets a gradient. */
    @Test
    void everySetOfInputsGetsGradients() {
        Op op = sum("two of four", 4, call -> {
            boolean[] wanted = {call.wants(0), call.wants(1), call.wants(2), call.wants(3)};
            if (wanted[0] && wanted[2] && !wanted[1] && !wanted[3]) {
                addTo(call, 0);
            } else {
                addTo(call, 0, 1, 2, 3);
            }
        });
        Input x = shape(2, 3);
        assertFault(Kind.DEPENDS_ON_CONSTANTS, "only the inputs [0, 2] are not constants", ofOp(op, x, x, x, x));
        Op left = sum("one of six left out", 6, call -> addTo(call, call.wants(3)
                ? new int[] {0, 1, 2, 3, 4, 5}
                : new int[] {0, 1, 2, 4}));
        assertFault(Kind.DEPENDS_ON_CONSTANTS, "the gradient changes", ofOp(left, x, x, x, x, x, x));
    }

    /** One that reads both gradients before it writes them. */
    @Test
    void anInputThatIsGivenTwiceGetsTheSum() {
        Op op = sum("reads first", 2, call -> {
            double[] a = call.gradientOrScratch(0).toDoubles();
            double[] b = call.gradientOrScratch(1).toDoubles();
            double[] delta = call.delta(0).toDoubles();
            for (int j = 0; j < delta.length; j++) {
                a[j] += delta[j];
                b[j] += 2 * delta[j];
            }
            write(call.gradientOrScratch(0), a);
            write(call.gradientOrScratch(1), b);
        });
        assertFault(Kind.DEPENDS_ON_ALIASES, "the inputs 0 and 1, its gradient is not the sum of theirs",
                ofOp(op, shape(2, 3), shape(2, 3)));
    }

    private static void write(Tensor tensor, double... values) {
        for (int j = 0; j < values.length; j++) {
            tensor.set(j / tensor.columns(), j % tensor.columns(), values[j]);
        }
    }

    @Test
    void gapsLongerThanARowAndOfOtherRanksAreLookedAt() {
        Op far = scale(1, call -> add(call, call.delta(0),
                d -> call.input(0).rowStride() > 2 * call.input(0).columns() ? 2 * d : d));
        assertFault(Kind.DEPENDS_ON_STRIDES, "give other gradients", ofOp(far, shape(3, 4)));
        Op deep = scale(1, call -> add(call, call.delta(0), d -> call.input(0).isContiguous() ? d : 2 * d));
        assertFault(Kind.DEPENDS_ON_STRIDES, "give other gradients", ofOp(deep, shape(2, 3, 4)));
        Op mixed = sum("mixed", 2, call -> {
            addTo(call, 0);
            boolean wrong = call.input(0).isContiguous() != call.input(1).isContiguous();
            call.addGradient(wrong ? 1 : 2, 1, call.delta(0));
        });
        assertFault(Kind.DEPENDS_ON_STRIDES, "some inputs that are columns", ofOp(mixed, shape(3, 4), shape(3, 4)));
    }

    @Test
    void aLaterCallGivesTheSame() {
        for (int last : new int[] {2, 40, 99}) {
            int[] calls = {0};
            Op op = scale(1, call -> add(call, call.delta(0), d -> d));
            CheckBuilder check = GradCheck.of((tape, x) -> {
                calls[0]++;
                return tape.combine(1, tape.apply(op, x)[0], calls[0] >= last ? 1e-9 : 0, x);
            }, shape(2, 2)).mode(Mode.PROJECTED).directions(1);
            Result result = check.run();
            assertEquals(Result.Verdict.WRONG, result.verdict(), () -> last + ": " + result);
        }
    }

    /** Faults of an op of the scale of 3e-11 or 1e-20 beside inputs of order 1. */
    @Test
    void opsOfASmallScaleAreLookedAtToo() {
        for (double scale : new double[] {1, 3e-11, 1e-20}) {
            ofOp(scale(scale, call -> call.addGradient(scale, 0, call.delta(0))), shape(3, 4)).run().orThrow();
            assertFault(Kind.DOES_NOT_ACCUMULATE, "does not add", ofOp(scale(scale, call -> {
                Tensor gradient = call.gradient(0);
                gradient.clear();
                Elementwise.axpy(scale, call.delta(0), gradient, call.pool());
            }), shape(3, 4)));
            assertFault(Kind.DEPENDS_ON_CONSTANTS, "when other inputs are constants", ofOp(new Op(
                    "sum", List.of(), call -> {
                        Tensor y = call.output(call.input(0).rows(), call.input(0).columns());
                        y.clear();
                        Elementwise.axpy(scale, call.input(0), y, call.pool());
                        Elementwise.axpy(scale, call.input(1), y, call.pool());
                    }, call -> {
                        double factor = call.wants(0) && call.wants(1) ? scale : 1.001 * scale;
                        call.addGradient(factor, 0, call.delta(0));
                        call.addGradient(factor, 1, call.delta(0));
                    }), shape(3, 4), shape(3, 4)));
        }
    }

    private static Op squared(DoubleUnaryOperator wrongOfX, IntPredicate wrongColumn) {
        OpDefinition op = Op.define("squared");
        int x = op.input("m n");
        int y = op.output("m n");
        return op.build(
                call -> Elementwise.multiply(call.input(x), call.input(x), call.out(y), call.pool()),
                call -> {
                    Tensor in = call.input(x);
                    for (long r = 0; r < in.rows(); r++) {
                        for (long c = 0; c < in.columns(); c++) {
                            double slope = 2 * wrongOfX.applyAsDouble(in.get(r, c));
                            double factor = wrongColumn.test((int) c) ? 1.01 : 1;
                            call.gradient(x).set(r, c,
                                    call.gradient(x).get(r, c) + factor * slope * call.delta(y).get(r, c));
                        }
                    }
                });
    }

    /** Without a size, an op is checked at sizes that fill vectors, and at larger numbers. */
    @Test
    void opsAreCheckedAtSeveralDraws() {
        GradCheck.check(squared(v -> v, _ -> false));
        assertEquals(Result.Verdict.WRONG, GradCheck.of(squared(v -> v, c -> c == 31)).run().verdict());
        assertEquals(
                Result.Verdict.WRONG, GradCheck.of(squared(v -> Math.clamp(v, -4, 4), _ -> false)).run().verdict());
        GradCheck.of(squared(v -> Math.clamp(v, -4, 4), _ -> false)).sizesUpTo(4).run().orThrow();
    }

    /** Rows that are looked up once and only once give no hint of a backward that overwrites. */
    @Test
    void drawnIdsRepeat() {
        for (int seed = 0; seed < 20; seed++) {
            double[] ids = Input.ids(1000, 2 + seed % 3).values(Randoms.of(seed));
            assertTrue(Arrays.stream(ids).distinct().count() < ids.length);
        }
    }

    /** As many bytes as a few copies of the input: it was 6 GB. */
    @Test
    void largeInputsTakeLittleMemory() {
        GradCheck.check((tape, x) -> tape.tanh(x), shape(318, 419));
    }

    /** Kernels divide what they write and never a sum: at sizes where they do, threads change no bit. */
    @Test
    void threadsChangeNoBitOfTheOpsOfTheTable() {
        for (Op op : OpTable.all()) {
            RandomGenerator random = Randoms.of(1);
            List<Input> inputs = sized(op, random, op.domain().size() > 3 ? 180 : 250);
            double[][] values = inputs.stream().map(input -> input.values(random)).toArray(double[][]::new);
            assertArrayEquals(run(op, inputs, values, 1), run(op, inputs, values, 3), op.name());
        }
    }

    private static List<Input> sized(Op op, RandomGenerator random, int size) {
        List<Input> inputs;
        do {
            inputs = Samplers.inputs(op, random, size);
        } while (inputs.stream().allMatch(input -> ArrayMath.product(input.shape()) < size * size / 4));
        return inputs;
    }

    private static double[][] run(Op op, List<Input> inputs, double[][] values, int threads) {
        try (TapeSubject subject = new TapeSubject(
                (tape, in) -> tape.apply(op, in), inputs, values, new Parameters(), ElementType.F64)) {
            subject.useThreads(threads);
            double[][] u = subject.outputs(subject.point());
            return subject.gradients(subject.point(), u);
        }
    }
}
