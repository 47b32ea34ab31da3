package dev.unroll.rnn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SequencesTest {
    /** Frames whose two numbers say which sequence they are of and which time. */
    private static Sequences of(List<Integer> lengths) {
        List<Frames> all = new ArrayList<>();
        for (int i = 0; i < lengths.size(); i++) {
            float[] values = new float[2 * lengths.get(i)];
            for (int t = 0; t < lengths.get(i); t++) {
                values[2 * t] = i + 1;
                values[2 * t + 1] = t + 1;
            }
            all.add(new Frames(2, values));
        }
        return new Sequences(all);
    }

    @Property(tries = 300)
    void everyFrameButTheFirstIsPredictedOnceFromTheOneBefore(
            @ForAll @Size(min = 1, max = 30) List<@IntRange(max = 17) Integer> lengths,
            @ForAll @IntRange(min = 1, max = 6) int size, @ForAll @IntRange(min = 1, max = 9) int steps,
            @ForAll boolean shuffled, @ForAll long seed) {
        Sequences sequences = of(lengths);
        List<Batch> batches = shuffled
                ? sequences.nextFrame(size, steps, new SplittableRandom(seed))
                : sequences.nextFrame(size, steps);
        Map<Integer, Integer> predicted = new TreeMap<>();
        double counted = 0;
        for (Batch batch : batches) {
            counted += batch.predicted();
            assertTrue(batch.layout().batch() <= size && batch.layout().steps() <= steps,
                    batch.layout().batch() + " x " + batch.layout().steps());
            read(batch, predicted);
        }
        int expected = 0;
        for (int i = 0; i < lengths.size(); i++) {
            int last = Math.max(0, lengths.get(i) - 1);
            expected += last;
            assertEquals(last, predicted.getOrDefault(i + 1, 0), "sequence " + i);
        }
        assertEquals(expected, counted);
    }

    /** Checks that each sequence goes on where it stopped, and notes how far it came. */
    private static void read(Batch batch, Map<Integer, Integer> predicted) {
        float[] inputs = ((Frames) batch.inputs()).toFloats();
        float[] targets = ((Frames) batch.targets()).toFloats();
        for (int b = 0; b < batch.layout().batch(); b++) {
            int length = batch.layout().length(b);
            for (int t = 0; t < batch.layout().steps(); t++) {
                int place = 2 * (t * batch.layout().batch() + b);
                if (t >= length) {
                    assertEquals(0, inputs[place] + inputs[place + 1] + targets[place] + targets[place + 1], "padding");
                    continue;
                }
                int sequence = (int) inputs[place];
                int before = predicted.getOrDefault(sequence, 0);
                assertEquals(before > 0, batch.continues() || t > 0, "a state is carried inside a sequence only");
                assertEquals(before + 1, inputs[place + 1]);
                assertEquals(sequence, targets[place]);
                assertEquals(before + 2, targets[place + 1]);
                predicted.put(sequence, before + 1);
            }
        }
    }

    @Test
    void sequencesOfLikeLengthComeTogether() {
        List<Batch> batches = of(List.of(9, 3, 9, 3)).nextFrame(2, 100);
        assertEquals(List.of(2, 8), batches.stream().map(batch -> batch.layout().steps()).toList());
        assertFalse(batches.getFirst().layout().isPadded() || batches.getLast().layout().isPadded(), "no padding");
    }

    @Test
    void oneSeedGivesOneOrderAndAnotherSeedAnother() {
        Sequences sequences = of(List.of(5, 6, 7, 8, 9, 10, 11, 12));
        List<Integer> order = steps(sequences, 1);
        assertEquals(order, steps(sequences, 1));
        assertFalse(List.of(steps(sequences, 2), steps(sequences, 3), steps(sequences, 4)).stream()
                .allMatch(order::equals));
    }

    private static List<Integer> steps(Sequences sequences, long seed) {
        return sequences.nextFrame(1, 100, new SplittableRandom(seed)).stream().map(batch -> batch.layout().steps())
                .toList();
    }

    @Test
    void whatIsNoCollectionIsRefused() {
        assertRefused("no sequences", () -> new Sequences(List.of()));
        assertRefused("sequence 1 has frames of 3 columns, but sequence 0 has frames of 2 columns",
                () -> new Sequences(List.of(new Frames(2), new Frames(3))));
        assertRefused("a frame must have at least 1 column, not 0", () -> new Frames(0));
        assertRefused("frames of 3 columns cannot be made of 4 numbers; give 3 numbers",
                () -> new Frames(3, 1, 2, 3, 4));
        assertRefused("must be positive, not 0 and 3", () -> of(List.of(3)).nextFrame(0, 3));
        assertRefused("must be positive, not 3 and -1", () -> of(List.of(3)).nextFrame(3, -1));
    }

    private static void assertRefused(String part, Runnable action) {
        String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
        assertTrue(message.contains(part), message);
    }
}
