package dev.unroll.kernels.scalar;

/**
 * The counter-based generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011): ten rounds of multiplications turn a counter of 128 bits and a key of 64 bits into four random words.
 * The random word of an element is thus a function of the key, the stream and the index of the element, and needs
 * neither memory nor order.
 *
 * <p>The key is the seed. The counter is the block number, in its low half, and the stream. Sixteen consecutive blocks
 * make the words of 64 elements: the first words of all of them, then the second ones, and so on, so that vectors find
 * them side by side.
 */
final class Philox4x32 {
    private static final int ROUNDS = 10;
    private static final long LOW = 0xFFFF_FFFFL;

    private Philox4x32() {}

    /** Returns the word of an element. */
    static int word(long seed, long stream, long index) {
        long block = (index >>> 6) * 16 + (index & 15);
        return word(seed, stream, block, (int) (index >>> 4) & 3);
    }

    /** Returns word 0 to 3 of a block. */
    static int word(long seed, long stream, long block, int number) {
        int c0 = (int) block;
        int c1 = (int) (block >>> 32);
        int c2 = (int) stream;
        int c3 = (int) (stream >>> 32);
        int k0 = (int) seed;
        int k1 = (int) (seed >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = (c0 & LOW) * 0xD2511F53L;
            long product1 = (c2 & LOW) * 0xCD9E8D57L;
            c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
            c1 = (int) product1;
            c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
            c3 = (int) product0;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return switch (number) {
            case 0 -> c0;
            case 1 -> c1;
            case 2 -> c2;
            default -> c3;
        };
    }
}
