package dev.unroll.kernels.simd.math;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The answers known for single blocks; that elements have the words of the scalar generator is seen in dropout. */
@Tag("every-width")
class PhiloxF32Test {
    private static final int BLOCKS = 16;
    private static final int WORDS = 4;

    private static void assertWords(long counterLow, long counterHigh, long key, int... expected) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment f32 = arena.allocate(BLOCKS * WORDS * Integer.BYTES, 64);
            MemorySegment f64 = arena.allocate(BLOCKS * WORDS * Long.BYTES, 64);
            PhiloxF32.blocks(key, counterHigh, counterLow, f32, 0);
            PhiloxF64.blocks(key, counterHigh, counterLow, f64, 0);
            for (int i = 0; i < WORDS; i++) {
                assertEquals(expected[i], f32.getAtIndex(JAVA_INT, i * BLOCKS), "word " + i);
                assertEquals(Integer.toUnsignedLong(expected[i]), f64.getAtIndex(JAVA_LONG, i * BLOCKS), "word " + i);
            }
        }
    }

    /** The known answers that the authors publish with their library Random123 for philox4x32 of ten rounds. */
    @Test
    void givesTheKnownAnswers() {
        assertWords(0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertWords(-1, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertWords(
                0x85a308d3_243f6a88L, 0x03707344_13198a2eL, 0x299f31d0_a4093822L,
                0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }
}
