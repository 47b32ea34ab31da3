package dev.unroll.bench.cli;

import dev.unroll.bench.examples.ClassifySequences;
import dev.unroll.bench.examples.ForecastSeries;
import dev.unroll.bench.examples.OwnCell;
import dev.unroll.bench.examples.OwnKernel;
import dev.unroll.bench.examples.PyTorchWeights;
import dev.unroll.bench.examples.ServeSequences;
import dev.unroll.gradcheck.GradCheck;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
            paramLabel = "forecast|classify|serve|cell|kernel|pytorch",
            description = "forecast: a noisy series of numbers, ten steps ahead; classify: which source a sequence of"
                    + " symbols comes from; serve: one network, many clients at a time; cell: a recurrent cell of your"
                    + " own, trained, saved to --out and loaded; kernel: a SIMD op of your own, and the check of its"
                    + " gradient; pytorch: ids continued by a language model in --from, a safetensors file.")
    private Example example;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--out", paramLabel = "DIR", description = "Of cell: the folder of the saved network.")
    private Path out;

    @Option(
            names = "--from",
            paramLabel = "FILE",
            description = "Of pytorch: the state_dict of a module with an nn.Embedding encoder, an nn.LSTM or nn.GRU rnn"
                    + " and an nn.Linear decoder.")
    private Path from;

    @Option(
            names = "--model",
            paramLabel = "SPEC",
            description = "Of pytorch: the sizes of the layers, such as embedding:64/lstm:2x256.")
    private String model;

    /** The examples. */
    private enum Example {
        FORECAST,
        CLASSIFY,
        SERVE,
        CELL,
        KERNEL,
        PYTORCH
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter printer = spec.commandLine().getOut();
        printer.println(
                switch (example) {
                    case FORECAST -> ForecastSeries.run(seed);
                    case CLASSIFY -> ClassifySequences.run(seed);
                    case SERVE -> ServeSequences.run(seed);
                    case CELL -> OwnCell.run(seed, required("--out DIR", out));
                    case KERNEL -> GradCheck.of(OwnKernel.SOFTSIGN).singlePrecision().run();
                    case PYTORCH -> PyTorchWeights.run(required("--from FILE", from), required("--model SPEC", model));
                });
        printer.flush();
        return 0;
    }

    private <T> T required(String option, T value) {
        if (value == null) {
            throw new ParameterException(spec.commandLine(),
                    "the example " + example.name().toLowerCase(Locale.ROOT) + " needs " + option);
        }
        return value;
    }
}
