package dev.unroll.bench.cli.gradcheck;

import dev.unroll.gradcheck.Result;
import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.finding.Hint;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Counts the outcomes of the cases of one series: a line of the table. */
final class SeriesOutcome {
    static final List<String> HEADER =
            List.of("checked", "cases", "shapes", "derivatives", "worst error", "of allowed", "verdict");

    private static final double VISIBLE = 1e-2;

    private final String name;
    private final Set<List<String>> shapes = new LinkedHashSet<>();
    private final Coverage coverage = new Coverage();
    private long cases;
    private long derivatives;
    private long kinks;
    private long illConditioned;
    private long wrong;
    private Comparison worst;
    private Result firstWrong;

    SeriesOutcome(String name) {
        this.name = name;
    }

    /** What the checks of the series looked at. */
    Coverage coverage() {
        return coverage;
    }

    List<String> coverageLine() {
        return CoverageTable.line(name, coverage);
    }

    void add(Result result) {
        cases++;
        shapes.add(result.inputs());
        derivatives += result.comparisons();
        if (result.verdict() == Verdict.WRONG) {
            wrong++;
            firstWrong = firstWrong == null ? result : firstWrong;
        } else if (result.verdict().isUndecided()) {
            if (result.hint() != null && result.hint().kind() == Hint.Kind.KINK) {
                kinks++;
            } else {
                illConditioned++;
            }
            return; // what could not be judged is no error
        }
        Comparison other = result.worst();
        if (other != null && (worst == null || other.tolerances() > worst.tolerances())) {
            worst = other;
        }
    }

    boolean isWrong() {
        return wrong > 0;
    }

    /** The whole first result that is wrong; null if none is. */
    Result firstWrong() {
        return firstWrong;
    }

    /** Tells whether no case was conclusive. */
    boolean isUndecided() {
        return cases == kinks + illConditioned;
    }

    private String verdict() {
        if (isWrong()) {
            return "WRONG in " + wrong;
        }
        return (isUndecided() ? "UNDECIDED" : "right") + (kinks > 0 ? ", " + kinks + " at a kink" : "")
                + (illConditioned > 0 ? ", " + illConditioned + " ill-conditioned" : "");
    }

    List<String> line() {
        return List.of(
                name, number(cases), number(shapes.size()), number(derivatives),
                worst == null || isTooSmall(worst) ? "" : String.format(Locale.ROOT, "%.1e", worst.relativeError()),
                worst == null ? "" : String.format(Locale.ROOT, "%.2g", worst.tolerances()), verdict());
    }

    /** A derivative that is right and too small to be judged by itself may be off by more than itself. */
    private static boolean isTooSmall(Comparison right) {
        return right.verdict() == Comparison.Verdict.RIGHT && right.visibleError() > VISIBLE;
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("name", name);
        values.put("cases", cases);
        values.put("shapes", List.copyOf(shapes));
        values.put("derivatives", derivatives);
        values.put("wrong", wrong);
        values.put("at_a_kink", kinks);
        values.put("ill_conditioned", illConditioned);
        values.put("worst_error_of_allowed", worst == null ? 0 : worst.tolerances());
        values.put("looked_at", CoverageTable.values(coverage));
        if (firstWrong != null) {
            values.put("first_wrong", firstWrong.values());
        }
        return values;
    }
}
