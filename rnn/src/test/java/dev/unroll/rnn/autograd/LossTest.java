package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.init.Initializer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LossTest {
    private static final int ROWS = 21;
    private static final int COLUMNS = 37;

    /** A loss as users call it, with weights and without. */
    enum Loss {
        CROSS_ENTROPY {
            @Override
            Variable of(Tape tape, Variable x, Variable targets) {
                return tape.crossEntropy(x, targets);
            }

            @Override
            Variable of(Tape tape, Variable x, Variable targets, Variable weights) {
                return tape.crossEntropy(x, targets, weights);
            }
        },
        BINARY_CROSS_ENTROPY {
            @Override
            Variable of(Tape tape, Variable x, Variable targets) {
                return tape.binaryCrossEntropy(x, targets);
            }

            @Override
            Variable of(Tape tape, Variable x, Variable targets, Variable weights) {
                return tape.binaryCrossEntropy(x, targets, weights);
            }
        },
        SQUARED_ERROR {
            @Override
            Variable of(Tape tape, Variable x, Variable targets) {
                return tape.squaredError(x, targets, tape.equalWeights());
            }

            @Override
            Variable of(Tape tape, Variable x, Variable targets, Variable weights) {
                return tape.squaredError(x, targets, weights);
            }
        },
        HUBER {
            @Override
            Variable of(Tape tape, Variable x, Variable targets) {
                return of(tape, x, targets, tape.equalWeights());
            }

            @Override
            Variable of(Tape tape, Variable x, Variable targets, Variable weights) {
                return tape.apply(LossOps.huber(0.5), x, targets, weights)[0];
            }
        };

        abstract Variable of(Tape tape, Variable x, Variable targets);

        abstract Variable of(Tape tape, Variable x, Variable targets, Variable weights);

        Variable targets(Tape tape) {
            Random random = new Random(2);
            if (this == CROSS_ENTROPY) {
                return tape.ids(random.ints(ROWS, -1, COLUMNS).toArray());
            }
            float[] targets = new float[ROWS * COLUMNS];
            for (int i = 0; i < targets.length; i++) {
                targets[i] = random.nextFloat();
            }
            return tape.constant(new Frames(COLUMNS, targets));
        }
    }

    /** The loss, and its gradient element by element, of a loss that is three times what the op returns. */
    private static double[] lossAndGradient(Loss loss, ElementType type, boolean explicit) {
        try (Workspace workspace = new Workspace("a loss")) {
            Tape tape = Tape.recording(workspace, type, WorkerPool.caller());
            Random random = new Random(1);
            float[] values = new float[ROWS * COLUMNS];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            Variable x = tape.variable(tape.constant(new Frames(COLUMNS, values)).value());
            float[] ones = new float[ROWS];
            Arrays.fill(ones, 1);
            Variable targets = loss.targets(tape);
            Variable one = explicit ? loss.of(tape, x, targets, tape.row(ones)) : loss.of(tape, x, targets);
            tape.backward(tape.combine(3, one, 0, one));
            double[] both = new double[1 + values.length];
            both[0] = one.value().get(0, 0);
            for (int i = 0; i < values.length; i++) {
                both[1 + i] = x.gradient().get(i / COLUMNS, i % COLUMNS);
            }
            return both;
        }
    }

    @ParameterizedTest
    @EnumSource
    void noWeightsAreTheWeightOneBitForBit(Loss loss) {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            double[] implicit = lossAndGradient(loss, type, false);
            assertArrayEquals(lossAndGradient(loss, type, true), implicit, type.toString());
            assertTrue(implicit[0] > 0 && Arrays.stream(implicit).skip(1).anyMatch(g -> g != 0));
        }
    }

    @Test
    void aTargetOfMinusOneDoesNotCount() {
        try (Workspace workspace = new Workspace("a loss")) {
            Tape tape = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
            Variable logits = tape.constant(new Frames(2, 1, 2, 3, 5, 7, 7));
            double some = tape.crossEntropy(logits, tape.ids(1, -1, 0)).value().get(0, 0);
            double first = tape.crossEntropy(tape.rows(logits, 0, 1), tape.ids(1)).value().get(0, 0);
            double last = tape.crossEntropy(tape.rows(logits, 2, 1), tape.ids(0)).value().get(0, 0);
            assertEquals((first + last) / 2, some);
            assertEquals(0, tape.crossEntropy(logits, tape.ids(-1, -1, -1)).value().get(0, 0));
            assertThrows(IllegalArgumentException.class, () -> tape.crossEntropy(logits, tape.ids(1, -2, 0)));
        }
    }

    @Test
    void weightsOfAnotherNumberOfRowsAreRefused() {
        try (Workspace workspace = new Workspace("a loss")) {
            Tape tape = Tape.inference(workspace, ElementType.F32, WorkerPool.caller());
            Variable x = tape.zeros(3, 2);
            assertThrows(IllegalArgumentException.class, () -> tape.squaredError(x, x, tape.row(1f)));
            assertThrows(IllegalArgumentException.class, () -> tape.squaredError(x, x, tape.row(1f, 1f, 1f, 1f)));
        }
    }

    /** Some losses of logits, added up. */
    private interface LossesOf {
        Variable apply(Tape tape, Variable x);
    }

    private static Variable crossEntropyOfSome(Tape tape, Variable x, int seed) {
        int rows = (int) x.value().rows();
        int[] targets = new Random(seed).ints(rows, -1, COLUMNS).toArray();
        double[] weights = new Random(seed).doubles(rows, 0, 2).toArray();
        weights[rows / 2] = 0;
        return tape.crossEntropy(x, tape.ids(targets), tape.row(weights));
    }

    /** The gradient of a leaf may be made in place; that of a parameter is added to zeros in its slab. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void aGradientThatIsTheFirstHasTheBitsOfOneThatIsAddedToZeros(ElementType type) {
        LossesOf one = (tape, x) -> crossEntropyOfSome(tape, x, 1);
        LossesOf two = (tape, x) -> tape.add(crossEntropyOfSome(tape, x, 1), crossEntropyOfSome(tape, x, 2));
        LossesOf negative = (tape, x) -> tape.combine(-0.5, one.apply(tape, x), 2, crossEntropyOfSome(tape, x, 3));
        LossesOf squares = (tape, x) -> tape.add(
                tape.squaredError(x, tape.zeros(ROWS, COLUMNS), tape.equalWeights()), one.apply(tape, x));
        LossesOf parts = (tape, x) -> tape.add(
                one.apply(tape, tape.rows(x, 2, 9)), crossEntropyOfSome(tape, tape.rows(x, 0, ROWS), 4));
        for (LossesOf losses : Arrays.asList(one, two, negative, squares, parts)) {
            for (boolean isComputed : new boolean[] {false, true}) {
                try (Workspace workspace = new Workspace("a test")) {
                    Parameters parameters = new Parameters();
                    Parameter x = parameters.declare("x", Initializer.gaussian(2), ROWS, COLUMNS);
                    parameters.allocate(workspace, type, new Random(1));
                    Tape first = Tape.recording(workspace, type, WorkerPool.caller());
                    Variable leaf = first.variable(x.value());
                    Variable given = isComputed ? first.combine(1, leaf, 0, leaf) : leaf;
                    first.backward(losses.apply(first, given));
                    Tape second = Tape.recording(workspace, type, WorkerPool.caller());
                    second.backward(losses.apply(second, x));
                    assertArrayEquals(bytes(x.gradient()), bytes(given.gradient()));
                    assertArrayEquals(x.value().shape(), given.gradient().shape());
                }
            }
        }
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[(int) (tensor.size() * tensor.type().bytes())];
        tensor.copyTo(MemorySegment.ofArray(bytes));
        return bytes;
    }

    @Test
    void logitsOfOneRowKeepTheirShape() {
        try (Workspace workspace = new Workspace("a test")) {
            Tape tape = Tape.recording(workspace, ElementType.F64, WorkerPool.caller());
            Variable x = tape.variable(workspace.zeros(ElementType.F64, 4));
            tape.backward(tape.crossEntropy(x, tape.ids(2)));
            assertArrayEquals(new long[] {4}, x.gradient().shape());
            assertArrayEquals(new double[] {0.25, 0.25, -0.75, 0.25}, x.gradient().toDoubles());
        }
    }
}
