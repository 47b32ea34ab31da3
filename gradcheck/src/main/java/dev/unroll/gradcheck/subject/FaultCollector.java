package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/** Collects the faults found so far by conditions that hold for every subject. */
final class FaultCollector {
    private final List<Fault> faults = new ArrayList<>();
    private final double nondeterminism;

    /** A collector that takes arrays for the same if they differ by at most this part of their largest element. */
    FaultCollector(double nondeterminism) {
        this.nondeterminism = nondeterminism;
    }

    List<Fault> all() {
        return faults;
    }

    void fault(Fault.Kind kind, String text) {
        faults.add(new Fault(kind, text));
    }

    /** Tells whether all values are finite; reports the first that is not. */
    boolean finite(String of, List<NamedShape> variables, double[][] values) {
        for (int s = 0; s < values.length; s++) {
            int at = ArrayMath.firstNotFinite(values[s]);
            if (at >= 0) {
                fault(Fault.Kind.NOT_FINITE, of + variables.get(s).at(at) + " is " + values[s][at]);
                return false;
            }
        }
        return true;
    }

    /** Tells whether the bits are the same, or as much of them as is asked; reports the first difference as a fault of the given kind. */
    boolean same(Fault.Kind kind, String fault, List<NamedShape> variables, double[][] before, double[][] after) {
        for (int s = 0; s < before.length; s++) {
            int at = ArrayMath.firstUnequal(before[s], after[s]);
            boolean close = nondeterminism > 0
                    && ArrayMath.close(before[s], after[s], nondeterminism * ArrayMath.largest(before[s]));
            if (at >= 0 && !close) {
                fault(kind, fault + ": " + variables.get(s).at(at) + ": " + before[s][at] + ", then " + after[s][at]);
                return false;
            }
        }
        return true;
    }

    /**
     * Tells whether two results are the same but for roundings; reports the first difference that they do not explain.
     *
     * @param tolerance of each variable
     */
    boolean close(
            Fault.Kind kind, String fault, List<NamedShape> variables, double[][] expected, double[][] actual,
            IntToDoubleFunction tolerance) {
        for (int s = 0; s < expected.length; s++) {
            double allowed = tolerance.applyAsDouble(s);
            for (int j = 0; j < expected[s].length; j++) {
                if (!(Math.abs(actual[s][j] - expected[s][j]) <= allowed)) {
                    fault(kind, fault + ": " + variables.get(s).at(j) + ": " + expected[s][j] + ", then "
                            + actual[s][j]);
                    return false;
                }
            }
        }
        return true;
    }

    void unchanged(NamedShape variable, double[] before, double[] after) {
        int at = ArrayMath.firstUnequal(before, after);
        if (at >= 0) {
            fault(Fault.Kind.CHANGES_INPUTS, "the function writes to what it is given: " + variable.at(at) + " was "
                    + before[at] + " and became " + after[at]);
        }
    }

    /** A constant must get no gradient. */
    void noGradient(TapePass pass, int constant) {
        if (pass.gradient(constant) != null) {
            fault(Fault.Kind.GRADIENT_OF_A_CONSTANT,
                    "input " + constant + " is a constant but gets a gradient; ask call.wants(i) first");
        }
    }

    static boolean isFinite(double[][] values) {
        return Arrays.stream(values).allMatch(array -> ArrayMath.firstNotFinite(array) < 0);
    }
}
