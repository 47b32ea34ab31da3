package dev.unroll.rnn.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.pytorch.TorchModule.Numbers;
import dev.unroll.rnn.spec.ModelSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random models from files of PyTorch's weights run as {@link TorchModule} says, and are written back as they were. */
class PyTorchEquationsTest {
    private static final int MODELS = 200;
    private static final double OF_OUTPUTS = 1e-5;
    private static final double OF_GRADIENTS = 1e-4;
    private static final double OF_EXPORTED = 1e-6;

    @TempDir
    Path folder;

    private final RandomGenerator random = Randoms.of(15);

    /** A module, what it is given and what it gives, in the order [T, B]. */
    private record Case(TorchModule module, Map<String, Numbers> parameters, int steps, int[] lengths,
            Map<String, Numbers> given, boolean isPadded, boolean isBatchFirst, ElementType type) {
        String spec() {
            String cell = module.cell().split("_")[0];
            return cell + ":" + module.layers() + "x" + module.hidden()
                    + (module.cell().equals("rnn_relu") ? ":f=relu" : "")
                    + (module.bias() ? "" : ":bias=false")
                    + (module.bidirectional() ? ":bidirectional" : "")
                    + (module.projection() > 0 ? ":projection=" + module.projection() : "");
        }

        Map<String, double[]> results(Map<String, Numbers> weights) {
            TorchModule.Run run = module.new Run(
                    weights, steps, lengths, given.get("x").values(), given.get("h0").values(),
                    module.isLstm() ? given.get("c0").values() : new double[0]);
            return run.results(given.get("dy").values());
        }
    }

    private Case draw(int number) {
        String cell = List.of("rnn_tanh", "rnn_relu", "gru", "lstm").get(number % 4);
        int hidden = 2 + random.nextInt(5);
        boolean isProjected = cell.equals("lstm") && random.nextBoolean();
        TorchModule module = new TorchModule(
                cell, 1 + random.nextInt(5), hidden, 1 + number / 4 % 4,
                isProjected ? 1 + random.nextInt(hidden - 1) : 0, random.nextBoolean(), random.nextBoolean());
        int steps = 1 + random.nextInt(6);
        int batch = 1 + random.nextInt(3);
        boolean isPadded = random.nextBoolean();
        int[] lengths = new int[batch];
        Arrays.setAll(lengths, _ -> isPadded ? 1 + random.nextInt(steps) : steps);
        long blocks = (long) module.layers() * module.directions();
        Map<String, Numbers> given = new LinkedHashMap<>();
        given.put("x", Numbers.draw(random, 1, steps, batch, module.inputs()));
        given.put("dy", Numbers.draw(random, 1, steps, batch, (long) module.size() * module.directions()));
        given.put("h0", Numbers.draw(random, 1, blocks, batch, module.size()));
        if (module.isLstm()) {
            given.put("c0", Numbers.draw(random, 1, blocks, batch, hidden));
        }
        return new Case(module, module.parameters(random), steps, lengths, given, isPadded, random.nextBoolean(),
                random.nextBoolean() ? ElementType.F32 : ElementType.F64);
    }

    @Test
    void outputsAndGradientsAreThoseOfPyTorchsEquations() throws IOException {
        double[] worst = new double[3];
        for (int number = 0; number < MODELS; number++) {
            compare(draw(number), worst);
        }
        assertTrue(worst[0] <= OF_OUTPUTS && worst[1] <= OF_GRADIENTS && worst[2] <= OF_EXPORTED,
                Arrays.toString(worst));
    }

    private void compare(Case model, double... worst) throws IOException {
        Path weights = folder.resolve("weights.safetensors");
        Path input = folder.resolve("input.safetensors");
        Path output = folder.resolve("output.safetensors");
        Path exported = folder.resolve("exported.safetensors");
        write(weights, model.type, model.parameters, false);
        writeInput(input, model);
        try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(weights, PyTorchNames.plain());
                DeepRnn network = checkpoint.network(model.spec(), WorkerPool.caller())) {
            assertEquals(ModelSpec.parse(model.spec() + "/bare", model.module.inputs(), 1), network.spec());
            new PyTorchRun(network).batchFirst(model.isBatchFirst).gradients(true).run(input, output);
            PyTorchCheckpoint.write(network, exported);
        }
        Map<String, double[]> expected = model.results(model.parameters);
        Map<String, Numbers> found = read(output);
        assertEquals(expected.keySet(), found.keySet());
        for (Map.Entry<String, double[]> each : expected.entrySet()) {
            Numbers ours = found.get(each.getKey());
            boolean isTurned = model.isBatchFirst && List.of("y", "grad.x").contains(each.getKey());
            int kind = each.getKey().startsWith("grad.") ? 1 : 0;
            double off = difference(each.getValue(), isTurned ? turned(ours).values() : ours.values());
            worst[kind] = Math.max(worst[kind], off);
        }
        Map<String, Numbers> back = read(exported);
        model.parameters.forEach((name, numbers) -> assertArrayEquals(numbers.shape(), back.get(name).shape(), name));
        assertEquals(model.parameters.keySet(), back.keySet());
        for (String name : List.of("y", "h_n")) {
            worst[2] = Math.max(worst[2], difference(expected.get(name), model.results(back).get(name)));
        }
    }

    /** The largest difference as a part of the largest number. */
    private static double difference(double[] expected, double... found) {
        assertEquals(expected.length, found.length);
        double largest = 0;
        double off = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            off = Math.max(off, Math.abs(expected[i] - found[i]));
        }
        return off == 0 ? 0 : off / largest;
    }

    private static void writeInput(Path file, Case model) throws IOException {
        SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
        model.given.forEach((name, numbers) -> {
            boolean isTurned = model.isBatchFirst && List.of("x", "dy").contains(name);
            put(tensors, name, ElementType.F32, isTurned ? turned(numbers) : numbers);
        });
        if (model.isPadded) {
            tensors.put(new TensorInfo("lengths", ElementType.I32, model.lengths.length),
                    MemorySegment.ofArray(model.lengths));
        }
        Safetensors.write(file, Map.of(), tensors);
    }

    static void write(Path file, ElementType type, Map<String, Numbers> all, boolean hasMetadata) throws IOException {
        SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
        all.forEach((name, numbers) -> put(tensors, name, type, numbers));
        Safetensors.write(file, hasMetadata ? Map.of("format", "pt") : Map.of(), tensors);
    }

    private static void put(
            SequencedMap<TensorInfo, MemorySegment> tensors, String name, ElementType type, Numbers numbers) {
        double[] values = numbers.values();
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        tensors.put(new TensorInfo(name, type, numbers.shape()),
                type == ElementType.F64 ? MemorySegment.ofArray(values) : MemorySegment.ofArray(floats));
    }

    static Map<String, Numbers> read(Path path) throws IOException {
        Map<String, Numbers> all = new LinkedHashMap<>();
        try (Safetensors file = Safetensors.open(path)) {
            for (TensorInfo info : file.tensors()) {
                all.put(info.name(), new Numbers(info.shape(), TensorFile.read(file, info)));
            }
        }
        return all;
    }

    /** The first two sizes exchanged. */
    private static Numbers turned(Numbers numbers) {
        int first = (int) numbers.shape()[0];
        int second = (int) numbers.shape()[1];
        int columns = (int) numbers.shape()[2];
        double[] turned = new double[numbers.values().length];
        for (int i = 0; i < turned.length; i++) {
            int row = i / columns;
            turned[(row % second * first + row / second) * columns + i % columns] = numbers.values()[i];
        }
        return new Numbers(new long[] {second, first, columns}, turned);
    }
}
