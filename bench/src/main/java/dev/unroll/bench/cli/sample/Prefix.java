package dev.unroll.bench.cli.sample;

import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.text.Vocabulary;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** A value of {@code --prefix}, the beginning of a text that a model continues. */
public final class Prefix {
    private Prefix() {}

    /** Refuses what a model cannot begin with, before anything else is done. */
    public static void require(String prefix, Vocabulary vocabulary, CommandLine command) {
        int tokens;
        try {
            tokens = vocabulary.encodePrefix(prefix).length;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--prefix " + Shown.quote(prefix) + ": " + e.getMessage(), e);
        }
        if (tokens == 0) {
            throw new ParameterException(command, "--prefix is empty; give at least one token");
        }
    }
}
