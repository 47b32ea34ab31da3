package dev.unroll.bench.cli.common;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The saved model that a command works on. */
public final class ModelOption {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "The folder of a saved model.")
    private Path folder;

    public LanguageModel load() throws IOException {
        return LanguageModel.load(folder, WorkerPool.common());
    }

    /** Tells whether it is a language model, which has a vocabulary in its description. */
    public boolean isOfText() throws IOException {
        return new ModelFolder(folder).read((description, _) -> description.has("vocabulary"));
    }

    /** The network alone: of a folder with a vocabulary, or without one. */
    public DeepRnn loadNetwork() throws IOException {
        return DeepRnn.load(folder, WorkerPool.common());
    }
}
