package dev.unroll.rnn.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.pytorch.TorchModule.Numbers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inputs of runs: what is given, what is left out, and what is refused. {@link PyTorchEquationsTest} checks results. */
class PyTorchRunTest {
    @TempDir
    Path folder;

    private Path input;
    private Path output;
    private final SequencedMap<TensorInfo, MemorySegment> given = new LinkedHashMap<>();

    @BeforeEach
    void nameTheFiles() {
        input = folder.resolve("input.safetensors");
        output = folder.resolve("output.safetensors");
    }

    private void give(String name, float[] values, long... shape) {
        given.keySet().removeIf(info -> info.name().equals(name));
        given.put(new TensorInfo(name, ElementType.F32, shape), MemorySegment.ofArray(values));
    }

    private void give(String name, int[] values, long... shape) {
        given.keySet().removeIf(info -> info.name().equals(name));
        given.put(new TensorInfo(name, ElementType.I32, shape), MemorySegment.ofArray(values));
    }

    private static float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (i * 7 % 11 - 5) / 8f;
        }
        return numbers;
    }

    private static DeepRnn network(String layers, int inputs) {
        return NetworkBuilder.of(layers, inputs).seed(2).pool(WorkerPool.caller()).build();
    }

    private Map<String, Numbers> run(PyTorchRun run) throws IOException {
        Safetensors.write(input, Map.of(), given);
        run.run(input, output);
        return PyTorchEquationsTest.read(output);
    }

    private void refused(String problem, PyTorchRun run) {
        String message = assertThrows(MalformedFileException.class, () -> run(run)).getMessage();
        assertTrue(message.startsWith(input + ": ") && message.contains(problem) && message.length() <= 300, message);
        assertFalse(Files.exists(output), "nothing is written");
    }

    @Test
    void statesAreZerosUnlessTheyAreGiven() throws IOException {
        try (DeepRnn network = network("lstm:2x3:projection=2/bare", 4)) {
            PyTorchRun run = new PyTorchRun(network);
            give("x", numbers(5 * 2 * 4), 5, 2, 4);
            Map<String, Numbers> without = run(run);
            assertEquals(Set.of("y", "h_n", "c_n"), without.keySet());
            assertArrayEquals(new long[] {5, 2, 2}, without.get("y").shape());
            assertArrayEquals(new long[] {2, 2, 2}, without.get("h_n").shape());
            assertArrayEquals(new long[] {2, 2, 3}, without.get("c_n").shape());
            give("h0", new float[8], 2, 2, 2);
            give("c0", new float[12], 2, 2, 3);
            assertArrayEquals(without.get("y").values(), run(run).get("y").values());
            give("c0", numbers(12), 2, 2, 3);
            assertFalse(Arrays.equals(without.get("y").values(), run(run).get("y").values()));
        }
    }

    /** In one run or in two that hand their states on, the outputs have the same bits. */
    @Test
    void theLastStatesOfARunAreTheFirstOfTheNext() throws IOException {
        try (DeepRnn network = network("gru:2x3/bare", 4)) {
            PyTorchRun run = new PyTorchRun(network);
            float[] x = numbers(6 * 2 * 4);
            give("x", x, 6, 2, 4);
            Map<String, Numbers> whole = run(run);
            give("x", Arrays.copyOf(x, 2 * 2 * 4), 2, 2, 4);
            Map<String, Numbers> first = run(run);
            give("x", Arrays.copyOfRange(x, 2 * 2 * 4, x.length), 4, 2, 4);
            double[] last = first.get("h_n").values();
            float[] h0 = new float[last.length];
            for (int i = 0; i < h0.length; i++) {
                h0[i] = (float) last[i];
            }
            give("h0", h0, 2, 2, 3);
            Map<String, Numbers> second = run(run);
            assertArrayEquals(
                    Arrays.copyOfRange(whole.get("y").values(), 2 * 2 * 3, 6 * 2 * 3), second.get("y").values());
            assertArrayEquals(whole.get("h_n").values(), second.get("h_n").values());
        }
    }

    @Test
    void paddingMayBeAnythingAndComesOutAsZeros() throws IOException {
        try (DeepRnn network = network("gru:3:bidirectional/bare", 2)) {
            PyTorchRun run = new PyTorchRun(network).gradients(true);
            float[] x = numbers(4 * 2 * 2);
            float[] dy = numbers(4 * 2 * 6);
            give("lengths", new int[] {4, 2}, 2);
            Map<String, Numbers> results = null;
            for (float filling : new float[] {0, Float.NaN}) {
                for (int t = 2; t < 4; t++) {
                    Arrays.fill(x, (t * 2 + 1) * 2, (t * 2 + 2) * 2, filling);
                    Arrays.fill(dy, (t * 2 + 1) * 6, (t * 2 + 2) * 6, filling);
                }
                give("x", x, 4, 2, 2);
                give("dy", dy, 4, 2, 6);
                Map<String, Numbers> found = run(run);
                for (int t = 2; t < 4; t++) {
                    assertArrayEquals(new double[6],
                            Arrays.copyOfRange(found.get("y").values(), (t * 2 + 1) * 6, (t * 2 + 2) * 6));
                    assertArrayEquals(new double[2],
                            Arrays.copyOfRange(found.get("grad.x").values(), (t * 2 + 1) * 2, (t * 2 + 2) * 2));
                }
                for (String name : results == null ? found.keySet() : results.keySet()) {
                    assertArrayEquals(results == null ? found.get(name).values() : results.get(name).values(),
                            found.get(name).values(), name);
                }
                results = found;
            }
            x[0] = Float.POSITIVE_INFINITY;
            give("x", x, 4, 2, 2);
            Files.delete(output);
            refused("x of step 0 of sequence 0 is Infinity; expected finite numbers", run);
        }
    }

    @Test
    void gradientsAreThoseOfOneRunAlone() throws IOException {
        try (DeepRnn network = network("embedding:3/rnn:4", 6)) {
            give("x", new int[] {0, 5, 5, 2, 1, 0}, 3, 2);
            give("dy", numbers(3 * 2 * 6), 3, 2, 6);
            PyTorchRun run = new PyTorchRun(network).gradients(true);
            Map<String, Numbers> first = run(run);
            assertEquals(new TreeSet<>(Set.of("y", "h_n", "grad.layer0.weight", "grad.layer1.weight_ih_l0",
                    "grad.layer1.weight_hh_l0", "grad.layer1.bias_ih_l0", "grad.layer1.bias_hh_l0",
                    "grad.output.weight", "grad.output.bias")), new TreeSet<>(first.keySet()));
            Map<String, Numbers> second = run(run);
            first.forEach((name, numbers) -> assertArrayEquals(numbers.values(), second.get(name).values(), name));
            assertArrayEquals(
                    first.get("grad.layer1.bias_ih_l0").values(), first.get("grad.layer1.bias_hh_l0").values());
            // of the ids 3 and 4, which are not there
            assertArrayEquals(new double[6], Arrays.copyOfRange(first.get("grad.layer0.weight").values(), 9, 15));
        }
    }

    @Test
    void theStatesOfSeveralModulesHaveTheirNames() throws IOException {
        try (DeepRnn network = network("lstm:3/mlp:4/gru:2/bare", 2)) {
            give("x", numbers(3 * 1 * 2), 3, 1, 2);
            give("layer2.h0", numbers(2), 1, 1, 2);
            Map<String, Numbers> results = run(new PyTorchRun(network));
            assertEquals(Set.of("y", "layer0.h_n", "layer0.c_n", "layer2.h_n"), results.keySet());
        }
    }

    @Test
    void whatCannotBeRunIsNamed() throws IOException {
        try (DeepRnn network = network("lstm:3/bare", 2)) {
            PyTorchRun run = new PyTorchRun(network);
            refused("there is no tensor \"x\" in it; add it", run);
            give("x", numbers(6), 3, 2);
            refused("expected x to be of shape [T, B, 2], or [T, B] of ids, but found F32 [3, 2] \"x\"", run);
            give("x", numbers(9), 3, 1, 3);
            refused("expected x to be of shape [T, B, 2]", run);
            refused("expected x to be of shape [B, T, 2]", run.batchFirst(true));
            give("x", numbers(0), 0, 1, 2);
            refused("expected x to be of shape", run);
            give("x", numbers(6), 3, 1, 2);
            refused("there is no tensor \"dy\" in it", run.gradients(true));
            give("dy", numbers(6), 3, 1, 2);
            refused("expected F32 [3, 1, 3] \"dy\" but found F32 [3, 1, 2] \"dy\"", run.gradients(true));
            give("h0", numbers(6), 1, 2, 3);
            refused("expected F32 [1, 1, 3] \"h0\" but found F32 [1, 2, 3] \"h0\"", run);
            give("h0", numbers(3), 1, 1, 3);
            give("lengths", new float[] {3}, 1);
            refused("expected lengths of I32 or I64 but found F32 [1] \"lengths\"", run);
            give("lengths", new int[] {4}, 1);
            refused("lengths: sequence 0 has length 4; expected 0 to 3 steps", run);
            give("lengths", new int[] {3, 3}, 2);
            refused("expected I32 [1] \"lengths\"", run);
            give("lengths", new int[] {3}, 1);
            give("h_0", numbers(3), 1, 1, 3);
            refused("the tensor \"h_0\" is not known; known are x, lengths, dy, h0, c0", run);
        }
        try (DeepRnn network = network("embedding:3/gru:2/bare", 4)) {
            given.clear();
            give("x", new int[] {0, 4}, 2, 1);
            refused("x of step 1 of sequence 0 is 4; expected ids from 0 to 3", new PyTorchRun(network));
        }
    }
}
