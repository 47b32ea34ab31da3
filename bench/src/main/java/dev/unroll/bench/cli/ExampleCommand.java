package dev.unroll.bench.cli;

import dev.unroll.bench.examples.ClassifySequences;
import dev.unroll.bench.examples.ForecastSeries;
import dev.unroll.bench.examples.OwnKernel;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code unroll example}: runs one of the programs that are there to be read. */
@Command(
        name = "example",
        description = "Runs one of the examples, whose source is meant to be read: dev.unroll.bench.examples.",
        sortOptions = false)
final class ExampleCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "forecast|classify|kernel",
            description = "forecast: a noisy series of numbers, ten steps ahead; classify: which source a sequence of"
                    + " symbols comes from; kernel: a SIMD op of your own, and the check of its gradient.")
    private Example example;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    /** The examples. */
    private enum Example {
        FORECAST,
        CLASSIFY,
        KERNEL
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                switch (example) {
                    case FORECAST -> ForecastSeries.run(seed);
                    case CLASSIFY -> ClassifySequences.run(seed);
                    case KERNEL -> OwnKernel.run();
                });
        out.flush();
        return 0;
    }
}
