package dev.unroll.bench.queue;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Runs whose queue has died. */
final class Orphans {
    private Orphans() {}

    /**
     * Has them end, which saves them, and waits for it however long it takes.
     *
     * @param ending whether not to wait any longer
     * @return false if it was not waited for, and nothing is known of them
     */
    static boolean end(QueueState state, QueueFolder folder, Consumer<String> say, BooleanSupplier ending) {
        Set<ProcessHandle> processes = new LinkedHashSet<>(RunProcess.all(folder.path()));
        for (RunState run : state.runs()) {
            if (run.processOrNull() != null) {
                run.processOrNull().alive().ifPresent(processes::add);
            }
        }
        Family family = new Family();
        for (ProcessHandle process : processes) {
            say.accept(
                    "process " + process.pid() + " is a run that another queue has left; waiting until it has saved");
            family.end(process);
        }
        while (family.isAlive()) {
            if (ending.getAsBoolean()) {
                return false;
            }
            Pause.moment();
        }
        for (RunState run : state.runs()) {
            if (run.phase() == RunState.Phase.RUNNING) {
                run.stopped(folder.log(run.log()).secondsSince(run.begunOrNull()));
            }
        }
        return true;
    }
}
