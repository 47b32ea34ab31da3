package dev.unroll.bench.cli;

import dev.unroll.bench.report.Machine;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.io.PrintWriter;
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
        out.println(
                "cpu:      " + Machine.processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors");
        out.println("java:     " + Machine.java());
        out.println("kernels:  " + Kernels.describe());
        out.println("width:    " + (Kernels.vectorBits() == 0 ? "scalar" : Kernels.vectorBits() + " bits"));
        out.println("threads:  " + WorkerPool.common().threads() + " (-Dunroll.threads=N or --threads N)");
        out.println("memory:   at most " + (Workspace.defaultLimit() >> 20)
                + " MiB off the heap for a model, and for a step (-Dunroll.memory=SIZE)");
        out.flush();
    }
}
