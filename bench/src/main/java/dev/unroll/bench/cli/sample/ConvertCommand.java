package dev.unroll.bench.cli.sample;

import dev.unroll.bench.cli.common.ModelOption;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unroll convert}: a saved model with its weights as bfloat16. */
@Command(
        name = "convert",
        description = "Saves a model with its weights in bfloat16, for inference only: half the file, and faster single"
                + " steps where the weights exceed the processor's second-level cache. What that costs in accuracy is"
                + " shown by unroll eval --bf16.",
        sortOptions = false)
public final class ConvertCommand implements Callable<Integer> {
    @Mixin
    private ModelOption model;

    @Option(names = "--to", required = true, paramLabel = "DIR", description = "The folder of the new model.")
    private Path to;

    @Override
    public Integer call() throws IOException {
        if (model.isOfText()) {
            try (LanguageModel loaded = model.load()) {
                loaded.network().toBfloat16();
                loaded.requireSavable(to);
                loaded.save(to);
            }
        } else {
            try (DeepRnn network = model.loadNetwork().toBfloat16()) {
                network.requireSavable(to);
                network.save(to);
            }
        }
        return 0;
    }
}
