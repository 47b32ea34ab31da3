package dev.unroll.gradcheck.diagnosis;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.numeric.ComparisonStatistics;
import dev.unroll.gradcheck.numeric.Difference;
import dev.unroll.gradcheck.numeric.FunctionOnLine;
import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.stream.IntStream;

/**
 * The gradient of a weighted sum of the outputs by one variable, by backward and by differences: all elements of a
 * small matrix; of a large one those of the first rows and columns, the last, and some between.
 */
final class GradientGrid {
    /** The most elements that are looked at. */
    static final int MOST = 400;

    /** Display name of a derivative of the weighted sum. */
    static final String DERIVATIVE = "d (weighted sum of the outputs) / d ";

    /** The same of a function of very many numbers, of which each run takes long. */
    private static final int MOST_OF_LARGE = 36;

    private static final long LARGE = 100_000;

    private static final int EDGE = 4;
    private static final int BETWEEN = 12;
    private static final int BETWEEN_OF_LARGE = 2;

    /** Patterns are sums of differences, which are less exact than one. */
    private static final double SLACK = 1e-7;

    private final NamedShape variable;
    private final int allColumns;
    private final int[] rows;
    private final int[] columns;
    private final double[] analytic;
    private final double[] numeric;
    private final double[] error;
    private final double[][][] byOutputRow;
    private final double largest;
    private final double allowed;

    GradientGrid(
            Subject subject, int of, ComparisonStatistics statistics, double[][] u, double[][] center,
            double[] gradient, double allowed) {
        this.allowed = allowed;
        variable = subject.variables().get(of);
        allColumns = variable.columns();
        int allRows = variable.size() / allColumns;
        boolean isLarge = subject.variables().stream().mapToLong(NamedShape::size).sum() >= LARGE;
        int most = isLarge ? MOST_OF_LARGE : MOST;
        boolean all = variable.size() <= most;
        int between = isLarge ? BETWEEN_OF_LARGE : BETWEEN;
        rows = all ? IntStream.range(0, allRows).toArray() : chosen(allRows, allColumns, most, between);
        columns = all ? IntStream.range(0, allColumns).toArray() : chosen(allColumns, allRows, most, between);
        int size = rows.length * columns.length;
        analytic = new double[size];
        numeric = new double[size];
        error = new double[size];
        byOutputRow = new double[u.length][][];
        for (int o = 0; o < u.length; o++) {
            byOutputRow[o] = new double[u[o].length / subject.outputShapes().get(o).columns()][size];
        }
        for (int e = 0; e < size; e++) {
            measure(subject, of, e, statistics.stepFactor(), u, center, gradient);
        }
        largest = Math.max(ArrayMath.largest(gradient), ArrayMath.largest(numeric));
    }

    /** More of one size where the other is small. */
    private static int[] chosen(int size, int other, int most, int least) {
        int between = Math.max(least, most / Math.min(other, EDGE + least) - EDGE);
        if (size <= EDGE + between) {
            return IntStream.range(0, size).toArray();
        }
        int half = EDGE / 2;
        return IntStream.concat(
                IntStream.concat(IntStream.range(0, half), IntStream.range(0, between)
                        .map(i -> half + (int) ((size - EDGE) * (long) i / between))),
                IntStream.range(size - half, size)).toArray();
    }

    private void measure(
            Subject subject, int of, int e, double longer, double[][] u, double[][] center, double[] gradient) {
        int index = index(e);
        FunctionOnLine line = FunctionOnLine.ofElement(subject, center, of, index, longer);
        double scale = ArrayMath.largest(gradient);
        Difference difference =
                line.difference(along -> along.sums(u), d -> ComparisonStatistics.isExact(d, scale));
        analytic[e] = gradient[index];
        numeric[e] = difference.value();
        error[e] = difference.error();
        for (int o = 0; o < u.length; o++) {
            int outputColumns = subject.outputShapes().get(o).columns();
            for (int k = 0; k < u[o].length; k++) {
                byOutputRow[o][k / outputColumns][e] += u[o][k] * line.sums(o, k).difference(line.step()).value();
            }
        }
    }

    /** Which element of the variable an element of the grid is. */
    int index(int e) {
        return rows[e / columns.length] * allColumns + columns[e % columns.length];
    }

    boolean isComplete() {
        return analytic.length == variable.size();
    }

    int[] rows() {
        return rows;
    }

    int[] columns() {
        return columns;
    }

    int size() {
        return analytic.length;
    }

    double[] analytic() {
        return analytic;
    }

    double[] numeric() {
        return numeric;
    }

    /** Returns the gradient that flows through one row of an output, by differences. */
    double[] throughRow(int output, int row) {
        return byOutputRow[output][row];
    }

    int outputRows(int output) {
        return byOutputRow[output].length;
    }

    int outputs() {
        return byOutputRow.length;
    }

    private double tolerance(int e) {
        return Comparison.NEGLIGIBLE * largest + error[e] + allowed;
    }

    boolean isWrong(int e) {
        return !(Math.abs(analytic[e] - numeric[e]) <= tolerance(e));
    }

    boolean isRight() {
        return IntStream.range(0, size()).noneMatch(this::isWrong);
    }

    /** Tells whether backward's elements agree with these. */
    boolean fits(double[] expected) {
        return fits(analytic, expected);
    }

    boolean fits(double[] actual, double[] expected) {
        for (int e = 0; e < size(); e++) {
            if (!(Math.abs(actual[e] - expected[e]) <= tolerance(e) + SLACK * largest)) {
                return false;
            }
        }
        return true;
    }

    /** The element that is the most tolerances off. */
    Comparison worst() {
        Comparison worst = null;
        for (int e = 0; e < size(); e++) {
            Comparison next = new Comparison(
                    DERIVATIVE + variable.at(index(e)), analytic[e], numeric[e], error[e], tolerance(e), true);
            worst = worst == null || next.tolerances() > worst.tolerances() ? next : worst;
        }
        return worst;
    }
}
