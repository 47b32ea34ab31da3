package dev.unroll.gradcheck;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Fault;
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

    private Result merged() {
        Result worst = results.getFirst();
        for (Result result : results) {
            worst = rank(result.verdict()) > rank(worst.verdict()) ? result : worst;
        }
        List<Fault> faults = new ArrayList<>(all(Result::faults));
        List<String> notes = new ArrayList<>(all(Result::notes));
        notes.add(count(worst.verdict()) + " of " + results.size() + " draws are " + worst.verdict()
                + ", the first of them is draw " + (results.indexOf(worst) + 1) + ", of these inputs");
        return new Result(
                worst.name(), worst.inputs(), worst.mode(), worst.seed(), (int) sum(Result::draws),
                sum(Result::comparisons), sum(Result::wrong), sum(Result::undecided), worst.worst(), worst.hint(),
                faults, notes, variables(), worst.derivatives());
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
