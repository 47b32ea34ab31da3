package dev.unroll.rnn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExamplesTest {
    /** Of 8 examples for seed 1 and epoch 2. */
    private static final int[] ORDER = {7, 2, 4, 6, 3, 1, 0, 5};

    /** Example i is the one id i; notes which batches are made. */
    private static final class Noted implements Examples {
        private final int count;
        private final List<int[]> made = new ArrayList<>();

        Noted(int count) {
            this.count = count;
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public Batch batch(int... examples) {
            made.add(examples.clone());
            return Batch.ofTokens(1, examples.length, examples, examples);
        }
    }

    private static int[] ids(List<Batch> batches) {
        return batches.stream().flatMapToInt(batch -> Arrays.stream(((Ids) batch.inputs()).toInts())).toArray();
    }

    @Property(tries = 200)
    void everyExampleComesOnceInBatchesOfTheSize(
            @ForAll @IntRange(min = 1, max = 50) int count, @ForAll @IntRange(min = 1, max = 60) int size,
            @ForAll long seed, @ForAll @IntRange(max = 1000) int epoch) {
        Examples examples = new Noted(count);
        List<Batch> shuffled = examples.batches(size, seed, epoch);
        assertArrayEquals(IntStream.range(0, count).toArray(), ids(examples.batches(size)));
        assertArrayEquals(IntStream.range(0, count).toArray(), Arrays.stream(ids(shuffled)).sorted().toArray());
        for (int i = 0; i < shuffled.size(); i++) {
            int expected = Math.min(size, count - i * size);
            assertEquals(expected, shuffled.get(i).layout().batch());
        }
        assertArrayEquals(ids(shuffled), ids(new Noted(count).batches(size, seed, epoch)), "again");
    }

    @Test
    void theOrderIsThatOfTheSeedAndTheEpochForever() {
        Examples examples = new Noted(8);
        assertArrayEquals(ORDER, ids(examples.batches(3, 1, 2)));
        assertFalse(Arrays.equals(ORDER, ids(examples.batches(3, 1, 3))));
        assertFalse(Arrays.equals(ORDER, ids(examples.batches(3, 2, 2))));
    }

    @Test
    void aBatchIsMadeWhenItIsAskedForAndNotBefore() {
        Noted examples = new Noted(10);
        List<Batch> batches = examples.batches(4);
        assertEquals(3, batches.size());
        assertEquals(List.of(), examples.made);
        batches.get(2);
        batches.stream().limit(1).forEach(batch -> {});
        assertEquals(2, examples.made.size());
        assertArrayEquals(new int[] {8, 9}, examples.made.get(0));
        assertArrayEquals(new int[] {0, 1, 2, 3}, examples.made.get(1));
        assertEquals(batches.get(0), batches.get(0));
        assertThrows(IndexOutOfBoundsException.class, () -> batches.get(3));
        assertThrows(UnsupportedOperationException.class, () -> batches.remove(0));
        assertEquals(1, new Noted(10).batches(Integer.MAX_VALUE).size());
    }

    @Test
    void aPartIsSomeConsecutiveExamples() {
        Examples part = new Noted(10).part(6, 3);
        assertArrayEquals(new int[] {6, 7, 8}, ids(part.batches(2)));
        assertNotEquals(part.batch(0), part.batch(1));
        assertThrows(IndexOutOfBoundsException.class, () -> part.batch(3));
        assertThrows(IndexOutOfBoundsException.class, () -> part.batch(-1));
        assertEquals(
                "examples 6 to 10 are no part of 10 examples; give at least one, within 0 to 9",
                assertThrows(IllegalArgumentException.class, () -> new Noted(10).part(6, 5)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Noted(10).part(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Noted(10).part(-1, 2));
    }

    @Test
    void aBatchOfNoExampleIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Noted(3).batches(0));
        assertThrows(IllegalArgumentException.class, () -> new Noted(3).batches(-1, 1, 0));
    }
}
