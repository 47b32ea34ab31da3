package dev.unroll.bench.serving;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/**
 * What the process has used so far.
 *
 * @param bytes allocated on the heap by all threads
 * @param collections runs of the garbage collectors
 * @param processorNanos of all threads
 */
record ProcessUse(long bytes, long collections, long processorNanos) {
    static final ProcessUse NONE = new ProcessUse(0, 0, 0);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    static ProcessUse now() {
        long collections = 0;
        for (GarbageCollectorMXBean each : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += each.getCollectionCount();
        }
        return new ProcessUse(THREADS.getTotalThreadAllocatedBytes(), collections, SYSTEM.getProcessCpuTime());
    }

    /** Returns this and what was used between two other moments. */
    ProcessUse plus(ProcessUse before, ProcessUse after) {
        return new ProcessUse(bytes + after.bytes - before.bytes, collections + after.collections - before.collections,
                processorNanos + after.processorNanos - before.processorNanos);
    }
}
