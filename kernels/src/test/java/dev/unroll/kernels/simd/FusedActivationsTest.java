package dev.unroll.kernels.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.provider.KernelSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fused passes write the activations out; they must stay the ones that a call of its own computes, bit for bit. */
@Tag("every-width")
class FusedActivationsTest {
    /** Whole vectors of every width, and what is left of one. */
    private static final int HIDDEN = 67;

    private final SplittableRandom random = new SplittableRandom(3);

    private static KernelSet kernels(ElementType type) {
        return type == ElementType.F32 ? SimdKernels.f32() : SimdKernels.f64();
    }

    /** Numbers of all sizes up to 100, at which the activations have long ended. */
    private MemorySegment numbers(ElementType type, int n) {
        MemorySegment memory = Arena.ofAuto().allocate(n * type.bytes(), 64);
        for (int i = 0; i < n; i++) {
            double value = random.nextDouble(-1, 1) * Math.scalb(100, -random.nextInt(12));
            if (type == ElementType.F32) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
            } else {
                memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
            }
        }
        return memory;
    }

    private static MemorySegment copy(MemorySegment memory) {
        return Arena.ofAuto().allocate(memory.byteSize(), 64).copyFrom(memory);
    }

    private static void assertBits(ElementType type, int block, MemorySegment expected, MemorySegment actual) {
        long size = HIDDEN * type.bytes();
        long at = block * size;
        assertEquals(-1, expected.asSlice(at, size).mismatch(actual.asSlice(at, size)), "block " + block);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void ofAnLstm(ElementType type) {
        KernelSet k = kernels(type);
        MemorySegment p = numbers(type, 4 * HIDDEN);
        MemorySegment gates = numbers(type, 4 * HIDDEN);
        MemorySegment c = numbers(type, HIDDEN);
        MemorySegment sums = copy(gates);
        k.elementwise().add(4 * HIDDEN, p, 0, gates, 0, sums, 0);
        MemorySegment nextC = copy(c);
        MemorySegment tanhC = copy(c);
        MemorySegment nextH = copy(c);
        k.lstm().forward(
                1, HIDDEN, p, 0, 4 * HIDDEN, gates, 0, 4 * HIDDEN, c, 0, HIDDEN,
                nextC, 0, HIDDEN, tanhC, 0, HIDDEN, nextH, 0, HIDDEN);
        for (int block = 0; block < 4; block++) {
            long at = block * HIDDEN * type.bytes();
            Activation f = block == 2 ? Activation.TANH : Activation.SIGMOID;
            k.activation().forward(f, HIDDEN, sums, at, sums, at);
            assertBits(type, block, sums, gates);
        }
        MemorySegment expected = copy(c);
        k.activation().forward(Activation.TANH, HIDDEN, nextC, 0, expected, 0);
        assertBits(type, 0, expected, tanhC);
        k.elementwise().multiply(HIDDEN, gates, 3 * HIDDEN * type.bytes(), tanhC, 0, expected, 0);
        assertBits(type, 0, expected, nextH);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void ofAGru(ElementType type) {
        KernelSet k = kernels(type);
        long n = 2 * HIDDEN * type.bytes();
        MemorySegment p = numbers(type, 3 * HIDDEN);
        MemorySegment gates = numbers(type, 3 * HIDDEN);
        MemorySegment bias = numbers(type, HIDDEN);
        MemorySegment h = numbers(type, HIDDEN);
        MemorySegment expected = copy(gates);
        k.elementwise().add(2 * HIDDEN, p, 0, gates, 0, expected, 0);
        k.activation().forward(Activation.SIGMOID, 2 * HIDDEN, expected, 0, expected, 0);
        MemorySegment q = copy(h);
        k.elementwise().add(HIDDEN, gates, n, bias, 0, q, 0);
        k.elementwise().multiply(HIDDEN, expected, 0, q, 0, expected, n);
        k.elementwise().add(HIDDEN, p, n, expected, n, expected, n);
        k.activation().forward(Activation.TANH, HIDDEN, expected, n, expected, n);
        MemorySegment nextH = copy(h);
        k.gru().forward(
                1, HIDDEN, p, 0, 3 * HIDDEN, gates, 0, 3 * HIDDEN, bias, 0, h, 0, HIDDEN,
                copy(q), 0, HIDDEN, nextH, 0, HIDDEN);
        for (int block = 0; block < 3; block++) {
            assertBits(type, block, expected, gates);
        }
    }
}
