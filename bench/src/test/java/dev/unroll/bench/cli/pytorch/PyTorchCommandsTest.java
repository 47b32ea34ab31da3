package dev.unroll.bench.cli.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.unroll.bench.cli.Call;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** The commands that exchange weights with PyTorch, on files as it would write them. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class PyTorchCommandsTest {
    private static final int HIDDEN = 3;
    private static final int INPUTS = 2;

    @TempDir
    Path folder;

    private final SequencedMap<TensorInfo, MemorySegment> weights = new LinkedHashMap<>();

    private Path path(String name) {
        return folder.resolve(name);
    }

    private static float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (i * 5 % 13 - 6) / 16f;
        }
        return numbers;
    }

    private void add(String name, int rows, int columns) {
        weights.put(new TensorInfo(name, ElementType.F32, rows, columns),
                MemorySegment.ofArray(numbers(rows * columns)));
    }

    private void add(String name, int size) {
        weights.put(new TensorInfo(name, ElementType.F32, size), MemorySegment.ofArray(numbers(size)));
    }

    @BeforeEach
    void writeAnLstmWithinAModel() throws IOException {
        add("encoder.rnn.weight_ih_l0", 4 * HIDDEN, INPUTS);
        add("encoder.rnn.weight_hh_l0", 4 * HIDDEN, HIDDEN);
        add("encoder.rnn.bias_ih_l0", 4 * HIDDEN);
        add("encoder.rnn.bias_hh_l0", 4 * HIDDEN);
        add("decoder.weight", 5, HIDDEN);
        add("decoder.bias", 5);
        weights.put(new TensorInfo("steps", ElementType.I32), MemorySegment.ofArray(new int[1]));
        Safetensors.write(path("w.safetensors"), Map.of("format", "pt"), weights);
    }

    private Call call(String command, String... more) {
        String[] arguments = (command.replace("@", folder + "/") + " " + String.join(" ", more)).strip().split(" ");
        return Call.of(arguments);
    }

    private static Set<String> names(Path file) throws IOException {
        try (Safetensors tensors = Safetensors.open(file)) {
            return tensors.tensors().stream().map(TensorInfo::name).collect(Collectors.toSet());
        }
    }

    @Test
    void aModulePassesThroughAllCommands() throws IOException {
        Call imported = call("import --from @w.safetensors --model lstm:3 --prefix encoder.rnn --out @m");
        assertEquals(0, imported.code(), imported.err());
        assertEquals(
                List.of("lstm:3/bare, 2 inputs, 3 outputs, 72 parameters of F32",
                        "ignored: decoder.weight, decoder.bias, steps"),
                imported.out().lines().toList());

        SequencedMap<TensorInfo, MemorySegment> input = new LinkedHashMap<>();
        input.put(new TensorInfo("x", ElementType.F32, 2, 4, INPUTS), MemorySegment.ofArray(numbers(16)));
        input.put(new TensorInfo("dy", ElementType.F32, 2, 4, HIDDEN), MemorySegment.ofArray(numbers(24)));
        Safetensors.write(path("x.safetensors"), Map.of(), input);
        Call run = call("run --model @m --input @x.safetensors --output @y.safetensors");
        assertEquals(0, run.code(), run.err());
        assertEquals(Set.of("y", "h_n", "c_n"), names(path("y.safetensors")));
        Call gradients =
                call("run --model @m --input @x.safetensors --output @y.safetensors --gradients --batch-first");
        assertEquals(0, gradients.code(), gradients.err());
        assertEquals(
                Set.of("y", "h_n", "c_n", "grad.x", "grad.weight_ih_l0", "grad.weight_hh_l0", "grad.bias_ih_l0",
                        "grad.bias_hh_l0"),
                names(path("y.safetensors")));

        assertEquals(0, call("export --model @m --to @back.safetensors").code());
        try (Safetensors back = Safetensors.open(path("back.safetensors"))) {
            float[] found = new float[4 * HIDDEN * INPUTS];
            back.read("weight_ih_l0", MemorySegment.ofArray(found));
            assertArrayEquals(numbers(found.length), found);
        }
    }

    @Test
    void namesOfAWholeModelComeFromAFile() throws IOException {
        Files.writeString(path("names.json"),
                "{\"encoder.rnn\": \"layer0\", \"decoder\": \"output\"}");
        Call imported = call("import --from @w.safetensors --model lstm:3 --names @names.json --out @m");
        assertEquals(0, imported.code(), imported.err());
        assertEquals(List.of("lstm:3, 2 inputs, 5 outputs, 92 parameters of F32", "ignored: steps"),
                imported.out().lines().toList());
    }

    @Test
    void whatDoesNotFitIsExplainedInOneLineAndNothingIsSaved() throws IOException {
        call("import --from @w.safetensors --model lstm:4 --prefix encoder.rnn --out @m").assertFailed(
                1, "expected F32 [16, 2]", "but found F32 [12, 2] \"encoder.rnn.weight_ih_l0\"");
        call("import --from @w.safetensors --model gru:3 --out @m").assertFailed(
                1, "missing weight_ih_l0", "unexpected ", "check the model, the prefix and the names");
        call("import --from @w.safetensors --model lstm:3:norm --out @m").assertFailed(
                1, "PyTorch has no module that computes lstm:3:norm");
        call("import --from @none.safetensors --model lstm:3 --out @m").assertFailed(1,
                "none.safetensors: no such file");
        assertFalse(Files.exists(path("m")));
        Files.writeString(path("names.json"), "{");
        call("import --from @w.safetensors --model lstm:3 --names @names.json --out @m").assertFailed(1, "names.json");
        call("import --from @w.safetensors --model lstm:3 --prefix encoder.rnn --out @").assertFailed(
                1, "and no saved model; choose another folder");
        call("export --model @m --to @back.safetensors").assertFailed(1, "no saved model");
        call("export --model @m --to @no/back.safetensors").assertFailed(1, "make it first");
        call("run --model @m --input @x --output @no/y").assertFailed(1, "make it first");
    }
}
