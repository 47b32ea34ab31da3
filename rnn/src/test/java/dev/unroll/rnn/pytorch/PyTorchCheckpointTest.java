package dev.unroll.rnn.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.pytorch.TorchModule.Numbers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, prefixes, shapes and types of checkpoints, and what is refused. */
class PyTorchCheckpointTest {
    private static final TorchModule LSTM = new TorchModule("lstm", 3, 4, 2, 0, true, false);
    private static final TorchModule GRU = new TorchModule("gru", 5, 2, 1, 0, true, false);

    @TempDir
    Path folder;

    private Path file;
    private final Map<String, Numbers> tensors = new LinkedHashMap<>();

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("x.safetensors");
    }

    private void add(String prefix, TorchModule module) {
        module.parameters(Randoms.of(7)).forEach((name, numbers) -> tensors.put(prefix + name, numbers));
    }

    private void add(String name, long... shape) {
        tensors.put(name, Numbers.draw(Randoms.of(name.hashCode()), 1, shape));
    }

    private DeepRnn network(String layers, PyTorchNames names) throws IOException {
        PyTorchEquationsTest.write(file, ElementType.F32, tensors, true);
        try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(file, names)) {
            return checkpoint.network(layers, WorkerPool.caller());
        }
    }

    private String refusal(String layers, PyTorchNames names) {
        String message = assertThrows(MalformedFileException.class, () -> network(layers, names)).getMessage();
        assertTrue(message.length() <= Shown.MAX_MESSAGE, message);
        assertTrue(message.startsWith(file + ": "), message);
        return message.substring(file.toString().length() + 2);
    }

    private static double[] values(DeepRnn network, String parameter) {
        return network.parameters().list().stream()
                .filter(each -> each.name().equals(parameter))
                .map(each -> TensorFile.read(each.value()))
                .findFirst()
                .orElseThrow();
    }

    private double[] given(String name) {
        return tensors.get(name).values();
    }

    @Test
    void theSizesOfTheNetworkAreThoseOfTheFile() throws IOException {
        add("", LSTM);
        try (DeepRnn network = network("lstm:2x4", PyTorchNames.plain())) {
            assertEquals("lstm:2x4/bare, 3 inputs, 4 outputs", network.spec().toString());
            assertEquals(ElementType.F32, network.type());
        }
        tensors.clear();
        add("layer0.weight", 11, 3);
        add("layer1.", LSTM);
        add("output.weight", 6, 4);
        add("output.bias", 6);
        try (DeepRnn network = network("embedding:3/lstm:2x4", PyTorchNames.plain())) {
            assertEquals("embedding:3/lstm:2x4, 11 inputs, 6 outputs", network.spec().toString());
            assertArrayEquals(given("layer0.weight"), values(network, "layer0.weight"));
            assertArrayEquals(given("output.bias"), values(network, "output.bias"));
            // [outputs, inputs] is transposed
            assertEquals(given("output.weight")[1], values(network, "output.weight")[6]);
        }
    }

    @Test
    void theHiddenBiasOfAGrusCandidateStaysApart() throws IOException {
        add("", GRU);
        try (DeepRnn network = network("gru:2", PyTorchNames.plain())) {
            double[] ih = given("bias_ih_l0");
            double[] hh = given("bias_hh_l0");
            double[] expected = ih.clone();
            for (int i = 0; i < 4; i++) {
                expected[i] = (float) (ih[i] + hh[i]);
            }
            assertArrayEquals(expected, values(network, "layer0.input.bias"));
            assertArrayEquals(Arrays.copyOfRange(hh, 4, 6), values(network, "layer0.candidate.bias"));
            PyTorchCheckpoint.write(network, file);
        }
        Map<String, Numbers> back = PyTorchEquationsTest.read(file);
        assertArrayEquals(new double[] {0, 0, 0, 0, given("bias_hh_l0")[4], given("bias_hh_l0")[5]},
                back.get("bias_hh_l0").values());
        assertArrayEquals(given("weight_ih_l0"), back.get("weight_ih_l0").values());
        assertArrayEquals(given("weight_hh_l0"), back.get("weight_hh_l0").values());
    }

    /** Layers that are not equal, or cannot be within one module, are modules of their own. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "lstm:4/gru:2/bare | layer0.weight_ih_l0 layer1.weight_ih_l0",
        "lstm:4/lstm:4:bias=false/bare | layer0.weight_hh_l0 layer1.weight_hh_l0",
        "rnn:3:residual/rnn:3:residual/bare | layer0.weight_hh_l0 layer1.weight_hh_l0",
        "gru:4:bidirectional=sum/gru:4:bidirectional=sum/bare | layer0.weight_hh_l0_reverse layer1.weight_ih_l0",
        "lstm:2x4:dropout=0.5/bare | weight_hh_l1 bias_hh_l1",
        "lstm:4:bidirectional:projection=2/bare | weight_hr_l0 weight_hr_l0_reverse",
        "mlp:5,4/rnn:3 | layer0.0.weight layer0.2.bias layer1.bias_ih_l0 output.weight output.bias",
        "mlp:5/bare | 0.weight 0.bias",
        "embedding:3/gru:3/tied | layer0.weight layer1.bias_hh_l0 output.weight output.bias"})
    void everyNetworkOfKnownModulesComesBackBitForBit(String layers, String names) throws IOException {
        try (DeepRnn network = NetworkBuilder.of(layers, 3).seed(5).pool(WorkerPool.caller()).build()) {
            PyTorchCheckpoint.write(network, file);
            try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(file, PyTorchNames.plain());
                    DeepRnn again = checkpoint.network(layers, WorkerPool.caller())) {
                assertEquals(network.spec(), again.spec());
                assertArrayEquals(
                        network.parameters().values().toFloats(), again.parameters().values().toFloats());
            }
        }
        try (Safetensors found = Safetensors.open(file)) {
            assertEquals("pt", found.metadata().get("format"));
            List<String> all = found.tensors().stream().map(TensorInfo::name).toList();
            assertTrue(all.containsAll(List.of(names.split(" "))), all.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dts:4,3", "rnn:4:f=sigmoid", "gru:4:reset=before", "lstm:4:norm", "gru:4:gates=3",
        "lstm:4:zoneout=0.1", "rnn:4:learned", "rnn:3/mlp:4,3:shortcuts", "rnn:3/mlp:4:maxout=2"})
    void whatPyTorchHasNoModuleForIsRefused(String layers) throws IOException {
        try (DeepRnn network = NetworkBuilder.of(layers, 3).build()) {
            for (Executable call : List.<Executable>of(
                    () -> PyTorchCheckpoint.write(network, file), () -> new PyTorchRun(network),
                    () -> network(layers, PyTorchNames.plain()))) {
                String message = assertThrows(IllegalArgumentException.class, call).getMessage();
                assertTrue(message.contains("PyTorch has no module that computes ") && message.length() <= 300,
                        message);
            }
        }
    }

    @Test
    void aPrefixTakesTheTensorsOfOneModule() throws IOException {
        add("model.encoder.", LSTM);
        add("model.encoder2.", GRU);
        add("head.weight", 2, 2);
        for (String prefix : List.of("model.encoder", "model.encoder.")) {
            try (DeepRnn network = network("lstm:2x4", PyTorchNames.plain().prefix(prefix))) {
                assertEquals(3, network.inputs());
            }
        }
        try (PyTorchCheckpoint checkpoint =
                PyTorchCheckpoint.open(file, PyTorchNames.plain().prefix("model.encoder2"))) {
            assertEquals(9, checkpoint.ignored().size());
            assertTrue(checkpoint.ignored().contains("head.weight"));
            checkpoint.network("gru:2", WorkerPool.caller()).close();
        }
        String message = refusal("lstm:2x4", PyTorchNames.plain().prefix("encoder"));
        assertTrue(
                message.startsWith(
                        "no tensor belongs to the network by the names given; there are model.encoder.weight"),
                message);
    }

    @Test
    void namesAreTranslatedByModuleOrTensor() throws IOException {
        add("net.emb.weight", 11, 3);
        add("net.rnn.", LSTM);
        add("net.head.proj", 6, 4);
        add("net.head.bias", 6);
        add("net.head.scale", 6);
        Path map = folder.resolve("names.json");
        Files.writeString(map, """
                {"emb": "layer0", "rnn": "layer1", "head": "output", "head.proj": "output.weight", "head.scale": null}
                """);
        PyTorchNames fromFile = PyTorchNames.plain().prefix("net").read(map);
        PyTorchNames byCalls = PyTorchNames.plain().prefix("net").rename("emb", "layer0").rename("rnn", "layer1")
                .rename("head", "output").rename("head.proj", "output.weight").without("head.scale");
        for (PyTorchNames names : List.of(fromFile, byCalls)) {
            try (DeepRnn network = network("embedding:3/lstm:2x4", names)) {
                assertEquals(6, network.outputs());
                assertArrayEquals(given("net.head.bias"), values(network, "output.bias"));
            }
        }
        try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(file, byCalls)) {
            assertEquals(List.of("net.head.scale"), checkpoint.ignored());
        }
        PyTorchNames bare = PyTorchNames.plain().rename("net.rnn", "").without("net.emb").without("net.head");
        network("lstm:2x4", bare).close();
        String message = refusal("lstm:2x4", bare.rename("net.head.bias", "bias_ih_l0"));
        assertTrue(message.contains("\"net.rnn.bias_ih_l0\" and \"net.head.bias\" are both taken for \"bias_ih_l0\"")
                || message.contains("\"net.head.bias\" and \"net.rnn.bias_ih_l0\" are both taken for"), message);
        Files.writeString(map, "{\"emb\": 3}");
        assertTrue(assertThrows(MalformedFileException.class, () -> PyTorchNames.plain().read(map)).getMessage()
                .contains("emb: expected a string but found 3"));
        Files.writeString(map, "[]");
        assertThrows(MalformedFileException.class, () -> PyTorchNames.plain().read(map));
    }

    @Test
    void whatIsMissingAndWhatIsUnexpectedIsListed() {
        add("", LSTM);
        tensors.remove("weight_hh_l1");
        add("fc.weight", 2, 4);
        String message = refusal("lstm:2x4", PyTorchNames.plain());
        assertEquals("is no lstm:2x4/bare: missing weight_hh_l1; unexpected fc.weight;"
                + " check the model, the prefix and the names", message);
        for (int i = 0; i < 1000; i++) {
            add("a.module.with.a.long.name.that.goes.on.and.on.and.on.and.on." + i, 1);
        }
        String many = refusal("gru:3x4", PyTorchNames.plain());
        assertTrue(many.contains("missing ") && many.contains(" and ") && many.contains(" more"), many);
    }

    @Test
    void aWrongDescriptionIsHintedAt() {
        add("", new TorchModule("lstm", 3, 4, 1, 2, true, true));
        assertTrue(refusal("lstm:4", PyTorchNames.plain()).endsWith("add :projection=SIZE"));
        assertTrue(refusal("lstm:4:projection=2", PyTorchNames.plain()).endsWith("add :bidirectional"));
        tensors.clear();
        add("rnn.", new TorchModule("lstm", 3, 4, 1, 2, true, true));
        assertTrue(refusal("lstm:4", PyTorchNames.plain()).endsWith("check the model, the prefix and the names"));
        tensors.clear();
        add("", new TorchModule("gru", 3, 4, 1, 0, false, false));
        assertEquals("is no gru:4/bare: missing bias_ih_l0, bias_hh_l0; add :bias=false",
                refusal("gru:4", PyTorchNames.plain()));
        assertTrue(refusal("gru:5:bias=false", PyTorchNames.plain()).startsWith(
                "expected F32 [15, 3] \"weight_ih_l0\" of gru:5:bias=false/bare but found F32 [12, 3] \"weight_ih_l0\""));
        assertTrue(refusal("rnn:4:bias=false", PyTorchNames.plain()).contains("expected F32 [4, 3]"));
    }

    @ParameterizedTest
    @CsvSource({"I32", "I64", "I8", "BOOL"})
    void aWeightOfAnotherTypeIsNamed(String type) throws IOException {
        write("{\"weight_ih_l0\":{\"dtype\":\"%s\",\"shape\":[0,3],\"data_offsets\":[0,0]}}".formatted(type));
        try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(file, PyTorchNames.plain())) {
            String message = assertThrows(MalformedFileException.class,
                    () -> checkpoint.network("rnn:4:bias=false", WorkerPool.caller())).getMessage();
            boolean isInteger = type.equals("I32") || type.equals("I64");
            assertTrue(message.contains(isInteger
                    ? "missing weight_hh_l0"
                    : "\"weight_ih_l0\" is of type " + type
                            + "; expected F32, F64, F16 or BF16"),
                    message);
        }
    }

    @Test
    void integersAndOtherTypesBesideTheWeightsAreNamedAndLeftOut() throws IOException {
        add("", GRU);
        SequencedMap<TensorInfo, MemorySegment> all = new LinkedHashMap<>();
        tensors.forEach((name, numbers) -> all.put(new TensorInfo(name, ElementType.F64, numbers.shape()),
                MemorySegment.ofArray(numbers.values())));
        all.put(new TensorInfo("num_batches_tracked", ElementType.I32), MemorySegment.ofArray(new int[1]));
        Safetensors.write(file, Map.of(), all);
        edit(header -> header.replace("\"dtype\":\"F64\",\"shape\":[6,5]", "\"dtype\":\"I64\",\"shape\":[6,5]"));
        try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(file, PyTorchNames.plain())) {
            assertEquals(List.of("weight_ih_l0", "num_batches_tracked"), checkpoint.ignored());
            assertTrue(assertThrows(MalformedFileException.class,
                    () -> checkpoint.network("gru:2", WorkerPool.caller())).getMessage()
                    .contains("\"weight_ih_l0\" is of type I32; expected F32"));
        }
        Safetensors.write(file, Map.of(), all);
        edit(header -> header.replace("\"dtype\":\"I32\"", "\"dtype\":\"U32\""));
        try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(file, PyTorchNames.plain());
                DeepRnn network = checkpoint.network("gru:2", WorkerPool.caller())) {
            assertEquals(Map.of("num_batches_tracked", "U32"), checkpoint.skipped());
            assertEquals(ElementType.F64, network.type());
            assertArrayEquals(Arrays.copyOfRange(given("bias_hh_l0"), 4, 6), values(network, "layer0.candidate.bias"));
        }
    }

    private void edit(UnaryOperator<String> change) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        byte[] changed = change.apply(header).getBytes(StandardCharsets.UTF_8);
        assertEquals(length, changed.length);
        assertFalse(Arrays.equals(changed, header.getBytes(StandardCharsets.UTF_8)));
        System.arraycopy(changed, 0, bytes, 8, length);
        Files.write(file, bytes);
    }

    private void write(String header) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Files.write(file, ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length)
                .put(json).array());
    }

    /** A description of a large network takes no memory before the file has shown to have numbers for it. */
    @Test
    void aShapeThatTheFileDoesNotHoldIsRefusedBeforeMemoryIsTaken() throws IOException {
        write("{\"weight_ih_l0\":{\"dtype\":\"F16\",\"shape\":[0,16777216],\"data_offsets\":[0,0]},"
                + "\"weight_hh_l0\":{\"dtype\":\"F16\",\"shape\":[16777216,0],\"data_offsets\":[0,0]}}");
        try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(file, PyTorchNames.plain())) {
            String message = assertThrows(MalformedFileException.class,
                    () -> checkpoint.network("rnn:16777216:bias=false", WorkerPool.caller())).getMessage();
            assertTrue(message.contains("expected F32 [16777216, 16777216] \"weight_ih_l0\""), message);
        }
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        add("", GRU);
        given("weight_hh_l0")[3] = Double.NaN;
        assertEquals("the tensor \"weight_hh_l0\" holds numbers that are not finite; take another checkpoint",
                refusal("gru:2", PyTorchNames.plain()));
    }

    @Test
    void anOutputWithoutABiasGetsZeros() throws IOException {
        add("layer0.", GRU);
        add("output.weight", 4, 2);
        try (DeepRnn network = network("gru:2", PyTorchNames.plain())) {
            assertArrayEquals(new double[4], values(network, "output.bias"));
        }
    }

    @Test
    void aTableThatIsNotTiedIsFound() throws IOException {
        add("layer0.weight", 11, 2);
        add("layer1.", new TorchModule("rnn_tanh", 2, 2, 1, 0, true, false));
        add("output.weight", 11, 2);
        add("output.bias", 11);
        assertTrue(refusal("embedding:2/rnn:2/tied", PyTorchNames.plain())
                .contains("\"output.weight\" is not the table of the embedding; leave tied out"));
        tensors.remove("output.weight");
        network("embedding:2/rnn:2/tied", PyTorchNames.plain()).close();
    }

    @Test
    void emptyAndTruncatedFilesAreRefused() throws IOException {
        Files.write(file, new byte[0]);
        assertTrue(assertThrows(MalformedFileException.class,
                () -> PyTorchCheckpoint.open(file, PyTorchNames.plain())).getMessage().contains("cut short"));
        add("", GRU);
        PyTorchEquationsTest.write(file, ElementType.F32, tensors, false);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 13) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThrows(MalformedFileException.class, () -> PyTorchCheckpoint.open(file, PyTorchNames.plain()));
        }
        tensors.clear();
        assertEquals(
                "is no gru:2/bare: missing weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0; check the model, the"
                        + " prefix and the names",
                refusal("gru:2", PyTorchNames.plain()));
    }
}
