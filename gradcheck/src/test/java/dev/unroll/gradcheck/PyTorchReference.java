package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.spec.ModelSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A network, what it was given and what PyTorch made of it: a file that {@code src/test/python/pytorch_references.py} has
 * written and explains. PyTorch's weights are {@code [outputs, inputs]}, and every layer has two biases; of this
 * library's only the candidate of a GRU has two.
 */
final class PyTorchReference {
    /** As {@code HUBER_DELTA} of the script. */
    private static final double HUBER_DELTA = 0.5;

    private static final Pattern OF_LAYER = Pattern.compile("layer(\\d+)\\.(?:forward\\.|(backward)\\.)?(.*)");

    private final Map<String, String> about;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, double[]> numbers = new LinkedHashMap<>();

    PyTorchReference(String name) {
        try (Safetensors file = Safetensors.open(folder().resolve(name + ".safetensors"))) {
            about = Map.copyOf(file.metadata());
            for (TensorInfo info : file.tensors()) {
                infos.put(info.name(), info);
                numbers.put(info.name(), read(file, info));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path folder() {
        URL folder = PyTorchReference.class.getResource("pytorch");
        assertNotNull(folder, "the folder pytorch of the test resources is missing");
        return Path.of(URI.create(folder.toString()));
    }

    private static double[] read(Safetensors file, TensorInfo info) throws IOException {
        int size = (int) (info.byteSize() / info.type().bytes());
        return switch (info.type()) {
            case F64 -> {
                double[] values = new double[size];
                file.read(info.name(), MemorySegment.ofArray(values));
                yield values;
            }
            case F32 -> {
                float[] values = new float[size];
                file.read(info.name(), MemorySegment.ofArray(values));
                yield IntStream.range(0, size).mapToDouble(i -> values[i]).toArray();
            }
            case I32 -> {
                int[] values = new int[size];
                file.read(info.name(), MemorySegment.ofArray(values));
                yield Arrays.stream(values).asDoubleStream().toArray();
            }
        };
    }

    ModelSpec model() {
        long[] input = infos.get("input").shape();
        long[] logits = infos.get("logits").shape();
        return ModelSpec.parse(about.get("model"), (int) input[2], (int) logits[2]);
    }

    SequenceLayout steps() {
        long[] input = infos.get("input").shape();
        String lengths = about.get("lengths");
        return lengths.isEmpty()
                ? SequenceLayout.of((int) input[0], (int) input[1])
                : SequenceLayout.padded((int) input[0],
                        Arrays.stream(lengths.split(" ")).mapToInt(Integer::parseInt).toArray());
    }

    Loss loss() {
        return switch (about.get("loss")) {
            case "crossEntropy" -> Loss.crossEntropy();
            case "squaredError" -> Loss.squaredError();
            case "huber" -> Loss.huber(HUBER_DELTA);
            case "bernoulli" -> Loss.bernoulli();
            default -> throw new AssertionError("no loss " + about.get("loss"));
        };
    }

    /** What a state consists of, the hidden state first. */
    List<String> stateParts() {
        return infos.containsKey("initial.c") ? List.of("h", "c") : List.of("h");
    }

    ElementType type(String name) {
        return infos.get(name).type();
    }

    /** All numbers of a tensor, row by row. */
    double[] get(String name) {
        double[] values = numbers.get(name);
        assertNotNull(values, () -> "no tensor " + name + " among " + numbers.keySet());
        return values;
    }

    /** The numbers of one layer and direction: a block of a tensor {@code [layers * directions, batch, size]}. */
    double[] block(String name, int index) {
        long[] shape = infos.get(name).shape();
        int size = (int) (shape[1] * shape[2]);
        return Arrays.copyOfRange(get(name), index * size, (index + 1) * size);
    }

    /** What PyTorch's parameters say that one of this library's starts with. */
    double[] value(String parameter) {
        return parameter("value.", parameter);
    }

    /** What PyTorch's gradients say that one of this library's gets. */
    double[] gradient(String parameter) {
        return parameter("gradient.", parameter);
    }

    private double[] parameter(String of, String parameter) {
        Matcher layer = OF_LAYER.matcher(parameter);
        if (!layer.matches()) {
            return parameter.endsWith("weight") ? transposed(of + parameter) : get(of + parameter);
        }
        String suffix = "_l" + layer.group(1) + (layer.group(2) == null ? "" : "_reverse");
        return switch (layer.group(3)) {
            case "input.weight" -> transposed(of + "weight_ih" + suffix);
            case "recurrent" -> transposed(of + "weight_hh" + suffix);
            case "projection" -> transposed(of + "weight_hr" + suffix);
            case "input.bias" -> inputBias(of, suffix);
            case "candidate.bias" -> hiddenBias(of, suffix, true);
            default -> throw new AssertionError("PyTorch has nothing for " + parameter);
        };
    }

    /** The sum of the two; its gradient is that of either. Only a GRU's candidate has the two apart. */
    private double[] inputBias(String of, String suffix) {
        double[] bias = get(of + "bias_ih" + suffix).clone();
        double[] hidden = hiddenBias(of, suffix, false);
        for (int i = 0; of.equals("value.") && i < hidden.length; i++) {
            bias[i] += hidden[i];
        }
        return bias;
    }

    /** The hidden bias: what a GRU has for its candidate, the last of three parts, or the rest. */
    private double[] hiddenBias(String of, String suffix, boolean ofCandidate) {
        double[] bias = get(of + "bias_hh" + suffix);
        int rest = about.get("model").startsWith("gru") ? bias.length / 3 * 2 : bias.length;
        return ofCandidate ? Arrays.copyOfRange(bias, rest, bias.length) : Arrays.copyOf(bias, rest);
    }

    private double[] transposed(String name) {
        double[] values = get(name);
        int rows = (int) infos.get(name).shape()[0];
        int columns = values.length / rows;
        double[] turned = new double[values.length];
        Arrays.setAll(turned, i -> values[i % rows * columns + i / rows]);
        return turned;
    }
}
