package dev.unroll.gradcheck.diagnosis;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.finding.Hint.Kind;
import dev.unroll.gradcheck.numeric.ComparisonStatistics;
import dev.unroll.gradcheck.numeric.FunctionOnLine;
import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Finds the first pattern, from the simplest on, that explains a wrong gradient completely. */
final class FailurePatterns {
    /** Relative distance within which a factor counts as a special number, such as -1. */
    private static final double NAMED = 1e-6;

    private final Subject subject;
    private final int variable;
    private final ComparisonStatistics statistics;
    private final String name;
    private final GradientGrid grid;
    private final double[][] u;
    private final Comparison element;

    FailurePatterns(
            Subject subject, int variable, ComparisonStatistics statistics, GradientGrid grid, double[][] u,
            Comparison element) {
        this.subject = subject;
        this.statistics = statistics;
        this.variable = variable;
        name = subject.variables().get(variable).name();
        this.grid = grid;
        this.u = u;
        this.element = element;
    }

    Hint hint() {
        Stream<Supplier<Hint>> patterns = Stream.of(
                this::noGradient, this::factor, this::oneOutput, this::transposed, this::oneElement, this::shifted,
                this::border, this::block, this::outputRows);
        return patterns.map(Supplier::get).filter(Objects::nonNull).findFirst().orElseGet(this::none);
    }

    private Hint hint(Kind kind, String text) {
        return new Hint(kind, text, element);
    }

    private Hint noGradient() {
        return ArrayMath.largest(grid.analytic()) > 0
                ? null
                : hint(Kind.NO_GRADIENT, name + " gets no gradient, or zeros, but the function depends on it");
    }

    private Hint factor() {
        double c = ArrayMath.dot(grid.analytic(), grid.numeric()) / ArrayMath.dot(grid.numeric(), grid.numeric());
        if (grid.size() < 2 && !isNear(c, -1) || !grid.fits(times(c, grid.numeric()))) {
            return null; // any single number is some factor of another
        }
        String whole = "the whole gradient of " + name + " is ";
        if (isNear(c, -1)) {
            return hint(Kind.SIGN, whole + "of the wrong sign");
        }
        for (NamedShape rows : Stream
                .concat(subject.outputShapes().stream(), Stream.of(subject.variables().get(variable))).toList()) {
            int count = rows.rows();
            if (count > 1 && (isNear(c, count) || isNear(c, 1.0 / count))) {
                return hint(Kind.BATCH_SIZE, whole + (c > 1 ? "" : "1/") + count + " times what it should be, " + count
                        + " being the rows of " + rows.name()
                        + ": perhaps a sum in place of a mean, or the other way round");
            }
        }
        return hint(Kind.FACTOR, whole + number(c) + " times what it should be");
    }

    private Hint oneOutput() {
        for (int o = 0; o < grid.outputs() && grid.outputs() > 1; o++) {
            double[] through = through(o, 0, grid.outputRows(o));
            double c = 1 + ArrayMath.dot(difference(), through) / ArrayMath.dot(through, through);
            boolean known = grid.size() > 1 || isNear(c, 0);
            if (known && grid.fits(plus(grid.numeric(), times(c - 1, through)))) {
                return hint(Kind.ONE_OUTPUT, "what flows to " + name + " through output " + o + " is "
                        + (isNear(c, 0) ? "missing" : number(c) + " times what it should be"));
            }
        }
        return null;
    }

    private Hint transposed() {
        int rows = grid.rows().length;
        if (grid.isComplete() && rows == grid.columns().length && rows > 1) {
            double[] transposed = new double[grid.size()];
            for (int e = 0; e < transposed.length; e++) {
                transposed[e] = grid.numeric()[e % rows * rows + e / rows];
            }
            if (grid.fits(transposed)) {
                return hint(Kind.TRANSPOSED, "the gradient of " + name + " is transposed");
            }
        }
        for (int o = 0; o < u.length; o++) {
            if (isTransposedMap(o)) {
                return hint(Kind.TRANSPOSED, "backward multiplies by the Jacobian of output " + o + " by " + name
                        + " where its transpose is meant: a matrix in place of its transpose");
            }
        }
        return null;
    }

    /** Tells whether backward computes J u in place of J^T u. */
    private boolean isTransposedMap(int o) {
        if (u[o].length != subject.point()[variable].length || u[o].length < 2) {
            return false;
        }
        double[][] only = new double[u.length][];
        only[o] = u[o];
        double[] gradient = subject.gradients(subject.point(), only)[variable];
        FunctionOnLine line = FunctionOnLine.ofVariable(
                subject, subject.outputs(subject.point()), variable, u[o], statistics.stepFactor());
        double[] forward = new double[grid.size()];
        double[] backward = new double[grid.size()];
        for (int e = 0; e < forward.length; e++) {
            forward[e] = line.sums(o, grid.index(e)).difference(line.step()).value();
            backward[e] = gradient[grid.index(e)];
        }
        return grid.fits(backward, forward) && !grid.fits(through(o, 0, grid.outputRows(o)), forward);
    }

    private Hint oneElement() {
        return grid.size() > 1 && grid.isComplete() && wrong().length == 1
                ? hint(Kind.ONE_ELEMENT, "only one element of " + name + " is wrong")
                : null;
    }

