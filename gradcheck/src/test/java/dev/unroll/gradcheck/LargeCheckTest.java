package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Right functions of many numbers and many steps pass within the memory of a test. */
@Tag("full")
class LargeCheckTest {
    private static final int SHAPES = 40;
    private static final int LARGEST = 600;

    @Test
    void matricesOfAnyShape() {
        RandomGenerator random = Randoms.of(1);
        for (int i = 0; i < SHAPES; i++) {
            int rows = random.nextInt(1, LARGEST + 1);
            int columns = random.nextInt(1, LARGEST + 1);
            GradCheck.check((tape, x) -> tape.tanh(x), shape(rows, columns));
            GradCheck.check((tape, x, w) -> tape.matmul(x, w), shape(8, rows), shape(rows, columns));
        }
    }

    @ParameterizedTest
    @CsvSource({"lstm:2x100, 50, 8", "lstm:3x20, 200, 2", "lstm:4x30, 100, 3", "gru:4x20, 200, 2", "rnn:4x40, 100, 4",
        "lstm:2x256, 50, 8"})
    void networksOfManySteps(String network, int steps, int batch) {
        try (TextRun run = new TextRun(ModelSpec.parse(network, 50, 50), ElementType.F64, batch, steps, 1)) {
            GradCheck.check(run.model().parameters(), run::loss);
        }
    }

    @Test
    void aWrongElementOfAMillionIsNamed() {
        Result result = GradCheck.of(x -> Arrays.stream(x).map(Math::sin).sum(), x -> {
            double[] gradient = Arrays.stream(x).map(Math::cos).toArray();
            gradient[617_345] *= 1.1;
            return gradient;
        }, shape(1000, 1000)).run();
        assertEquals(Result.Verdict.WRONG, result.verdict());
        assertTrue(result.hint().element().of().endsWith("x [617, 345]"), result::toString);
    }
}
