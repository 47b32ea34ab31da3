package dev.unroll.bench.cli.pytorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.bench.cli.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * Random models of PyTorch itself pass through the commands and back, where Python has it ({@code UNROLL_PYTHON} names
 * another interpreter than {@code python3}); the script that makes and compares them says what is allowed.
 */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class PyTorchRoundTripTest {
    private static final int MODELS = 200;
    private static final Path SCRIPT = Path.of("..", "bench", "src", "test", "python", "pytorch_round_trip.py");
    private static final String PYTHON = Optional.ofNullable(System.getenv("UNROLL_PYTHON")).orElse("python3");

    @TempDir
    Path folder;

    private record Answer(int code, String text) {}

    private static Answer python(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PYTHON));
        Collections.addAll(command, arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(process.waitFor(), text.strip());
    }

    private static void requirePyTorch() throws InterruptedException {
        try {
            Answer answer = python("-c", "import torch");
            assumeTrue(answer.code == 0, () -> PYTHON + " has no torch: " + answer.text);
        } catch (IOException e) {
            assumeTrue(false, "no " + PYTHON + ": " + e.getMessage());
        }
    }

    @Test
    void modelsOfPyTorchRunAlikeAndComeBackAsTheyWere() throws IOException, InterruptedException {
        requirePyTorch();
        Answer made = python(SCRIPT.toString(), "make", folder.toString(), Integer.toString(MODELS));
        assertEquals(0, made.code, made.text);
        for (int number = 0; number < MODELS; number++) {
            pass(folder.resolve(String.format("%03d", number)));
        }
        Answer checked = python(SCRIPT.toString(), "check", folder.toString());
        assertEquals(0, checked.code, checked.text);
        System.out.println(checked.text);
    }

    private static void pass(Path model) throws IOException {
        String saved = model.resolve("model").toString();
        List<String> line = Arrays.asList(Files.readString(model.resolve("model.txt")).strip().split(" "));
        call("import", "--from", model.resolve("weights.safetensors").toString(), "--model", line.getFirst(), "--out",
                saved);
        List<String> run = new ArrayList<>(List.of("run", "--model", saved, "--input",
                model.resolve("input.safetensors").toString(), "--output",
                model.resolve("output.safetensors").toString(), "--gradients"));
        run.addAll(line.subList(1, line.size()));
        call(run.toArray(String[]::new));
        call("export", "--model", saved, "--to", model.resolve("export.safetensors").toString());
    }

    private static void call(String... arguments) {
        Call call = Call.of(arguments);
        assertEquals(0, call.code(), () -> String.join(" ", arguments) + ": " + call.err());
    }
}
