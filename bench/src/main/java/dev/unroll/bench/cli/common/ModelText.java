package dev.unroll.bench.cli.common;

import dev.unroll.bench.dataset.TextFiles;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.spec.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The value of {@code --model}: a description, or the name of a file that holds one. */
public final class ModelText {
    private ModelText() {}

    public static ModelSpec parse(String textOrFile, int inputs, int outputs, CommandLine command) throws IOException {
        String text = isFile(textOrFile) ? TextFiles.read(Path.of(textOrFile), ModelSpec.MAX_TEXT) : textOrFile;
        try {
            return ModelSpec.parse(text, inputs, outputs);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, "--model " + Shown.brief(textOrFile) + ": " + e.getMessage(), e);
        }
    }

    private static boolean isFile(String text) {
        try {
            return Files.isRegularFile(Path.of(text));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
