package dev.unroll.kernels.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class Philox4x32Test {
    private static void assertWords(long counterLow, long counterHigh, long key, int... expected) {
        for (int i = 0; i < 4; i++) {
            assertEquals(expected[i], Philox4x32.word(key, counterHigh, counterLow, i), "word " + i);
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

    @Test
    void everyElementHasAWordOfItsOwn() {
        Set<Long> blocksAndWords = new HashSet<>();
        Set<Integer> words = new HashSet<>();
        int elements = 1024;
        for (long i = 0; i < elements; i++) {
            words.add(Philox4x32.word(3, 4, i));
        }
        for (long block = 0; block < elements / 4; block++) {
            for (int word = 0; word < 4; word++) {
                blocksAndWords.add((long) Philox4x32.word(3, 4, block, word));
            }
        }
        assertEquals(elements, words.size()); // two of 1024 words are equal in one of 8000 seeds
        assertEquals(blocksAndWords.size(), words.size());
        for (int word : words) {
            assertEquals(true, blocksAndWords.contains((long) word), "a word of the first blocks");
        }
    }
}
