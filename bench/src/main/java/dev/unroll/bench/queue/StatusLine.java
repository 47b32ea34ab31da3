package dev.unroll.bench.queue;

import dev.unroll.bench.queue.RunState.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Formats the state of a run as one line. */
final class StatusLine {
    private StatusLine() {}

    /**
     * State, when it was begun, when it ended, how long it has computed, what it is, and what it said last.
     *
     * @param hasQueue whether the queue works that has started it
     */
    static String of(RunState run, QueueFolder folder, boolean hasQueue) {
        boolean computes = run.phase() == Phase.RUNNING
                && (hasQueue || run.processOrNull() != null && run.processOrNull().alive().isPresent());
        Phase phase = run.phase() == Phase.RUNNING && !computes ? Phase.STOPPED : run.phase();
        double seconds = run.seconds()
                + (computes ? Duration.between(run.begunOrNull(), Instant.now()).toMillis() / 1e3 : 0);
        String note = computes ? folder.log(run.log()).lastLine() : failure(run);
        return String.format(
                Locale.ROOT, "%-7s  %11s to %-11s  %11s  %s%s", phase, Instants.text(run.firstBegunOrNull()),
                Instants.text(run.endedOrNull()), run.starts() == 0 ? "-" : Instants.text(seconds), run.text(),
                note.isEmpty() ? "" : "  | " + note).stripTrailing();
    }

    private static String failure(RunState run) {
        if (run.phase() != Phase.FAILED) {
            return "";
        }
        String code = run.exitCodeOrNull() == null ? "" : "exit code " + run.exitCodeOrNull();
        return code + (code.isEmpty() || run.message().isEmpty() ? "" : ": ") + run.message();
    }
}
