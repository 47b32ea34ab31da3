package dev.unroll.bench.cli.pytorch;

import dev.unroll.bench.cli.common.ModelOption;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.pytorch.PyTorchRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unroll run}: runs a saved model on the tensors of a file. */
@Command(
        name = "run",
        description = "Runs a saved model on the tensors of a safetensors file, as PyTorch runs its modules.",
        footer = {
            "",
            "Input: x [T, B, F], or ids [T, B]; and if wanted h0, c0, and lengths [B]. Output: y, h_n, c_n.",
            "With --gradients the input has dy too, and the output grad.NAME of every parameter under PyTorch's name, and"
                    + " grad.x, grad.h0 and grad.c0 of what was given."},
        sortOptions = false)
public final class RunCommand implements Callable<Integer> {
    @Mixin
    private ModelOption model;

    @Option(names = "--input", required = true, paramLabel = "FILE", description = "The tensors, NAME.safetensors.")
    private Path input;

    @Option(names = "--output", required = true, paramLabel = "FILE", description = "The file of the results.")
    private Path output;

    @Option(names = "--gradients", description = "Compute gradients from dy, the gradient of y.")
    private boolean gradients;

    @Option(names = "--batch-first", description = "x, y and dy are [B, T, ...].")
    private boolean batchFirst;

    @Override
    public Integer call() throws IOException {
        ReportFile.requireWritable(output);
        try (DeepRnn network = model.loadNetwork()) {
            new PyTorchRun(network).batchFirst(batchFirst).gradients(gradients).run(input, output);
        }
        return 0;
    }
}
