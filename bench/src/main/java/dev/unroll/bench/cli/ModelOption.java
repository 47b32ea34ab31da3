package dev.unroll.bench.cli;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.io.ModelFolder;
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

    /** Whether it is a language model: whether there is a vocabulary in its description. */
    boolean isOfText() throws IOException {
        return new ModelFolder(folder).read((description, _) -> description.has("vocabulary"));
    }

    /** The network alone: of a folder with a vocabulary, or without one. */
    DeepRnn loadNetwork() throws IOException {
        return DeepRnn.load(folder, WorkerPool.common());
    }
}
