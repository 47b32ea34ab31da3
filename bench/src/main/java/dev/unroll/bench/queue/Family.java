package dev.unroll.bench.queue;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Processes that are to end, with all that they have started: a benchmark computes in a process of its own. */
final class Family {
    private final Set<ProcessHandle> processes = new LinkedHashSet<>();

    /** Has a process end, and what it has started: once it has ended, nobody knows any more what that was. */
    void end(ProcessHandle process) {
        List<ProcessHandle> all = Stream.concat(Stream.of(process), process.descendants()).toList();
        for (ProcessHandle one : all) {
            if (processes.add(one)) {
                one.destroy();
            }
        }
    }

    /** Tells whether one of them is still alive. */
    boolean isAlive() {
        return processes.stream().anyMatch(ProcessId::isAlive);
    }
}
