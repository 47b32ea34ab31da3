package dev.unroll.bench.cli;

import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.LanguageModel;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll sample}: a saved model continues a text. */
@Command(name = "sample", description = "Continues a text with a saved model.", sortOptions = false)
final class SampleCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(names = "--prefix", required = true, paramLabel = "TEXT", description = "The beginning of the text.")
    private String prefix;

    @Option(names = "--length", required = true, paramLabel = "N", description = "How many tokens to add.")
    private int length;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Draw tokens by probability: 1 as the model has it, lower is bolder. "
                    + "Without it the likeliest token is taken each time.")
    private Double temperature;

    @Option(names = "--seed", paramLabel = "N", description = "Of the draws of --temperature (default: 0).")
    private Long seed;

    @Override
    public Integer call() throws IOException {
        if (length < 1) {
            throw new ParameterException(spec.commandLine(), "--length must be at least 1, not " + length);
        }
        if (temperature != null && !(temperature > 0)) {
            throw new ParameterException(spec.commandLine(), "--temperature must be positive, not " + temperature);
        }
        if (seed != null && temperature == null) {
            throw new ParameterException(spec.commandLine(),
                    "--seed is of the draws of --temperature, without which nothing"
                            + " is drawn; add --temperature, or leave --seed out");
        }
        try (LanguageModel loaded = model.load()) {
            Prefix.require(prefix, loaded.vocabulary(), spec.commandLine());
            String added = temperature == null
                    ? loaded.sample(prefix, length)
                    : loaded.sample(prefix, length, temperature, seed == null ? 0 : seed);
            String whole = prefix + loaded.vocabulary().kind().separator() + added;
            spec.commandLine().getOut().println(Shown.text(whole));
        }
        return 0;
    }
}
