package dev.unroll.bench.queue;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Runs whose queue has died. */
final class Orphans {
    private static final int MILLIS_BETWEEN = 100;

    private Orphans() {}

    /** Has them end, which saves them, and waits for it however long it takes. */
    static void end(QueueState state, QueueFolder folder, Consumer<String> say) {
        Set<ProcessHandle> processes = new LinkedHashSet<>(RunProcess.all(folder.path()));
        for (RunState run : state.runs()) {
            if (run.processOrNull() != null) {
                run.processOrNull().alive().ifPresent(processes::add);
            }
        }
        for (ProcessHandle process : processes) {
            say.accept(
                    "process " + process.pid() + " is a run that another queue has left; waiting until it has saved");
            process.destroy();
        }
        while (processes.stream().anyMatch(ProcessId::isAlive)) {
            Pause.millis(MILLIS_BETWEEN);
        }
        for (RunState run : state.runs()) {
            if (run.phase() == RunState.Phase.RUNNING) {
                run.stopped(folder.log(run.log()).secondsSince(run.begunOrNull()));
            }
        }
    }
}
