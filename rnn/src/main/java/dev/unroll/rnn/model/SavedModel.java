package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.spec.Kinds;
import dev.unroll.rnn.spec.MissingKindException;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A network as a folder: its numbers in one file that other programs read too, its description in another; and with it the
 * vocabulary of a language model.
 */
final class SavedModel {
    private static final int FORMAT = 3;

    /** Without digest and metadata; read, but not written any more. */
    private static final int FIRST_FORMAT = 2;

    private static final String VOCABULARY = "vocabulary";
    private static final String TOKENS = "tokens";
    private static final String METADATA = "metadata";

    /** Of a network whose weights are kept in another type than the rest. */
    private static final String WEIGHTS = "weights";

    private static final String BFLOAT16 = "BF16";

    private SavedModel() {}

    static void write(DeepRnn network, Path folder) throws IOException {
        write(network, describe(network), folder);
    }

    static void write(LanguageModel model, Path folder) throws IOException {
        write(model.network(), describe(model), folder);
    }

    private static void write(DeepRnn network, Map<String, Object> description, Path folder) throws IOException {
        try (var _ = network.share("saving")) {
            requireFinite(network);
            new ModelFolder(folder).write(model(network, description));
        }
    }

    static void rehearse(DeepRnn network, Path folder) throws IOException {
        rehearse(network, describe(network), folder);
    }

    static void rehearse(LanguageModel model, Path folder) throws IOException {
        rehearse(model.network(), describe(model), folder);
    }

    private static void rehearse(DeepRnn network, Map<String, Object> description, Path folder) throws IOException {
        try (var _ = network.share("a rehearsal of saving")) {
            requireFinite(network);
            new ModelFolder(folder).rehearse(model(network, description));
        }
    }

    private static ModelFolder.Model model(DeepRnn network, Map<String, Object> description) {
        SequencedMap<TensorInfo, Tensor> tensors = new LinkedHashMap<>();
        for (Parameter parameter : network.parameters().list()) {
            tensors.put(info(parameter), parameter.value());
        }
        return new ModelFolder.Model(description, tensors, network.parameters().bfloat16Names());
    }

    /** By the rule of {@link #fill}: what could not be loaded is not saved, nor does it replace what could. */
    private static void requireFinite(DeepRnn network) {
        for (Parameter parameter : network.parameters().list()) {
            if (!Reductions.isFinite(parameter.value())) {
                throw new ArithmeticException("the values of " + parameter.name() + " are not finite; the model is not"
                        + " saved, since it could not be loaded; train it again with a lower rate");
            }
        }
    }

    static DeepRnn readNetwork(Path path, WorkerPool pool, Kinds kinds) throws IOException {
        return new ModelFolder(path).read((json, numbers) -> readNetwork(json, numbers, pool, kinds));
    }

    static LanguageModel read(Path path, WorkerPool pool, Kinds kinds) throws IOException {
        return new ModelFolder(path).read((json, numbers) -> {
            if (!json.has(VOCABULARY)) {
                throw new MalformedFileException(json.source(),
                        "a network without a vocabulary, such as of music, predicts"
                                + " no text; give the folder of a language model, or evaluate this one on a piano-roll file");
            }
            Vocabulary vocabulary = vocabulary(json.object(VOCABULARY));
            DeepRnn network = readNetwork(json, numbers, pool, kinds);
            try {
                return new LanguageModel(network, vocabulary);
            } catch (IllegalArgumentException e) {
                network.close();
                throw json.fault(VOCABULARY, "one that fits the network (" + e.getMessage() + ")");
            }
        });
    }

    private static Vocabulary vocabulary(JsonObject json) throws IOException {
        json.requireOnly("kind", "rule", TOKENS);
        try {
            return new Vocabulary(
                    constant(json, "kind", Tokenizer.class), constant(json, "rule", Normalization.class),
                    json.strings(TOKENS));
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(json.source(), e.getMessage());
        }
    }

