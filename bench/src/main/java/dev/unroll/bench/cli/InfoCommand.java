package dev.unroll.bench.cli;

import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code unroll info}: what the kernels run on, and why. */
@Command(name = "info", description = "Shows the machine, the active kernels and why they are, threads and memory.")
final class InfoCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        out.println("cpu:      " + cpu() + ", " + Runtime.getRuntime().availableProcessors() + " processors");
        out.println("java:     " + System.getProperty("java.vm.name") + " " + Runtime.version());
        out.println("kernels:  " + Kernels.describe());
        out.println("width:    " + (Kernels.vectorBits() == 0 ? "scalar" : Kernels.vectorBits() + " bits"));
        out.println("threads:  " + WorkerPool.common().threads() + " (-Dunroll.threads=N or --threads N)");
        out.println("memory:   at most " + (Workspace.defaultLimit() >> 20)
                + " MiB off the heap for a model, and for a step (-Dunroll.memory=SIZE)");
        out.flush();
    }

    /** The name that Linux knows; elsewhere the architecture. */
    private static String cpu() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException | UncheckedIOException e) {
            return System.getProperty("os.arch");
        }
    }
}
