package dev.unroll.bench.cli;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The saved model that a command works on. */
final class ModelOption {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "The folder of a saved model.")
    private Path folder;

    LanguageModel load() throws IOException {
        return LanguageModel.load(folder, WorkerPool.common());
    }

    /** The network alone: of a folder with a vocabulary, or without one. */
    DeepRnn loadNetwork() throws IOException {
        return DeepRnn.load(folder, WorkerPool.common());
    }
}
