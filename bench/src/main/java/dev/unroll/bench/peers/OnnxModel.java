package dev.unroll.bench.peers;

import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A recurrent network as an ONNX model (opset 17): {@code LSTM}, {@code GRU} or {@code RNN} nodes behind each other, and
 * for predictions a linear output. The field numbers are those of onnx.proto. It reads {@code x} [T, B, inputs], and for
 * single steps {@code h0}, {@code c0}, {@code h1}, ... [1, B, hidden]; it gives {@code y}, and the new states under the
 * names of the old ones with {@code next_} before them.
 */
final class OnnxModel {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    private static final int INT_ATTRIBUTE = 2;

    private final Work.Network work;
    private final Map<String, float[]> weights;
    private final ProtobufMessage graph = new ProtobufMessage();
    private final List<String> states = new ArrayList<>();

    OnnxModel(Work.Network work) throws IOException {
        this.work = work;
        weights = Networks.weights(work, OnnxModel::read);
        build();
    }

    private static Map<String, float[]> read(Path safetensors) throws IOException {
        Map<String, float[]> weights = new HashMap<>();
        try (Arena arena = Arena.ofConfined(); Safetensors file = Safetensors.open(safetensors)) {
            for (TensorInfo info : file.tensors()) {
                MemorySegment data = arena.allocate(info.byteSize(), Float.BYTES);
                file.read(info.name(), data);
                weights.put(info.name(), data.toArray(ValueLayout.JAVA_FLOAT));
            }
        }
        return weights;
    }

    /** The states of a model of single steps, such as h0 and c0. */
    List<String> states() {
        return states;
    }

    byte[] toBytes() {
        ProtobufMessage opset = new ProtobufMessage().text(1, "").number(2, 17);
        return new ProtobufMessage().number(1, 8).message(7, graph).message(8, opset).toBytes();
    }

    private void build() {
        int gates = order().length;
        graph.text(2, work.model());
        input("x", work.steps(), work.batch(), work.inputs());
        tensor("axes", INT64, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}, 1);
        String x = "x";
        for (int layer = 0; layer < work.layers(); layer++) {
            int columns = layer == 0 ? work.inputs() : work.hidden();
            floats("W" + layer, gates("weight_ih_l" + layer, columns), 1, (long) gates * work.hidden(), columns);
            floats("R" + layer, gates("weight_hh_l" + layer, work.hidden()), 1, (long) gates * work.hidden(),
                    work.hidden());
            floats("B" + layer, join(gates("bias_ih_l" + layer, 1), gates("bias_hh_l" + layer, 1)), 1,
                    2L * gates * work.hidden());
            cell(layer, x);
            x = "y" + layer;
        }
        if (work.use() == Work.Use.STEP) {
            node("Identity", List.of(x), List.of("y"));
            output("y", work.steps(), work.batch(), work.hidden());
        } else {
            floats("V", transposed(weights.get("output.weight")), work.hidden(), work.inputs());
            floats("b", weights.get("output.bias"), work.inputs());
            node("MatMul", List.of(x, "V"), List.of("product"));
            node("Add", List.of("product", "b"), List.of("y"));
            output("y", work.steps(), work.batch(), work.inputs());
        }
    }

    private void cell(int layer, String x) {
        List<String> inputs = new ArrayList<>(List.of(x, "W" + layer, "R" + layer, "B" + layer));
        List<String> outputs = new ArrayList<>(List.of("Y" + layer));
        if (work.use() == Work.Use.STEP) {
            inputs.add(""); // lengths
            for (String part : work.cell().equals("lstm") ? List.of("h", "c") : List.of("h")) {
                String state = part + layer;
                states.add(state);
                input(state, 1, work.batch(), work.hidden());
                inputs.add(state);
                outputs.add("next_" + state);
                output("next_" + state, 1, work.batch(), work.hidden());
            }
        }
        ProtobufMessage node = node(inputs, outputs).text(4, work.cell().toUpperCase(Locale.ROOT));
        node.message(5, attribute("hidden_size", work.hidden()));
        if (work.cell().equals("gru")) {
            node.message(5, attribute("linear_before_reset", 1));
        }
        graph.message(1, node);
        node("Squeeze", List.of("Y" + layer, "axes"), List.of("y" + layer));
    }

    private static ProtobufMessage attribute(String name, long value) {
        return new ProtobufMessage().text(1, name).number(3, value).number(20, INT_ATTRIBUTE);
    }

    private static ProtobufMessage node(List<String> inputs, List<String> outputs) {
        ProtobufMessage node = new ProtobufMessage();
        inputs.forEach(name -> node.text(1, name));
        outputs.forEach(name -> node.text(2, name));
        return node;
    }

    private void node(String type, List<String> inputs, List<String> outputs) {
        graph.message(1, node(inputs, outputs).text(4, type));
    }

    private void input(String name, int... shape) {
        graph.message(11, value(name, shape));
    }

    private void output(String name, int... shape) {
        graph.message(12, value(name, shape));
    }

    private static ProtobufMessage value(String name, int... shape) {
        ProtobufMessage sizes = new ProtobufMessage();
        for (int size : shape) {
            sizes.message(1, new ProtobufMessage().number(1, size));
        }
        ProtobufMessage tensor = new ProtobufMessage().number(1, FLOAT).message(2, sizes);
        return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
    }

    private void floats(String name, float[] values, long... shape) {
        byte[] bytes = new byte[values.length * Float.BYTES];
        MemorySegment.copy(MemorySegment.ofArray(values), 0, MemorySegment.ofArray(bytes), 0, bytes.length);
        tensor(name, FLOAT, bytes, shape);
    }

    private void tensor(String name, int type, byte[] data, long... shape) {
        ProtobufMessage tensor = new ProtobufMessage();
        for (long size : shape) {
            tensor.number(1, size);
        }
        graph.message(5, tensor.number(2, type).text(8, name).bytes(9, data));
    }

    /** PyTorch's gates in the order of ONNX: {@code i f g o} to {@code i o f g}, and {@code r z n} to {@code z r n}. */
    private int[] order() {
        return switch (work.cell()) {
            case "lstm" -> new int[] {0, 3, 1, 2};
            case "gru" -> new int[] {1, 0, 2};
            default -> new int[] {0};
        };
    }

    private float[] gates(String name, int columns) {
        float[] theirs = weights.get((work.use() == Work.Use.STEP ? "" : "layer0.") + name);
        float[] ours = new float[theirs.length];
        int block = work.hidden() * columns;
        int[] order = order();
        for (int gate = 0; gate < order.length; gate++) {
            System.arraycopy(theirs, order[gate] * block, ours, gate * block, block);
        }
        return ours;
    }

    private static float[] join(float[] first, float[] second) {
        float[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private float[] transposed(float... rows) {
        float[] columns = new float[rows.length];
        for (int i = 0; i < work.inputs(); i++) {
            for (int j = 0; j < work.hidden(); j++) {
                columns[j * work.inputs() + i] = rows[i * work.hidden() + j];
            }
        }
        return columns;
    }
}
