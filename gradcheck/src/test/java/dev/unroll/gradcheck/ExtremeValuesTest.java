package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The library's own ops at values that saturate them, and at tiny ones, are not called wrong. */
class ExtremeValuesTest {
    private static final int POINTS = Integer.getInteger("unroll.points", 3);

    @ParameterizedTest
    @ValueSource(doubles = {1e-12, 1e-5, 30, 700, 1e4})
    void noOpIsWrongAtExtremeValues(double range) {
        for (Op op : OpTable.all()) {
            boolean isAboveOne = op.name().startsWith("lp("); // orders are, and small ranges have none
            for (int seed = 0; seed < POINTS && !(isAboveOne && range <= 1); seed++) {
                Result result = GradCheck.of(op).seed(seed).sizesUpTo(3).drawnWithin(-range, range).run();
                assertTrue(result.verdict() != Verdict.WRONG || isInfinite(op, range, result), result::toString);
            }
        }
    }

    /** The only thing that is wrong with an op of such inputs is that it, or its gradient, is infinite, as of exp. */
    private static boolean isInfinite(Op op, double range, Result result) {
        String gradient = op.name().contains("exp") && range >= 30 ? "|the gradient of .* is -?Infinity" : "";
        return result.wrong() == 0 && result.faults().size() == 1
                && result.faults().getFirst().kind() == Fault.Kind.NOT_FINITE
                && result.faults().getFirst().text()
                        .matches("output .* is (-?Infinity|NaN)" + gradient);
    }
}
