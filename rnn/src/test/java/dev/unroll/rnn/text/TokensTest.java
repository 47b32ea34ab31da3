package dev.unroll.rnn.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TokensTest {
    private static int[] ids(Values values) {
        return ((Ids) values).toInts();
    }

    private static Tokens upTo(int count) {
        return new Tokens(IntStream.range(0, count).toArray());
    }

    @Test
    void sequentialBatchesAreStepMajorAndPredictTheNextToken() {
        Batch batch = upTo(13).sequential(2, 3).getFirst();
        assertArrayEquals(new int[] {0, 6, 1, 7, 2, 8}, ids(batch.inputs()));
        assertArrayEquals(new int[] {1, 7, 2, 8, 3, 9}, ids(batch.targets()));
        assertFalse(batch.continues(), "the first batch begins with no state");
    }

    @Property(tries = 300)
    void everySequenceGoesOnWhereTheBatchBeforeEnded(
            @ForAll @IntRange(min = 1, max = 5) int size, @ForAll @IntRange(min = 1, max = 7) int steps,
            @ForAll @IntRange(max = 60) int more, @ForAll long seed) {
        Tokens text = upTo(size * steps + steps + more);
        List<Batch> batches = text.sequential(size, steps, new SplittableRandom(seed));
        for (int i = 1; i < batches.size(); i++) {
            assertTrue(batches.get(i).continues());
            for (int b = 0; b < size; b++) {
                int last = ids(batches.get(i - 1).inputs())[(steps - 1) * size + b];
                assertEquals(last + 1, ids(batches.get(i).inputs())[b], "sequence " + b);
            }
        }
        assertEquals((text.size() - ids(batches.getFirst().inputs())[0] - 1) / size / steps, batches.size());
    }

    @Test
    void theFirstEditionOfD2lSees8960TokensAnEpoch() {
        // 10,000 characters, batch 32, 35 steps: 8 batches of 1,120 tokens, from whatever offset below 35.
        for (int seed = 0; seed < 50; seed++) {
            List<Batch> batches = upTo(10_000).sequential(32, 35, new SplittableRandom(seed));
            assertEquals(8_960, batches.stream().mapToInt(batch -> batch.targets().count()).sum());
        }
    }

    @Property(tries = 300)
    void randomBatchesCoverTheTextOnceWithoutState(
            @ForAll @IntRange(min = 1, max = 5) int size, @ForAll @IntRange(min = 1, max = 7) int steps,
            @ForAll @IntRange(max = 60) int more, @ForAll long seed) {
        Tokens text = upTo(size * steps + steps + more);
        List<Batch> batches = text.random(size, steps, new SplittableRandom(seed));
        Set<Integer> seen = new HashSet<>();
        for (Batch batch : batches) {
            assertFalse(batch.continues());
            for (int i = 0; i < batch.targets().count(); i++) {
                assertTrue(seen.add(ids(batch.inputs())[i]), "each token is an input at most once");
                assertEquals(ids(batch.inputs())[i] + 1, ids(batch.targets())[i]);
            }
        }
        assertTrue(seen.size() > text.size() - 2 * steps - size * steps, "no more is left out than the two ends");
    }

    @Test
    void aBatchLargerThanTheTextIsRefusedWithBothSizes() {
        Exception e = assertThrows(IllegalArgumentException.class, () -> upTo(1_000).sequential(32, 35));
        assertTrue(e.getMessage().contains("1121 tokens, but the text has 1000"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> upTo(12).random(2, 5, new SplittableRandom(1)));
        assertThrows(IllegalArgumentException.class, () -> upTo(12).sequential(0, 5));
    }

    @Test
    void theWholeTextIsPredictedOnceWhateverItsLength() {
        for (int size = 2; size < 30; size++) {
            int[] ids = IntStream.range(0, size).toArray();
            List<Batch> batches = new Tokens(ids).whole(7);
            List<Integer> targets = new ArrayList<>();
            for (Batch batch : batches) {
                assertEquals(1, batch.layout().batch());
                assertEquals(!targets.isEmpty(), batch.continues());
                for (int id : ((Ids) batch.targets()).toInts()) {
                    targets.add(id);
                }
            }
            assertEquals(IntStream.range(1, size).boxed().toList(), targets);
        }
        assertThrows(IllegalArgumentException.class, () -> new Tokens(1).whole(7));
        assertThrows(IllegalArgumentException.class, () -> new Tokens(1, 2, 3).whole(0));
    }
}