    private Hint shifted() {
        if (!grid.isComplete()) {
            return null;
        }
        int columns = grid.columns().length;
        for (int by : new int[] {1, -1}) {
            if (grid.rows().length > 2 && isShifted(e -> e + by * columns)) {
                return hint(Kind.SHIFTED, "the rows of the gradient of " + name + " stand one too "
                        + (by > 0 ? "early" : "late"));
            }
            if (columns > 2
                    && isShifted(e -> (e % columns + by + columns) % columns == e % columns + by ? e + by : -1)) {
                return hint(Kind.SHIFTED, "the columns of the gradient of " + name + " stand one too far to the "
                        + (by > 0 ? "left" : "right"));
            }
        }
        return null;
    }

    private boolean isShifted(IntUnaryOperator from) {
        double[] expected = grid.analytic().clone();
        for (int e = 0; e < expected.length; e++) {
            int other = from.applyAsInt(e);
            if (other >= 0 && other < expected.length) {
                expected[e] = grid.numeric()[other];
            }
        }
        return grid.fits(expected);
    }

    private Hint border() {
        String row = border(wrongRows(), grid.rows(), "row");
        String which = row != null ? row : border(wrongColumns(), grid.columns(), "column");
        return which == null ? null : hint(Kind.BORDER, "only the " + which + " of " + name + " is wrong");
    }

    private static String border(int[] wrong, int[] all, String what) {
        if (wrong.length != 1 || all.length < 2) {
            return null;
        }
        return wrong[0] == all[all.length - 1] ? "last " + what : wrong[0] == all[0] ? "first " + what : null;
    }

    /** Finds missing gradients through any one row of an output, or through its first or last rows. */
    private Hint outputRows() {
        for (int o = 0; o < grid.outputs(); o++) {
            int rows = grid.outputRows(o);
            for (int r = 1; r < rows; r++) {
                if (isMissing(o, r, rows)) {
                    return hint(Kind.LAST_STEP,
                            missing(o, "the last " + count(rows - r)) + ": the last step, where rows"
                                    + " are steps");
                }
                if (isMissing(o, 0, r)) {
                    return hint(Kind.FIRST_STEP, missing(o, "the first " + count(r)) + ": the first step, where rows"
                            + " are steps");
                }
            }
            for (int r = 0; r < rows && rows > 1; r++) {
                if (isMissing(o, r, r + 1)) {
                    return hint(Kind.ONE_ROW_OF_AN_OUTPUT, missing(o, "row " + r));
                }
                if (grid.fits(plus(grid.numeric(), through(o, r, r + 1)))) {
                    return hint(Kind.ONE_ROW_OF_AN_OUTPUT,
                            "what flows to " + name + " through row " + r + " of output " + o + " is there twice");
                }
            }
        }
        return null;
    }

    private boolean isMissing(int o, int from, int to) {
        return grid.fits(plus(grid.numeric(), times(-1, through(o, from, to))));
    }

    private String missing(int o, String rows) {
        return "what flows to " + name + " through " + rows + " of output " + o + " is missing";
    }

    private static String count(int rows) {
        return rows == 1 ? "row" : rows + " rows";
    }

    private Hint block() {
        int[] rows = wrongRows();
        if (isBlock(rows, grid.rows())) {
            boolean last = rows[rows.length - 1] == grid.rows()[grid.rows().length - 1];
            String text = "only rows " + rows[0] + " to " + rows[rows.length - 1] + " of " + name + " are wrong";
            return last && rows.length > 1
                    ? hint(Kind.LAST_STEP, text + ", the last ones: the last step, where rows are steps")
                    : hint(Kind.BLOCK, text);
        }
        int[] columns = wrongColumns();
        return isBlock(columns, grid.columns())
                ? hint(Kind.BLOCK, "only columns " + columns[0] + " to " + columns[columns.length - 1] + " of " + name
                        + " are wrong: one gate, where columns are gates")
                : null;
    }

    /** Tells whether the wrong ones are contiguous and not all. */
    private static boolean isBlock(int[] wrong, int[] all) {
        return wrong.length < all.length
                && Arrays.stream(all).filter(i -> wrong[0] <= i && i <= wrong[wrong.length - 1])
                        .count() == wrong.length;
    }

    private Hint none() {
        return hint(Kind.NONE,
                wrong().length + " of the " + grid.size() + " elements of " + name + " that were looked at"
                        + " are wrong, without a pattern");
    }

    private int[] wrong() {
        return IntStream.range(0, grid.size()).filter(grid::isWrong).toArray();
    }

    private int[] wrongRows() {
        return Arrays.stream(wrong()).map(e -> grid.rows()[e / grid.columns().length]).distinct().sorted().toArray();
    }

    private int[] wrongColumns() {
        return Arrays.stream(wrong()).map(e -> grid.columns()[e % grid.columns().length]).distinct().sorted().toArray();
    }

    private double[] through(int output, int fromRow, int toRow) {
        double[] sum = new double[grid.size()];
        for (int r = fromRow; r < toRow; r++) {
            sum = plus(sum, grid.throughRow(output, r));
        }
        return sum;
    }

    private double[] difference() {
        return plus(grid.analytic(), times(-1, grid.numeric()));
    }

    private static double[] times(double c, double[] a) {
        return Arrays.stream(a).map(x -> c * x).toArray();
    }

    private static double[] plus(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] + b[i]).toArray();
    }

    private static boolean isNear(double c, double named) {
        return Math.abs(c - named) <= NAMED * Math.max(1, Math.abs(named));
    }

    private static String number(double c) {
        if (c != 1 && Math.abs(c - 1) < 1e-3) { // or it would read as 1
            return String.format(Locale.ROOT, "1 %s %.1e", c > 1 ? "+" : "-", Math.abs(c - 1));
        }
        return Double.toString(new BigDecimal(c, new MathContext(6)).doubleValue());
    }
}
