package dev.unroll.bench.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.cli.ChildProcess;
import dev.unroll.rnn.model.LanguageModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterruptionTest {
    @Test
    void anInterruptedTrainingSavesTheModelAndSaysWhere(@TempDir Path temp) throws IOException, InterruptedException {
        Path text =
                Files.writeString(temp.resolve("text.txt"), "a text that is too short to be bored with; ".repeat(50));
        Path model = temp.resolve("model");
        Process process = ChildProcess.start(
                temp,
                ChildProcess.vector(), "train", "--data", text.toString(), "--hidden", "16", "--batch", "4", "--steps",
                "10", "--epochs", "100000000", "--out", model.toString());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            for (String line = lines.readLine(); !line.startsWith("epoch"); line = lines.readLine()) {
                assertTrue(!line.startsWith("unroll"), line);
            }
            process.toHandle().destroy(); // the signal TERM ends a Java process the way that Ctrl-C does
            String rest = lines.lines().collect(Collectors.joining("\n"));
            assertTrue(process.waitFor(10, TimeUnit.MINUTES), "it must end: " + rest);
            assertTrue(rest.matches("(?s).*interrupted; the model of epoch \\d+ is saved in " + model + ".*"), rest);
            assertEquals(128 + 15, process.exitValue(), "the exit code of a process that was ended by TERM");
        }
        try (LanguageModel loaded = LanguageModel.load(model)) {
            assertEquals(20, loaded.sample("a text", 20).length());
        }
    }

    /** Without an epoch to show, and in a folder where there is a model. */
    @Test
    void aTrainingThatIsStoppedInItsFirstEpochReplacesNoModel(@TempDir Path temp) throws Exception {
        Path text = Files.writeString(temp.resolve("text.txt"),
                "a text that is long enough for an epoch; ".repeat(200_000));
        Path model = temp.resolve("model");
        for (String where : new String[] {"model", "model-interrupted", "model-interrupted-2"}) {
            Process process = ChildProcess.start(
                    temp, ChildProcess.vector(), "train", "--data", text.toString(), "--hidden", "16", "--batch", "4",
                    "--steps",
                    "10", "--checkpoint-every", "off", "--out", model.toString());
            byte[] before = where.equals("model") ? null : Files.readAllBytes(model.resolve("model.safetensors"));
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
                for (String line = lines.readLine(); !line.startsWith("training "); line = lines.readLine()) {
                    assertTrue(!line.startsWith("unroll"), line);
                }
                process.toHandle().destroy();
                String rest = lines.lines().collect(Collectors.joining("\n"));
                process.waitFor();
                assertTrue(rest.endsWith("interrupted; the model is saved in " + temp.resolve(where)), rest);
            }
            LanguageModel.load(temp.resolve(where)).close();
            if (before != null) {
                assertArrayEquals(before, Files.readAllBytes(model.resolve("model.safetensors")));
            }
        }
    }
}
