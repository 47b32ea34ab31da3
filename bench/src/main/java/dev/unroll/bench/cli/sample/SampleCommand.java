package dev.unroll.bench.cli.sample;

import dev.unroll.bench.cli.common.ModelOption;
import dev.unroll.bench.music.MusicSampler;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll sample}: a saved model continues a text, or makes music. */
@Command(
        name = "sample",
        description = "Continues a text with a saved model; or makes music with one that was trained on piano-rolls.",
        sortOptions = false)
public final class SampleCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(names = "--prefix", paramLabel = "TEXT", description = "The beginning of the text; none for music.")
    private String prefix;

    @Option(names = "--length", required = true, paramLabel = "N", description = "Number of tokens, or frames, to add.")
    private int length;

    @Option(
            names = "--temperature",
            paramLabel = "T,...",
            description = "Sampling temperature: 1 samples from the model's own distribution, lower values prefer"
                    + " likely tokens. Without it the likeliest token of a text is taken each time, and notes are"
                    + " drawn with 1. A text is continued once per value, if several are given with commas or by"
                    + " repeating the option.")
    private List<String> given;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of all random numbers (default: 0).")
    private Long seed;

    @Mixin
    private MusicOptions music;

    private List<Double> temperatures;

    @Override
    public Integer call() throws IOException {
        check();
        music.check();
        if (model.isOfText()) {
            continueText();
        } else {
            makeMusic();
        }
        return 0;
    }

    private void check() {
        if (length < 1) {
            throw wrong("--length must be at least 1, not " + length);
        }
        temperatures = given == null
                ? List.of()
                : given.stream().flatMap(list -> Stream.of(list.split(",", -1))).map(this::temperature).toList();
        if (prefix != null) {
            requireDraws();
        }
    }

    private double temperature(String text) {
        double temperature;
        try {
            temperature = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw wrong("--temperature " + Shown.quote(text) + " is no number; give one such as 0.8, or several with"
                    + " commas between them");
        }
        if (!(temperature > 0) || Double.isInfinite(temperature)) {
            throw wrong("--temperature must be positive, not " + temperature);
        }
        return temperature;
    }

    private void requireDraws() {
        if (seed != null && temperatures.isEmpty()) {
            throw wrong("--seed is of the draws of --temperature, without which nothing"
                    + " is drawn; add --temperature, or leave --seed out");
        }
    }

    private void continueText() throws IOException {
        music.requireNone();
        if (prefix == null) {
            throw wrong("--prefix is missing, and this is a model of texts; give a beginning that it can continue");
        }
        try (LanguageModel loaded = model.load()) {
            Prefix.require(prefix, loaded.vocabulary(), spec.commandLine());
            if (temperatures.isEmpty()) {
                print("", loaded, loaded.sample(prefix, length));
            }
            for (double temperature : temperatures) {
                String label = temperatures.size() == 1 ? "" : "temperature " + shown(temperature) + ": ";
                print(label, loaded, loaded.sample(prefix, length, temperature, seed()));
            }
        }
    }

    private void print(String label, LanguageModel loaded, String added) {
        String whole = prefix + loaded.vocabulary().kind().separator() + added;
        spec.commandLine().getOut().println(label + Shown.text(whole));
    }

    /** Formats a number without a needless fraction: 1 and not 1.0. */
    private static String shown(double temperature) {
        String text = Double.toString(temperature);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    private void makeMusic() throws IOException {
        String rest = " is of models of texts, and this one has no vocabulary; ";
        if (prefix != null) {
            throw wrong("--prefix" + rest + "leave it out, or begin music with --prefix-from FILE.mat");
        }
        if (temperatures.size() > 1) {
            throw wrong("--temperature with several values" + rest + "give one, and call it again for another");
        }
        music.requireLength(length);
        Frames beginning = music.beginning();
        try (DeepRnn network = model.loadNetwork()) {
            double temperature = temperatures.isEmpty() ? 1 : temperatures.getFirst();
            music.write(new MusicSampler(network).sample(beginning, length, temperature, seed()));
        }
    }

    private long seed() {
        return seed == null ? 0 : seed;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
