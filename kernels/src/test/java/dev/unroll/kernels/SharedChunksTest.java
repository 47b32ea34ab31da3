package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedChunksTest {
    private static final long UNLIMITED = Long.MAX_VALUE;

    private final MemoryAccount account = new MemoryAccount();
    private final SharedChunks chunks = new SharedChunks(account);

    @Test
    void aThousandSmallOnesFitInOneSlab() {
        for (int i = 0; i < 1024; i++) {
            assertNotNull(chunks.take(512, SharedChunks.LARGEST));
        }
        assertEquals(SharedChunks.LARGEST, account.taken());
        assertNull(chunks.take(512, SharedChunks.LARGEST));
    }

    @Test
    void noTwoShareMemoryWhateverWasTakenAndGivenBackBefore() {
        Random random = new Random(3);
        TreeMap<Long, Long> endOf = new TreeMap<>();
        List<SharedChunks.Block> blocks = new ArrayList<>();
        List<Long> starts = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(100) < 52) {
                long bytes = 1 + (SharedChunks.LARGEST >> random.nextInt(21)) * random.nextInt(64) / 64;
                SharedChunks.Block block = chunks.take(bytes, UNLIMITED);
                MemorySegment memory = block.memory(bytes);
                assertEquals(0, memory.address() % Workspace.ALIGNMENT);
                var below = endOf.floorEntry(memory.address());
                var above = endOf.higherEntry(memory.address());
                assertTrue(below == null || below.getValue() <= memory.address(), "overlaps the one below");
                assertTrue(above == null || above.getKey() >= memory.address() + bytes, "overlaps the one above");
                endOf.put(memory.address(), memory.address() + bytes);
                blocks.add(block);
                starts.add(memory.address());
            } else if (!blocks.isEmpty()) {
                int which = random.nextInt(blocks.size());
                chunks.giveBack(blocks.remove(which));
                endOf.remove(starts.remove(which));
            }
        }
        blocks.forEach(chunks::giveBack);
        chunks.trim();
        assertEquals(0, account.taken(), "halves became whole again, and slabs went back");
    }

    @Test
    void aSlabIsNotReturnedAndTakenAgainForEveryUse() {
        SharedChunks.Block first = chunks.take(100, UNLIMITED);
        long address = first.memory(1).address();
        chunks.giveBack(first);
        for (int i = 0; i < 100; i++) {
            SharedChunks.Block block = chunks.take(100, UNLIMITED);
            assertEquals(address, block.memory(1).address());
            chunks.giveBack(block);
            assertEquals(SharedChunks.LARGEST, account.taken());
        }
    }

    @Test
    void mostOfWhatWasUsedOnceGoesBackWithoutBeingAskedFor() {
        List<SharedChunks.Block> blocks = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            blocks.add(chunks.take(SharedChunks.LARGEST, UNLIMITED));
        }
        blocks.forEach(chunks::giveBack);
        assertTrue(account.taken() <= 2 * SharedChunks.LARGEST, account.taken() + " bytes");
    }

    @ParameterizedTest
    @ValueSource(longs = {1024, 4096, 1 << 19})
    void closeToTheLimitOnlyWhatIsNeededIsTaken(long limit) {
        SharedChunks.Block block = chunks.take(limit, limit);
        assertNotNull(block);
        assertEquals(limit, account.taken());
        assertNull(chunks.take(1, limit));
        chunks.giveBack(block);
        assertNotNull(chunks.take(1, limit), "a slab that is free has room, though no other may be taken");
    }
}
