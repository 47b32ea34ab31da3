package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;

/**
 * The tensors of one test: random numbers, with gaps between the rows if asked for. Gaps are full of NaN, so that a kernel
 * that reads one gives NaN; {@link #close()} fails if one was written.
 */
final class Samples implements AutoCloseable {
    private final Workspace workspace = new Workspace("a test");
    private final List<Tensor> gaps = new ArrayList<>();
    private final Random random;
    private final ElementType type;
    private final int gap;

    Samples(ElementType type, int gap, long seed) {
        this.type = type;
        this.gap = gap;
        random = new Random(seed);
    }

    Workspace workspace() {
        return workspace;
    }

    ElementType type() {
        return type;
    }

    Random random() {
        return random;
    }

    /** Uniform between -1 and 1. */
    Tensor uniform(long rows, long columns) {
        return uniform(rows, columns, 1);
    }

    /** Uniform between -size and size, rounded to float in both types so that the two can be compared. */
    Tensor uniform(long rows, long columns, double size) {
        Tensor tensor = empty(rows, columns);
        return copy(random.doubles(tensor.size()).map(x -> (float) (size * (2 * x - 1))).toArray(), tensor);
    }

    /** Uniform between 0 and 1. */
    Tensor positive(long rows, long columns) {
        Tensor tensor = empty(rows, columns);
        return copy(random.doubles(tensor.size()).map(x -> (float) x).toArray(), tensor);
    }

    /** NaN all over: for what must be overwritten. */
    Tensor empty(long rows, long columns) {
        Tensor whole = workspace.allocate(type, rows, columns + gap);
        copy(DoubleStream.generate(() -> Double.NaN).limit(whole.size()).toArray(), whole);
        int before = gap / 2;
        gaps.add(whole.columns(0, before));
        gaps.add(whole.columns(before + columns, gap - before));
        return whole.columns(before, columns);
    }

    /** A row of numbers between 1 and 4. */
    Tensor orders(int columns) {
        Tensor orders = uniform(1, columns);
        for (int j = 0; j < columns; j++) {
            orders.set(0, j, 2.5 + 1.5 * orders.get(0, j));
        }
        return orders;
    }

    /** One number for every row, without gaps: zeros, or uniform between -1 and 1. */
    Tensor perRow(int rows, boolean zeros) {
        Tensor tensor = workspace.zeros(type, rows, 1);
        return zeros ? tensor : tensor.copyFrom(uniform(rows, 1));
    }

    private static Tensor copy(double[] values, Tensor tensor) {
        if (tensor.type() == ElementType.F64) {
            return tensor.copyFrom(values);
        }
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return tensor.copyFrom(floats);
    }

    Tensor of(double[][] values) {
        Tensor tensor = empty(values.length, values.length == 0 ? 0 : values[0].length);
        return copy(Arrays.stream(values).flatMapToDouble(Arrays::stream).toArray(), tensor);
    }

    Tensor copyOf(Tensor source) {
        Tensor copy = source.type() == type
                ? empty(source.rows(), source.columns())
                : workspace.allocate(source.type(), source.shape());
        return copy.copyFrom(source);
    }

    Tensor ids(int count, int limit) {
        Tensor ids = workspace.allocate(ElementType.I32, count);
        for (int i = 0; i < count; i++) {
            ids.set(0, i, random.nextInt(limit));
        }
        return ids;
    }

    /** Each once, as rows are given. */
    Tensor ascendingIds(int count, int limit) {
        int[] ids = random.ints(0, Math.max(1, limit)).distinct().limit(count).sorted().toArray();
        return workspace.allocate(ElementType.I32, count).copyFrom(ids);
    }

    static double[][] values(Tensor tensor) {
        int columns = (int) tensor.columns();
        double[] all = tensor.type() == ElementType.F64 ? tensor.toDoubles() : widened(tensor.toFloats());
        double[][] values = new double[(int) tensor.rows()][];
        for (int r = 0; r < values.length; r++) {
            values[r] = Arrays.copyOfRange(all, r * columns, (r + 1) * columns);
        }
        return values;
    }

    private static double[] widened(float[] floats) {
        double[] values = new double[floats.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = floats[i];
        }
        return values;
    }

    /** Equal numbers, NaN equal to NaN, zeros of either sign alike. */
    static void assertExactly(double[][] expected, Tensor actual) {
        assertClose(expected, actual, 0);
    }

    /** Equal up to a number of roundings of the tensor's type, of numbers of size 1 or that of the expected one. */
    static void assertClose(double[][] expected, Tensor actual, double roundings) {
        double epsilon = actual.type() == ElementType.F32 ? 0x1p-24 : 0x1p-53;
        assertWithin(expected, actual, roundings * epsilon);
    }

    static void assertWithin(double[][] expected, Tensor actual, double tolerance) {
        double[][] values = values(actual);
        assertEquals(expected.length, values.length, "rows");
        for (int r = 0; r < expected.length; r++) {
            assertEquals(expected[r].length, values[r].length, "columns");
            for (int j = 0; j < expected[r].length; j++) {
                double difference = Math.abs(expected[r][j] - values[r][j]);
                boolean close = difference <= tolerance * Math.max(1, Math.abs(expected[r][j]))
                        || Double.compare(expected[r][j], values[r][j]) == 0;
                int row = r;
                int column = j;
                assertTrue(
                        close,
                        () -> "[" + row + ", " + column + "]: expected " + expected[row][column] + ", not "
                                + values[row][column]);
            }
        }
    }

    @Override
    public void close() {
        for (Tensor tensor : gaps) {
            for (double[] row : values(tensor)) {
                double[] untouched = new double[row.length];
                Arrays.fill(untouched, Double.NaN);
                assertArrayEquals(untouched, row, "a gap between rows was written");
            }
        }
        workspace.close();
    }
}
