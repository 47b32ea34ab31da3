package dev.unroll.rnn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class BatchFirstTest {
    private static final int COLUMNS = 2;

    /** Numbers that say which sequence, step and feature they are. */
    private static float[][][] numbered(List<Integer> lengths) {
        float[][][] values = new float[lengths.size()][][];
        for (int b = 0; b < values.length; b++) {
            values[b] = new float[lengths.get(b)][COLUMNS];
            for (int t = 0; t < values[b].length; t++) {
                values[b][t] = new float[] {b + 1, t + 1};
            }
        }
        return values;
    }

    @Property(tries = 200)
    void everyStepIsInItsRowAndWhatFollowsIsZero(
            @ForAll @Size(min = 1, max = 7) List<@IntRange(max = 6) Integer> lengths) {
        if (lengths.stream().allMatch(length -> length == 0)) {
            assertThrows(IllegalArgumentException.class, () -> BatchFirst.of(numbered(lengths)));
            return;
        }
        BatchFirst sequences = BatchFirst.of(numbered(lengths));
        SequenceLayout layout = sequences.layout();
        assertEquals(lengths.stream().mapToInt(n -> n).max().orElseThrow(), layout.steps());
        Frames rows = (Frames) sequences.values();
        for (int row = 0; row < rows.count(); row++) {
            int b = row % lengths.size();
            int t = row / lengths.size();
            boolean isStep = t < lengths.get(b);
            assertEquals(isStep ? b + 1 : 0, rows.get(row, 0), "row " + row);
            assertEquals(isStep ? t + 1 : 0, rows.get(row, 1), "row " + row);
            assertEquals(!isStep, layout.isPadding(row), "row " + row);
        }
        for (int b = 0; b < lengths.size(); b++) {
            Frames back = rows.sequence(layout, b);
            assertEquals(lengths.get(b), back.count());
            for (int t = 0; t < back.count(); t++) {
                assertEquals(t + 1, back.get(t, 1));
            }
        }
    }

    @Test
    void theThreeKindsOfArraysGiveTheSameRows() {
        Values floats = BatchFirst.of(new float[][][] {{{1}, {2}}, {{3}}}).values();
        Values doubles = BatchFirst.of(new double[][][] {{{1}, {2}}, {{3}}}).values();
        Values ids = BatchFirst.of(new int[][] {{1, 2}, {3}}).values();
        assertEquals(new Frames(1, 1f, 3f, 2f, 0f), floats);
        assertEquals(new Frames(1, 1.0, 3.0, 2.0, 0.0), doubles);
        assertEquals(new Ids(1, 3, 2, 0), ids);
    }

    @Test
    void aBatchHasTheChosenSequencesAndIsAsLongAsTheLongestOfThem() {
        Examples examples = BatchFirst.of(new int[][] {{1, 2, 3}, {4}, {5, 6}}).classes(7, 8, 9);
        assertEquals(
                new Batch(SequenceLayout.padded(2, 2, 1), new Ids(5, 4, 6, 0), new Ids(9, 8)), examples.batch(2, 1));
        assertEquals(
                new Batch(SequenceLayout.of(1, 2), new Ids(4, 4), new Ids(8, 8)), examples.batch(1, 1),
                "of one length");
        assertEquals(3, examples.all().layout().steps());
    }

    @Test
    void aBatchOfASequenceWithoutStepsCountsNothing() {
        Batch batch = BatchFirst.of(new int[][] {{}, {4, 1}}).classes(1, 1).batch(0);
        assertEquals(SequenceLayout.padded(1, 0), batch.layout());
        assertEquals(0, batch.predicted());
    }

    @Test
    void targetsAreRowsOfNumbersOrOnePerStep() {
        BatchFirst x = BatchFirst.of(new float[][][] {{{1}, {2}}, {{3}}});
        Batch rows = x.targets(new Frames(2, 1f, 2f, 3f, 4f)).batch(1);
        assertEquals(new Frames(2, 3f, 4f), rows.targets());
        Batch steps = x.everyStep(BatchFirst.of(new int[][] {{5, Batch.NO_TARGET}, {6}})).all();
        assertEquals(new Ids(5, 6, Batch.NO_TARGET, 0), steps.targets());
        assertEquals(2, steps.predicted(), "neither the ignored one nor the padding");
        assertEquals(
                new Frames(1, 9f, 8f, 7f, 0f),
                x.everyStep(BatchFirst.of(new float[][][] {{{9}, {7}}, {{8}}})).all().targets());
    }

    @Test
    void laterChangesOfTheArraysChangeNothing() {
        float[][][] values = {{{1}, {2}}};
        int[] classes = {3};
        BatchFirst sequences = BatchFirst.of(values);
        Examples examples = sequences.classes(classes);
        values[0][1][0] = 9;
        classes[0] = 9;
        assertEquals(new Batch(SequenceLayout.of(2, 1), new Frames(1, 1f, 2f), new Ids(3)), examples.all());
        assertEquals(BatchFirst.of(new float[][][] {{{1}, {2}}}), sequences);
        assertNotEquals(BatchFirst.of(values), sequences);
    }

    @Test
    void whatDoesNotFitIsRefusedByPlace() {
        BatchFirst two = BatchFirst.of(new int[][] {{1, 2}, {3}});
        Map<String, Executable> calls = new LinkedHashMap<>();
        calls.put("step 1 of sequence 1 has 3 features; expected 2, as in the first step",
                () -> BatchFirst.of(new float[][][] {{{1, 2}}, {{1, 2}, {1, 2, 3}}}));
        calls.put("step 0 of sequence 0 has 0 features; expected at least 1",
                () -> BatchFirst.of(new double[][][] {{{}}}));
        calls.put("0 sequences without a step; give at least one sequence with at least one step",
                () -> BatchFirst.of(new float[0][][]));
        calls.put("2 sequences without a step; give at least one sequence with at least one step",
                () -> BatchFirst.of(new int[2][0]));
        calls.put("BatchFirst.of: values is null", () -> BatchFirst.of((double[][][]) null));
        calls.put("BatchFirst.of: values[1] is null", () -> BatchFirst.of(new float[][][] {{{1}}, null}));
        calls.put("BatchFirst.of: values[0][1] is null", () -> BatchFirst.of(new float[][][] {{{1}, null}}));
        calls.put("BatchFirst.of: ids[0] is null", () -> BatchFirst.of(new int[][] {null}));
        calls.put("2 sequences need as many classes, not 3", () -> two.classes(1, 2, 3));
        calls.put("2 sequences need as many targets, not 1", () -> two.targets(new Frames(1, 1f)));
        calls.put("2 sequences need as many sequences of targets, not 1",
                () -> two.everyStep(BatchFirst.of(new int[][] {{1}})));
        calls.put("sequence 1 has 1 steps, but 2 targets; give one per step",
                () -> two.everyStep(BatchFirst.of(new int[][] {{1, 2}, {3, 4}})));
        calls.put("5 frames are not the rows of 4 that the layout has",
                () -> new Frames(1, new float[5]).sequence(two.layout(), 0));
        calls.forEach((message, call) -> assertEquals(
                message, assertThrows(IllegalArgumentException.class, call, message).getMessage()));
        assertThrows(IllegalArgumentException.class, () -> two.classes(0, 1).batch());
        assertThrows(IndexOutOfBoundsException.class, () -> two.classes(0, 1).batch(2));
        assertTrue(two.toString().contains("2 steps"), two::toString);
    }
}
