package dev.unroll.rnn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class WindowsTest {
    /** Column c of row t of series s is 100 s + t + c / 10. */
    private static Frames series(int s, int rows, int columns) {
        double[] values = new double[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = 100 * s + i / columns + i % columns / 10.0;
        }
        return new Frames(columns, values);
    }

    @Property(tries = 300)
    void everyWindowReadsItsRowsAndPredictsThoseAfterThem(
            @ForAll @IntRange(min = 1, max = 5) int steps, @ForAll @IntRange(min = 1, max = 4) int horizon,
            @ForAll @IntRange(min = 1, max = 6) int stride, @ForAll @IntRange(max = 9) int spare,
            @ForAll @IntRange(max = 9) int otherSpare, @ForAll boolean everyStep) {
        int[] rows = {steps + horizon + spare, steps + horizon + otherSpare};
        Windows windows = Windows.over(steps, series(0, rows[0], 3), series(1, rows[1], 3)).horizon(horizon)
                .stride(stride).targets(2, 0);
        windows = everyStep ? windows.everyStep() : windows;
        assertEquals(2 * horizon, windows.outputs());
        int window = 0;
        Batch all = windows.all();
        for (int s = 0; s < 2; s++) {
            for (int from = 0; from + steps + horizon <= rows[s]; from += stride) {
                check(all, window, windows.count(), 100 * s + from, steps, horizon, everyStep);
                assertEquals(
                        ((Frames) all.inputs()).sequence(all.layout(), window), windows.batch(window).inputs());
                window++;
            }
        }
        assertEquals(window, windows.count());
    }

    private static void check(
            Batch batch, int window, int count, int first, int steps, int horizon, boolean everyStep) {
        Frames inputs = (Frames) batch.inputs();
        Frames targets = (Frames) batch.targets();
        for (int t = 0; t < steps; t++) {
            assertEquals(first + t, inputs.get(t * count + window, 0));
            assertEquals(first + t + 0.2, inputs.get(t * count + window, 2), 1e-12, "a rounding");
        }
        for (int t = everyStep ? 0 : steps - 1; t < steps; t++) {
            for (int h = 0; h < horizon; h++) {
                int row = everyStep ? t * count + window : window;
                assertEquals(first + t + 1 + h + 0.2, targets.get(row, 2 * h), 1e-12, "a rounding");
                assertEquals(first + t + 1 + h, targets.get(row, 2 * h + 1));
            }
        }
    }

    @Test
    void aWindowThatJustFitsIsTheOnlyOne() {
        Windows windows = Windows.over(3, new Frames(1, 1f, 2f, 3f, 4f, 5f)).horizon(2);
        assertEquals(
                new Batch(SequenceLayout.of(3, 1), new Frames(1, 1f, 2f, 3f), new Frames(2, 4f, 5f)), windows.all());
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Windows windows = Windows.over(3, series(0, 6, 2));
        Map<String, Executable> calls = new LinkedHashMap<>();
        calls.put("series 0 has 6 rows; a window of 3 steps and a horizon of 4 need 7: give a longer series, or fewer"
                + " steps", () -> windows.horizon(4));
        calls.put("series 1 has 2 rows; a window of 2 steps and a horizon of 1 need 3: give a longer series, or fewer"
                + " steps", () -> Windows.over(2, series(0, 6, 2), series(1, 2, 2)));
        calls.put("series 0 has 6 rows; a window of 3 steps and a horizon of 2147483647 need 2147483650: give a longer"
                + " series, or fewer steps", () -> windows.horizon(Integer.MAX_VALUE));
        calls.put("the steps of windows must be at least 1, not 0", () -> Windows.over(0, series(0, 6, 2)));
        calls.put("the horizon of windows must be at least 1, not 0", () -> windows.horizon(0));
        calls.put("the stride of windows must be at least 1, not -1", () -> windows.stride(-1));
        calls.put("there is no column 2 to predict: the series have columns 0 to 1", () -> windows.targets(0, 2));
        calls.put("no column is to be predicted; give at least one", windows::targets);
        calls.put("no sequences; give at least one", () -> Windows.over(3));
        calls.put("Windows.over: series[0] is null", () -> Windows.over(3, (Frames) null));
        calls.put("Windows.targets: columns is null", () -> windows.targets((int[]) null));
        calls.put("Windows.batch: windows is null", () -> windows.batch((int[]) null));
        calls.forEach((message, call) -> assertEquals(
                message, assertThrows(IllegalArgumentException.class, call, message).getMessage()));
        assertThrows(
                IllegalArgumentException.class, () -> Windows.over(3, series(0, 6, 2), series(1, 6, 1)), "columns");
        assertThrows(
                IllegalArgumentException.class, () -> Windows.over(3, series(0, 6, 1), new Frames(1, new float[6])),
                "types");
        assertThrows(IllegalArgumentException.class, () -> windows.batch());
        assertThrows(IndexOutOfBoundsException.class, () -> windows.batch(0, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> windows.batch(-1));
        assertTrue(windows.toString().startsWith("3 windows"), windows::toString);
    }
}
