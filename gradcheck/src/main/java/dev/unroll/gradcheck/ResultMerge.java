package dev.unroll.gradcheck;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.VariableCount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** One result of several draws: as bad as the worst of them, with the counts of all. */
final class ResultMerge {
    private final List<Result> results;

    private ResultMerge(List<Result> results) {
        this.results = results;
    }

    static Result of(List<Result> results) {
        return results.size() == 1 ? results.getFirst() : new ResultMerge(results).merged();
    }

    /**
     * Returns a result with those of further draws: undecided if one of them is, with the counts of all. The number of
     * draws is that of the first result.
     *
     * @param right the result so far
     * @param further none of them wrong
     */
    static Result further(Result right, List<Result> further) {
        Result told = further.stream().filter(result -> result.verdict().isUndecided()).findFirst().orElse(right);
        List<Result> results = new ArrayList<>(List.of(right));
        results.addAll(further);
        List<String> notes = new ArrayList<>(right.notes());
        if (told != right) {
            notes.addAll(told.notes());
            notes.add(
                    "it is RIGHT at " + right.inputs() + ", but in each of " + told.draws() + " further draws such as "
                            + told.inputs() + " something could not be judged");
        }
        return new ResultMerge(results).with(told, right.draws(), notes);
    }

    private Result merged() {
        Result worst = results.getFirst();
        for (Result result : results) {
            worst = rank(result.verdict()) > rank(worst.verdict()) ? result : worst;
        }
        List<String> notes = new ArrayList<>(all(Result::notes));
        notes.add(count(worst.verdict()) + " of " + results.size() + " draws are " + worst.verdict()
                + ", the first of them is draw " + (results.indexOf(worst) + 1) + ", of these inputs");
        return with(worst, (int) sum(Result::draws), notes);
    }

    /** A result that tells of one of them, with the counts and faults of all. */
    private Result with(Result told, int draws, List<String> notes) {
        return new Result(
                told.name(), told.inputs(), told.mode(), told.seed(), draws,
                sum(Result::comparisons), sum(Result::wrong), sum(Result::undecided), told.worst(), told.hint(),
                List.copyOf(all(Result::faults)), notes, variables(), told.derivatives());
    }

    private List<VariableCount> variables() {
        Map<String, VariableCount> counts = new LinkedHashMap<>();
        results.stream().flatMap(result -> result.variables().stream())
                .forEach(each -> counts.merge(each.name(), each, VariableCount::plus));
        return List.copyOf(counts.values());
    }

    private static int rank(Verdict verdict) {
        return verdict == Verdict.RIGHT ? 0 : verdict == Verdict.WRONG ? 2 : 1;
    }

    private long count(Verdict verdict) {
        return results.stream().filter(result -> result.verdict() == verdict).count();
    }

    private long sum(ToLongFunction<Result> counted) {
        return results.stream().mapToLong(counted).sum();
    }

    /** All that are different, in their order. */
    private <T> Set<T> all(Function<Result, List<T>> listed) {
        Set<T> all = new LinkedHashSet<>();
        results.forEach(result -> all.addAll(listed.apply(result)));
        return all;
    }
}
