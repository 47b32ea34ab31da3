package dev.unroll.rnn.train;

import dev.unroll.rnn.io.Shown;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/** Says in which facts a checkpoint differs from the training that is to resume it, or one worker of a training from another. */
final class Differences {
    private static final int LONGEST = 40;

    private Differences() {}

    /**
     * Refuses facts that are not the same.
     *
     * @param source the checkpoint, for messages
     * @param there as read from the checkpoint
     * @param here as the training has them
     * @param mayDiffer names of facts that do not matter
     * @throws IllegalArgumentException naming all that differ
     */
    static void check(String source, Map<String, ?> there, Map<String, ?> here, Set<String> mayDiffer) {
        SequencedMap<String, String> differences = between("%s was %s and is %s", there, here, mayDiffer);
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException(message(
                    source, "cannot resume: ", differences, "; give the same, or begin a training in another folder"));
        }
    }

    /**
     * Refuses settings of a worker that are not those of worker 0.
     *
     * @throws IllegalStateException naming the worker and all that differ
     */
    static void checkWorker(int worker, Map<String, ?> there, Map<String, ?> first) {
        SequencedMap<String, String> differences = between("%s is %s, not %s", there, first, Set.of());
        if (!differences.isEmpty()) {
            throw new IllegalStateException(message(
                    "worker " + worker, "does not train as worker 0 does: ", differences,
                    "; start all workers with the same version, network and settings"));
        }
    }

    /** The facts that are not the same, each with a text of its name and both values. */
    private static SequencedMap<String, String> between(
            String format, Map<String, ?> there, Map<String, ?> here, Set<String> mayDiffer) {
        Set<String> names = new LinkedHashSet<>(here.keySet());
        names.addAll(there.keySet());
        names.removeAll(mayDiffer);
        SequencedMap<String, String> differences = new LinkedHashMap<>();
        for (String name : names) {
            if (!text(there.get(name)).equals(text(here.get(name)))) {
                differences.put(name, format.formatted(name, shown(there.get(name)), shown(here.get(name))));
            }
        }
        return differences;
    }

    /** With the values of as many as there is room for, and the names of the others. */
    private static String message(
            String source, String before, SequencedMap<String, String> differences, String after) {
        for (int whole = differences.size();; whole--) {
            String problem = before + listed(differences, whole) + after;
            if (whole == 1 || source.length() + 2 + problem.length() <= Shown.MAX_MESSAGE) {
                return Shown.message(source, problem);
            }
        }
    }

    private static String listed(SequencedMap<String, String> differences, int whole) {
        String listed = differences.values().stream().limit(whole).collect(Collectors.joining("; "));
        return whole == differences.size()
                ? listed
                : differences.keySet().stream()
                        .skip(whole)
                        .collect(Collectors.joining(", ", listed + "; also different: ", ""));
    }

    /** Numbers that were read are longs and doubles, whatever they were before. */
    private static String text(Object value) {
        return switch (value) {
            case Integer number -> String.valueOf(number.longValue());
            case Float number -> String.valueOf(number.doubleValue());
            case null, default -> Objects.toString(value);
        };
    }

    private static String shown(Object value) {
        String text = value == null ? "not given" : value.toString();
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 3) + "...";
    }
}
