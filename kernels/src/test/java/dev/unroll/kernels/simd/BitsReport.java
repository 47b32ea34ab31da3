package dev.unroll.kernels.simd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.simd.KernelCase.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * Prints, for every kernel, a checksum of what its first call computed, interpreted, and one of its 6,000th, compiled: the
 * compiler is told to begin ten times earlier than usual. With {@code -Dunroll.full=true} it is the 100,000th, of F64 as well
 * as F32.
 */
final class BitsReport {
    private static final boolean FULL = Boolean.getBoolean("unroll.full");
    private static final int CALLS = FULL ? 100_000 : 6_000;
    private static final int ROWS = 2;

    /** One vector of 512 bits, and a rest in which there is one of 128. */
    private static final int COLUMNS = 23;

    private BitsReport() {}

    /** All kernels, or otherwise than with {@code -Dunroll.full=true} every other one: compiling them takes long. */
    static List<KernelCase> kernels() {
        List<KernelCase> all = KernelCase.all();
        return FULL
                ? all
                : IntStream.range(0, all.size())
                        .filter(i -> i % 2 == 0)
                        .mapToObj(all::get)
                        .toList();
    }

    /** Takes no arguments. */
    public static void main(String[] args) {
        for (KernelCase kernel : kernels()) {
            report(kernel, ElementType.F32, SimdKernels.f32());
            if (FULL) {
                report(kernel, ElementType.F64, SimdKernels.f64());
            }
        }
    }

    private static void report(KernelCase kernel, ElementType type, KernelSet simd) {
        Matrix[] original = kernel.operands(type, ROWS, COLUMNS, 1);
        Matrix[] operands = KernelCase.copy(original);
        kernel.call().run(simd, ROWS, COLUMNS, operands);
        long first = checksum(operands);
        for (int i = 1; i < CALLS; i++) {
            restore(original, operands);
            kernel.call().run(simd, ROWS, COLUMNS, operands);
        }
        System.out.println(type + " " + kernel + "\t" + first + "\t" + checksum(operands));
    }

    private static void restore(Matrix[] original, Matrix[] operands) {
        for (int i = 0; i < operands.length; i++) {
            MemorySegment.copy(original[i].memory(), 0, operands[i].memory(), 0, original[i].memory().byteSize());
        }
    }

    private static long checksum(Matrix[] operands) {
        CRC32 sum = new CRC32();
        for (Matrix operand : operands) {
            sum.update(operand.memory().asByteBuffer());
        }
        return sum.getValue();
    }
}
