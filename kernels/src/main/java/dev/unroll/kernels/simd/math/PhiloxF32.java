package dev.unroll.kernels.simd.math;

import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Random words of elements by Philox4x32-10 (Salmon et al. 2011). The key is the seed, the counter the block number and
 * the stream; sixteen blocks make the words of a group of 64 elements: first words, second ones, and so on.
 *
 * <p>A long lane holds a word of the state in its lower half, and anything above it: a product of two words fills 64
 * bits, and its lower half needs no mask if only lower halves of longs are multiplied, which is one instruction.
 */
public final class PhiloxF32 {
    /** The number of elements of a group. */
    public static final int GROUP = 64;

    private static final int BLOCKS = 16;
    private static final int ROUNDS = 10;
    private static final long LOW = 0xFFFF_FFFFL;
    private static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, SPECIES.vectorShape());
    private static final int COUNT = LONGS.length();

    /**
     * Whether the blocks of two vectors are interleaved, as words as wide as floats are; words as wide as doubles
     * follow each other.
     */
    private static final boolean BETWEEN = Float.BYTES == Integer.BYTES;
    private static final LongVector FIRST = LongVector.zero(LONGS).addIndex(BETWEEN ? 2 : 1);
    private static final LongVector SECOND = FIRST.add(BETWEEN ? 1 : COUNT);

    private PhiloxF32() {}

    /** Generates the words of some groups, each as wide as an element, the upper half of 64 bits being 0. */
    public static void words(int groups, long seed, long stream, long group, MemorySegment to) {
        for (int g = 0; g < groups; g++) {
            long block = (group + g) * BLOCKS;
            long at = (long) g * GROUP * Float.BYTES;
            for (int lane = 0; lane < BLOCKS; lane += 2 * COUNT) {
                blocks(seed, stream, block + lane, to, at + lane * Float.BYTES);
            }
        }
    }

    /** Generates two vectors of blocks; the words of a block lie {@code BLOCKS} elements apart. */
    static void blocks(long seed, long stream, long block, MemorySegment to, long toAt) {
        LongVector a0 = FIRST.add(block);
        LongVector b0 = SECOND.add(block);
        LongVector a1 = a0.lanewise(VectorOperators.LSHR, 32);
        LongVector b1 = b0.lanewise(VectorOperators.LSHR, 32);
        LongVector a2 = LongVector.broadcast(LONGS, stream);
        LongVector b2 = a2;
        LongVector a3 = LongVector.broadcast(LONGS, stream >>> 32);
        LongVector b3 = a3;
        long k0 = seed;
        long k1 = seed >>> 32;
        for (int round = 0; round < ROUNDS; round++) {
            LongVector productA0 = a0.and(LOW).mul(0xD2511F53L);
            LongVector productA1 = a2.and(LOW).mul(0xCD9E8D57L);
            LongVector productB0 = b0.and(LOW).mul(0xD2511F53L);
            LongVector productB1 = b2.and(LOW).mul(0xCD9E8D57L);
            LongVector key0 = LongVector.broadcast(LONGS, k0);
            LongVector key1 = LongVector.broadcast(LONGS, k1);
            a0 = productA1.lanewise(VectorOperators.LSHR, 32)
                    .lanewise(VectorOperators.XOR, a1)
                    .lanewise(VectorOperators.XOR, key0);
            b0 = productB1.lanewise(VectorOperators.LSHR, 32)
                    .lanewise(VectorOperators.XOR, b1)
                    .lanewise(VectorOperators.XOR, key0);
            a2 = productA0.lanewise(VectorOperators.LSHR, 32)
                    .lanewise(VectorOperators.XOR, a3)
                    .lanewise(VectorOperators.XOR, key1);
            b2 = productB0.lanewise(VectorOperators.LSHR, 32)
                    .lanewise(VectorOperators.XOR, b3)
                    .lanewise(VectorOperators.XOR, key1);
            a1 = productA1;
            b1 = productB1;
            a3 = productA0;
            b3 = productB0;
            k0 += 0x9E3779B9L;
            k1 += 0xBB67AE85L;
        }
        MemorySegment words = VectorsF32.offHeap(to);
        final int row = BLOCKS * Float.BYTES;
        if (BETWEEN) {
            a0.and(LOW).or(b0.lanewise(VectorOperators.LSHL, 32)).intoMemorySegment(words, toAt, ORDER);
            a1.and(LOW).or(b1.lanewise(VectorOperators.LSHL, 32)).intoMemorySegment(words, toAt + row, ORDER);
            a2.and(LOW).or(b2.lanewise(VectorOperators.LSHL, 32)).intoMemorySegment(words, toAt + 2 * row, ORDER);
            a3.and(LOW).or(b3.lanewise(VectorOperators.LSHL, 32)).intoMemorySegment(words, toAt + 3 * row, ORDER);
        } else {
            long next = toAt + COUNT * Long.BYTES;
            a0.and(LOW).intoMemorySegment(words, toAt, ORDER);
            b0.and(LOW).intoMemorySegment(words, next, ORDER);
            a1.and(LOW).intoMemorySegment(words, toAt + row, ORDER);
            b1.and(LOW).intoMemorySegment(words, next + row, ORDER);
            a2.and(LOW).intoMemorySegment(words, toAt + 2 * row, ORDER);
            b2.and(LOW).intoMemorySegment(words, next + 2 * row, ORDER);
            a3.and(LOW).intoMemorySegment(words, toAt + 3 * row, ORDER);
            b3.and(LOW).intoMemorySegment(words, next + 3 * row, ORDER);
        }
    }
}
