package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.init.Initializer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WeightNoiseTest {
    private static final double SIGMA = 0.25;
    private static final int ROWS = 37;
    private static final int COLUMNS = 53;

    private final Workspace workspace = new Workspace("a test");
    private final Parameters parameters = new Parameters();
    private final Parameter weight = parameters.declare("weight", Initializer.gaussian(1), ROWS, COLUMNS);
    private final Parameter other = parameters.declare("other", Initializer.zeros(), ROWS, COLUMNS);
    private final Parameter bias = parameters.declare("bias", Initializer.gaussian(1), COLUMNS);

    @BeforeEach
    void allocate() {
        parameters.allocate(workspace, ElementType.F32, new Random(1));
    }

    @AfterEach
    void close() {
        workspace.close();
    }

    private Tape tape(WorkerPool pool) {
        return Tape.recording(workspace, ElementType.F32, pool);
    }

    private Tape noisy(long seed, long update) {
        return tape(WorkerPool.caller()).weightNoise(SIGMA, seed, update);
    }

    private static Variable identity(Tape tape, int n) {
        float[] identity = new float[n * n];
        for (int i = 0; i < n; i++) {
            identity[i * n + i] = 1;
        }
        return tape.constant(new Frames(n, identity));
    }

    /** The matrix as a product sees it. */
    private static float[] product(Tape tape, Variable w) {
        return tape.matmul(identity(tape, (int) w.value().rows()), w).value().toFloats();
    }

    @Test
    void theNoiseHasTheDeviationThatWasAskedFor() {
        float[] clean = weight.value().toFloats();
        float[] seen = product(noisy(1, 1), weight);
        double squares = IntStream.range(0, clean.length).mapToDouble(i -> Math.pow(seen[i] - clean[i], 2)).sum();
        // The standard error of the estimate is sigma / sqrt(2 * 1961), 1.6%; here four of them.
        assertEquals(SIGMA, Math.sqrt(squares / clean.length), 0.064 * SIGMA);
    }

    @Test
    void theValuesAndTapesWithoutNoiseStayClean() {
        float[] values = parameters.values().toFloats();
        float[] before = product(tape(WorkerPool.caller()), weight);
        Tape noisy = noisy(1, 1);
        float[] seen = product(noisy, weight);
        assertFalse(Arrays.equals(before, seen));
        assertArrayEquals(before, product(tape(WorkerPool.caller()), weight), "an evaluation in the same update");
        assertArrayEquals(seen, product(noisy, weight), "and the update goes on with its noise");
        assertArrayEquals(values, parameters.values().toFloats());
        assertArrayEquals(before, product(tape(WorkerPool.caller()).weightNoise(0, 1, 1), weight), "sigma 0");
    }

    @Test
    void aSeedGivesTheSameNoiseOnAnyNumberOfThreadsAndAnotherSeedOrUpdateAnother() {
        float[] first = product(noisy(1, 1), weight);
        float[] nextUpdate = product(noisy(1, 2), weight);
        assertFalse(Arrays.equals(first, nextUpdate));
        assertFalse(Arrays.equals(first, product(noisy(2, 1), weight)));
        for (int threads = 2; threads <= 3; threads++) {
            try (WorkerPool pool = new WorkerPool(threads)) {
                assertArrayEquals(first, product(tape(pool).weightNoise(SIGMA, 1, 1), weight), threads + " threads");
            }
        }
    }

    @Test
    void noiseIsAddedToTheValuesOfTheMoment() {
        float[] before = product(noisy(1, 1), other);
        other.write(values -> {
            for (int i = 0; i < ROWS; i++) {
                values.set(i, 0, 1);
            }
        });
        float[] after = product(noisy(1, 1), other);
        for (int i = 0; i < after.length; i++) {
            assertEquals(i % COLUMNS == 0 ? 1 + before[i] : before[i], after[i]);
        }
    }

    @Test
    void everyMatrixHasANoiseOfItsOwn() {
        Tape tape = noisy(1, 1);
        float[] clean = weight.value().toFloats();
        float[] seen = product(tape, weight);
        float[] noiseOfOther = product(tape, other); // which is zero itself
        long equal = IntStream.range(0, clean.length)
                .filter(i -> Math.abs(seen[i] - clean[i] - noiseOfOther[i]) < 1e-6)
                .count();
        assertEquals(0, equal, 3, "equal by chance"); // of 1961; with one noise all would be
    }

    @Test
    void biasesStayClean() {
        Tape tape = noisy(1, 1);
        float[] sum = tape.addRow(tape.zeros(1, COLUMNS), bias).value().toFloats();
        assertArrayEquals(bias.value().toFloats(), sum);
        float[] affine = tape.affine(tape.zeros(1, ROWS), weight, bias).value().toFloats();
        assertArrayEquals(bias.value().toFloats(), affine);
    }

    @Test
    void everyUseOfAMatrixSeesTheSameNoise() {
        Tape tape = noisy(1, 1);
        float[] product = product(tape, weight);
        int[] ids = IntStream.range(0, ROWS).toArray();
        assertArrayEquals(product, tape.lookup(tape.ids(ids), weight).value().toFloats(), "rows of ids");
        assertArrayEquals(product, tape.addRow(weight, tape.row(new float[COLUMNS])).value().toFloats(), "unpacked");
        Variable left = tape.columns(weight, 0, 20);
        Variable right = tape.columns(weight, 20, COLUMNS - 20);
        assertArrayEquals(product, tape.concat(left, right).value().toFloats(), "some columns");
        assertArrayEquals(
                Arrays.copyOf(product, 5 * COLUMNS), product(tape, tape.rows(weight, 0, 5)), "some rows");
        float[] transposed =
                tape.apply(MatrixOps.MATMUL_TRANSPOSED, identity(tape, COLUMNS), weight)[0].value().toFloats();
        for (int i = 0; i < product.length; i++) {
            assertEquals(product[i], transposed[i % COLUMNS * ROWS + i / COLUMNS]);
        }
    }

    @Test
    void aSigmaThatIsNoneIsRefused() {
        for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> tape(WorkerPool.caller()).weightNoise(wrong, 1, 1));
        }
    }
}