    private static DeepRnn readNetwork(JsonObject json, Safetensors numbers, WorkerPool pool, Kinds kinds)
            throws IOException {
        DeepRnn network;
        try {
            network = build(json, numbers, pool, kinds);
        } catch (MissingKindException e) { // no fault of the file either
            throw e.in(json.source());
        } catch (IllegalArgumentException e) { // but no lack of memory, which is no fault of the file
            throw new MalformedFileException(json.source(), e.getMessage());
        }
        try {
            fill(network, numbers);
            return json.has(WEIGHTS) ? network.toBfloat16() : network;
        } catch (Throwable e) {
            network.close();
            throw e;
        }
    }

    private static Map<String, Object> describe(DeepRnn network) {
        ModelSpec spec = network.spec();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(ModelFolder.FORMAT, (long) FORMAT);
        json.put("model", spec.text());
        json.put("inputs", (long) spec.inputs());
        json.put("outputs", (long) spec.outputs());
        json.put("type", network.type().name());
        if (network.parameters().isBfloat16()) {
            json.put(WEIGHTS, BFLOAT16);
        }
        if (!network.metadata().isEmpty()) {
            json.put(METADATA, network.metadata());
        }
        return json;
    }

    private static Map<String, Object> describe(LanguageModel model) {
        Vocabulary vocabulary = model.vocabulary();
        Map<String, Object> words = new LinkedHashMap<>();
        words.put("kind", vocabulary.kind().name());
        words.put("rule", vocabulary.rule().name());
        words.put(TOKENS, vocabulary.tokens());
        Map<String, Object> json = describe(model.network());
        json.put(VOCABULARY, words);
        return json;
    }

    private static DeepRnn build(JsonObject json, Safetensors numbers, WorkerPool pool, Kinds kinds)
            throws IOException {
        json.requireOnly(
                ModelFolder.FORMAT, "model", "inputs", "outputs", "type", WEIGHTS, VOCABULARY, METADATA,
                ModelFolder.DIGEST);
        json.integer(ModelFolder.FORMAT, FIRST_FORMAT, FORMAT);
        ModelSpec spec = ModelSpec.parse(
                json.string("model"),
                json.integer("inputs", 1, ModelSpec.MAX_SIZE),
                json.integer("outputs", 1, ModelSpec.MAX_SIZE),
                kinds);
        ElementType type = constant(json, "type", ElementType.class);
        if (json.has(WEIGHTS) && !(json.string(WEIGHTS).equals(BFLOAT16) && type == ElementType.F32)) {
            throw json.fault(WEIGHTS, BFLOAT16 + " of a network of F32, or nothing");
        }
        requireNumbers(spec, type, numbers);
        DeepRnn network = NetworkBuilder.of(spec).type(type).pool(pool).build();
        if (json.has(METADATA)) {
            network.metadata(json.object(METADATA).values());
        }
        return network;
    }

    /** A description may ask for any size: no memory is taken before the file has shown to hold numbers of that size. */
    private static void requireNumbers(ModelSpec spec, ElementType type, Safetensors numbers) throws IOException {
        numbers.require(spec.parameters().list().stream()
                .map(parameter -> new TensorInfo(parameter.name(), type, parameter.shape()))
                .toList());
    }

    private static <E extends Enum<E>> E constant(JsonObject json, String key, Class<E> kind) throws IOException {
        String name = json.string(key);
        for (E constant : kind.getEnumConstants()) {
            if (constant.name().equals(name)) {
                return constant;
            }
        }
        throw json.fault(key, "one of " + List.of(kind.getEnumConstants()));
    }

    private static void fill(DeepRnn network, Safetensors numbers) throws IOException {
        List<Parameter> parameters = network.parameters().list();
        for (Parameter parameter : parameters) {
            parameter.write(values -> numbers.read(parameter.name(), values));
            if (!Reductions.isFinite(parameter.value())) {
                throw new MalformedFileException(numbers.source(), "the tensor " + parameter.name()
                        + " holds numbers that are not finite; take another copy of the model");
            }
        }
    }

    private static TensorInfo info(Parameter parameter) {
        Tensor value = parameter.value();
        return new TensorInfo(parameter.name(), value.type(), parameter.shape());
    }
}
