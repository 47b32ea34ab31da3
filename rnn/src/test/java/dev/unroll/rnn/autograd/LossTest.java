package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Frames;
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
}
