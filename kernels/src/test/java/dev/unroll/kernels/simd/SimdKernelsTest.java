package dev.unroll.kernels.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.scalar.ScalarKernelsF32;
import dev.unroll.kernels.simd.KernelCase.Matrix;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every vector kernel, at sizes below, at and beyond whole vectors of every width, with gaps between rows. */
@Tag("every-width")
class SimdKernelsTest {
    private static final int ROWS = 3;

    /** Four vectors of 16, and three more elements. */
    private static final int LARGEST = 67;

    private final KernelSet scalar = ScalarKernelsF32.set();
    private final KernelSet simd = SimdKernels.f32();

    static List<KernelCase> cases() {
        return KernelCase.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isTheScalarKernelButForItsRoundings(KernelCase kernel) {
        IntStream sizes = IntStream.concat(IntStream.rangeClosed(1, LARGEST), IntStream.of(256, 1000, 4109));
        sizes.forEach(n -> {
            for (int gap = 0; gap <= 3; gap += 3) {
                Matrix[] original = kernel.operands(ROWS, n, gap);
                Matrix[] expected = KernelCase.copy(original);
                Matrix[] actual = KernelCase.copy(original);
                kernel.call().run(scalar, ROWS, n, expected);
                kernel.call().run(simd, ROWS, n, actual);
                for (int i = 0; i < actual.length; i++) {
                    String where = kernel + ", n = " + n + ", operand " + i;
                    assertClose(kernel, n, expected[i], actual[i], where);
                    assertGapsEqual(original[i], actual[i], where);
                }
            }
        });
    }

    private static void assertClose(KernelCase kernel, int n, Matrix expected, Matrix actual, String where) {
        int roundings = kernel.local() ? kernel.roundings() : kernel.roundings() + n;
        for (int r = 0; r < actual.rows(); r++) {
            for (int j = 0; j < actual.columns(); j++) {
                float e = expected.get(r, j);
                double tolerance = roundings * 0x1p-24 * Math.max(kernel.size(), Math.abs(e));
                assertEquals(e, actual.get(r, j), tolerance, () -> where);
            }
        }
    }

    private static void assertGapsEqual(Matrix expected, Matrix actual, String where) {
        for (int r = 0; r < actual.rows() - 1; r++) {
            for (int j = actual.columns(); j < actual.stride(); j++) {
                assertEquals(expected.get(r, j), actual.get(r, j), where + ": the gap behind row " + r);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anElementHasTheSameBitsWhereverItStands(KernelCase kernel) {
        if (!kernel.local()) {
            return;
        }
        Matrix[] whole = kernel.operands(ROWS, LARGEST, 1);
        kernel.call().run(simd, ROWS, LARGEST, whole);
        for (int n = 0; n < LARGEST; n++) {
            Matrix[] part = kernel.operands(ROWS, n, 1);
            kernel.call().run(simd, ROWS, n, part);
            for (int i = 0; i < part.length; i++) {
                assertBitsOfPart(part[i], whole[i], n, kernel + ", n = " + n + ", operand " + i);
            }
        }
    }

    private static void assertBitsOfPart(Matrix part, Matrix whole, int n, String where) {
        for (int r = 0; r < part.rows(); r++) {
            for (int j = 0; j < part.columns(); j++) {
                int same = part.columns() == whole.columns() ? j : j / n * LARGEST + j % n;
                int expected = Float.floatToRawIntBits(whole.get(r, same));
                assertTrue(expected == Float.floatToRawIntBits(part.get(r, j)), where);
            }
        }
    }
}
