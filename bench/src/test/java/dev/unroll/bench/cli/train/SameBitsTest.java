package dev.unroll.bench.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.bench.cli.ChildProcess;
import dev.unroll.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training gives the same model, bit for bit, however it is run: each run is a process of its own. */
class SameBitsTest {
    @TempDir
    private Path temp;

    private Path text;

    @BeforeEach
    void writeText() throws IOException {
        // Long enough for the compiler to replace the interpreter in the middle of the training.
        text = Files.writeString(temp.resolve("text.txt"), "a text that says the same again, and again: ".repeat(60));
    }

    private byte[] train(String cell, int threads, String... vmOptions) throws IOException, InterruptedException {
        Path model = temp.resolve("model" + System.nanoTime());
        Process process = ChildProcess.start(
                temp,
                ChildProcess.vector(vmOptions), "train", "--data", text.toString(), "--cell", cell, "--layers", "2",
                "--hidden", "37", "--batch", "5", "--steps", "12", "--epochs", "3", "--lr", "1", "--threads",
                String.valueOf(threads), "--out", model.toString());
        String output = ChildProcess.output(process);
        assertEquals(0, process.waitFor(), output);
        return Files.readAllBytes(model.resolve("model.safetensors"));
    }

    @Test
    void againOnMoreThreadsAndAtAnotherWidth() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Kernels.vectorBits() > 128, "needs a processor with more than one width");
        String narrower = "-Dunroll.simd=" + Kernels.vectorBits() / 2;
        assertArrayEquals(train("lstm", 1), train("lstm", 2, narrower));
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = {"lstm", "gru", "rnn"})
    void againOnMoreThreadsAndAtEveryWidth(String cell) throws IOException, InterruptedException {
        Assumptions.assumeTrue(Kernels.vectorBits() > 128, "needs a processor with more than one width");
        byte[] first = train(cell, 1);
        assertArrayEquals(first, train(cell, 2), "again, on two threads");
        for (int bits = 128; bits < Kernels.vectorBits(); bits *= 2) {
            assertArrayEquals(first, train(cell, 2, "-Dunroll.simd=" + bits), bits + " bits");
        }
    }

    @Tag("full")
    @Test
    void interpretedAndCompiled() throws IOException, InterruptedException {
        byte[] compiled = train("lstm", 1);
        // Without the last compiler every vector operation runs as plain Java.
        assertArrayEquals(compiled, train("lstm", 1, "-XX:TieredStopAtLevel=1", "-Dunroll.simd=128"));
    }

    @Test
    void noWarningAboutNativeAccessIsPrinted() throws IOException, InterruptedException {
        Process process = ChildProcess.start(
                temp,
                ChildProcess.vector(), "train", "--data", text.toString(), "--epochs", "1", "--hidden", "8");
        String output = ChildProcess.output(process);
        assertEquals(0, process.waitFor(), output);
        List<String> warnings = output.lines().filter(line -> line.contains("WARNING")).toList();
        assertEquals(List.of("WARNING: Using incubator modules: jdk.incubator.vector"), warnings);
    }
}
