package dev.unroll.rnn.train;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Says in which facts a checkpoint differs from the training that is to resume it. */
final class Differences {
    private static final int LONGEST = 60;

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
        Set<String> names = new LinkedHashSet<>(here.keySet());
        names.addAll(there.keySet());
        names.removeAll(mayDiffer);
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            if (!text(there.get(name)).equals(text(here.get(name)))) {
                differences.add(name + " was " + shown(there.get(name)) + " and is " + shown(here.get(name)));
            }
        }
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException("cannot resume " + source + ": " + String.join("; ", differences)
                    + "; give the same, or begin a training elsewhere");
        }
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
