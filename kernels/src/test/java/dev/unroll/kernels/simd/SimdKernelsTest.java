package dev.unroll.kernels.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.scalar.ScalarKernelsF32;
import dev.unroll.kernels.scalar.ScalarKernelsF64;
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

    static List<KernelCase> cases() {
        return KernelCase.all();
    }

    private static KernelSet simd(ElementType type) {
        return type == ElementType.F32 ? SimdKernels.f32() : SimdKernels.f64();
    }

    private static KernelSet scalar(ElementType type) {
        return type == ElementType.F32 ? ScalarKernelsF32.set() : ScalarKernelsF64.set();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isTheScalarKernelButForItsRoundings(KernelCase kernel) {
        assertIsTheScalarKernel(kernel, ElementType.F32);
        assertIsTheScalarKernel(kernel, ElementType.F64);
    }

    private static void assertIsTheScalarKernel(KernelCase kernel, ElementType type) {
        IntStream sizes = IntStream.concat(IntStream.rangeClosed(1, LARGEST), IntStream.of(256, 1000, 4109));
        sizes.forEach(n -> {
            for (int gap = 0; gap <= 3; gap += 3) {
                Matrix[] original = kernel.operands(type, ROWS, n, gap);
                Matrix[] expected = KernelCase.copy(original);
                Matrix[] actual = KernelCase.copy(original);
                kernel.call().run(scalar(type), ROWS, n, expected);
                kernel.call().run(simd(type), ROWS, n, actual);
                for (int i = 0; i < actual.length; i++) {
                    String where = type + " " + kernel + ", n = " + n + ", operand " + i;
                    assertClose(kernel, n, expected[i], actual[i], where);
                    assertGapsEqual(original[i], actual[i], where);
                }
            }
        });
    }

    private static void assertClose(KernelCase kernel, int n, Matrix expected, Matrix actual, String where) {
        double rounding = actual.type() == ElementType.F32 ? 0x1p-24 : 0x1p-53;
        int roundings = kernel.local() ? kernel.roundings() : kernel.roundings() + n;
        for (int r = 0; r < actual.rows(); r++) {
            for (int j = 0; j < actual.columns(); j++) {
                double e = expected.get(r, j);
                double tolerance = roundings * rounding * Math.max(kernel.size(), Double.isNaN(e) ? 0 : Math.abs(e));
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
        if (kernel.local()) {
            assertSameBitsEverywhere(kernel, ElementType.F32);
            assertSameBitsEverywhere(kernel, ElementType.F64);
        }
    }

    private static void assertSameBitsEverywhere(KernelCase kernel, ElementType type) {
        Matrix[] whole = kernel.operands(type, ROWS, LARGEST, 1);
        kernel.call().run(simd(type), ROWS, LARGEST, whole);
        for (int n = 0; n < LARGEST; n++) {
            Matrix[] part = kernel.operands(type, ROWS, n, 1);
            kernel.call().run(simd(type), ROWS, n, part);
            for (int i = 0; i < part.length; i++) {
                assertBitsOfPart(part[i], whole[i], n, type + " " + kernel + ", n = " + n + ", operand " + i);
            }
        }
    }

    private static void assertBitsOfPart(Matrix part, Matrix whole, int n, String where) {
        for (int r = 0; r < part.rows(); r++) {
            for (int j = 0; j < part.columns(); j++) {
                int same = part.columns() == whole.columns() ? j : j / n * LARGEST + j % n;
                long expected = Double.doubleToRawLongBits(whole.get(r, same));
                assertTrue(expected == Double.doubleToRawLongBits(part.get(r, j)), where);
            }
        }
    }
}
