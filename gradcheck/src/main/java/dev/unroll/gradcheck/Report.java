package dev.unroll.gradcheck;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.finding.VariableCount;
import dev.unroll.rnn.io.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Results as text and as JSON. */
final class Report {
    private Report() {}

    static String text(Result result) {
        StringBuilder text = new StringBuilder("gradient check of ").append(result.name()).append(result.inputs());
        text.append(": ").append(result.verdict());
        text.append(" (").append(result.mode()).append(", seed ").append(result.seed());
        text.append(result.draws() > 1 ? ", " + result.draws() + " draws)" : ")");
        String of = " of " + result.comparisons() + " derivatives ";
        if (result.wrong() > 0) {
            line(text, result.wrong() + of + "are wrong" + wrongOnes(result) + ", the worst:");
        } else if (!result.faults().isEmpty() && result.comparisons() > 0) {
            line(text, "none" + of + "is wrong, but:");
        } else if (result.undecided() > 0) {
            line(text, result.undecided() + of + "cannot be judged, such as:");
        }
        boolean isRightButForFaults = result.wrong() == 0 && !result.faults().isEmpty();
        if (result.worst() != null && !isRightButForFaults) {
            line(text, result.worst());
        }
        Hint hint = result.hint();
        if (hint != null && !hint.element().equals(result.worst())) {
            line(text, "the worst element: " + hint.element());
        }
        if (hint != null) {
            line(text, "hint: " + hint);
        }
        result.faults().forEach(fault -> line(text, fault));
        result.notes().forEach(note -> line(text, "note: " + note));
        return text.toString();
    }

    /** Names every input and parameter with a wrong gradient, where there are several. */
    private static String wrongOnes(Result result) {
        List<VariableCount> wrong = result.variables().stream().filter(each -> each.wrong() > 0).toList();
        return wrong.size() < 2
                ? ""
                : wrong.stream()
                        .map(each -> each.wrong() + " of " + each.comparisons() + " of " + each.name())
                        .collect(Collectors.joining(", ", ": ", ""));
    }

    private static Map<String, Object> values(VariableCount count) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("name", count.name());
        values.put("comparisons", count.comparisons());
        values.put("wrong", count.wrong());
        values.put("undecided", count.undecided());
        return values;
    }

    private static void line(StringBuilder text, Object line) {
        text.append("\n  ").append(line);
    }

    static String json(Result result) {
        return Json.write(values(result));
    }

    static Map<String, Object> values(Result result) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("name", result.name());
        values.put("inputs", result.inputs());
        values.put("verdict", result.verdict().toString());
        values.put("mode", result.mode().toString());
        values.put("seed", result.seed());
        values.put("draws", result.draws());
        values.put("comparisons", result.comparisons());
        values.put("wrong", result.wrong());
        values.put("undecided", result.undecided());
        values.put("variables", result.variables().stream().map(Report::values).toList());
        values.put("worst", values(result.worst()));
        values.put("hint", values(result.hint()));
        values.put("faults", result.faults().stream().map(Report::values).toList());
        values.put("notes", List.copyOf(result.notes()));
        return values;
    }

    private static Map<String, Object> values(Hint hint) {
        if (hint == null) {
            return null;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("kind", hint.kind().toString());
        values.put("text", hint.text());
        values.put("element", values(hint.element()));
        return values;
    }

    private static Map<String, Object> values(Fault fault) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("kind", fault.kind().toString());
        values.put("text", fault.text());
        return values;
    }

    private static Map<String, Object> values(Comparison comparison) {
        if (comparison == null) {
            return null;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("of", comparison.of());
        values.put("analytic", number(comparison.analytic()));
        values.put("numeric", number(comparison.numeric()));
        boolean isWrong = comparison.verdict() == Comparison.Verdict.WRONG; // it says nothing of tiny ones that are right
        values.put("relativeError", isWrong ? number(comparison.relativeError()) : null);
        values.put("visibleError", number(comparison.visibleError()));
        values.put("tolerance", number(comparison.tolerance()));
        values.put("differenceError", number(comparison.differenceError()));
        return values;
    }

    /** JSON knows no others. */
    static Object number(double x) {
        return Double.isFinite(x) ? (Object) x : Double.toString(x);
    }
}
