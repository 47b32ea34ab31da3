package dev.unroll.bench.vm;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/** What this virtual machine was started with, to start others in the same way. */
public final class ThisVm {
    /** Options that name a port, which one process has. */
    private static final List<String> NOT_FOR_TWO =
            List.of("-agentlib:jdwp", "-Xrunjdwp", "-Dcom.sun.management.jmxremote");

    private ThisVm() {}

    /**
     * Returns the launcher of the Java installation that runs this program.
     *
     * @return its path
     */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * Returns the options of this virtual machine that others can have too.
     *
     * @return all but those that name a port; the class path is not among them
     */
    public static List<String> options() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> NOT_FOR_TWO.stream().noneMatch(option::startsWith))
                .toList();
    }
}
