package dev.unroll.bench.cli;

import dev.unroll.bench.dataset.TextFiles;
import dev.unroll.rnn.data.Tokens;
import dev.unroll.rnn.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code unroll eval}: how well a saved model predicts a text. */
@Command(
        name = "eval",
        description = "Prints the perplexity of a text under a saved model, every token predicted from all before it.",
        sortOptions = false)
final class EvalCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(names = "--data", required = true, split = ",", paramLabel = "FILE", description = "The text, in UTF-8.")
    private List<Path> files;

    @Override
    public Integer call() throws IOException {
        try (LanguageModel loaded = model.load()) {
            Tokens text = new Tokens(loaded.vocabulary().encode(TextFiles.read(files)));
            double perplexity = loaded.perplexity(text);
            spec.commandLine()
                    .getOut()
                    .printf(Locale.ROOT, "perplexity %.4f over %,d tokens%n", perplexity, text.size() - 1);
        }
        return 0;
    }
}
