package dev.unroll.bench.cli.pytorch;

import dev.unroll.bench.cli.common.ModelOption;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.pytorch.PyTorchCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unroll export}: writes the weights of a saved model for PyTorch. */
@Command(
        name = "export",
        description = "Writes the weights of a saved model to a safetensors file, under the names and in the layouts of"
                + " PyTorch's modules.",
        sortOptions = false)
public final class ExportCommand implements Callable<Integer> {
    @Mixin
    private ModelOption model;

    @Option(names = "--to", required = true, paramLabel = "FILE", description = "The file, NAME.safetensors.")
    private Path to;

    @Override
    public Integer call() throws IOException {
        ReportFile.requireWritable(to);
        try (DeepRnn network = model.loadNetwork()) {
            PyTorchCheckpoint.write(network, to);
        }
        return 0;
    }
}
