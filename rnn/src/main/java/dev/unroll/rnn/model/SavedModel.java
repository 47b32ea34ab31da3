package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.data.TextRule;
import dev.unroll.rnn.data.TokenKind;
import dev.unroll.rnn.data.Vocabulary;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.io.ModelFolder.FileWriter;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * A network as a folder: its numbers in one file that other programs read too, its description in another; and with it the
 * vocabulary of a language model.
 */
final class SavedModel {
    private static final String NUMBERS = "model.safetensors";
    private static final String DESCRIPTION = "model.json";
    private static final int FORMAT = 2;

    private SavedModel() {}

    static void write(DeepRnn network, Path folder) throws IOException {
        write(network, describe(network), folder);
    }

    static void write(LanguageModel model, Path folder) throws IOException {
        Map<String, Object> json = describe(model.network());
        json.put("vocabulary", describe(model.vocabulary()));
        write(model.network(), json, folder);
    }

    private static void write(DeepRnn network, Map<String, Object> json, Path folder) throws IOException {
        requireFinite(network);
        Map<String, FileWriter> files = new LinkedHashMap<>();
        files.put(NUMBERS, channel -> {
            try (var _ = network.hold("saving");
                    Arena arena = Arena.ofConfined()) {
                SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
                for (Parameter parameter : network.parameters().list()) {
                    TensorInfo info = info(parameter);
                    MemorySegment numbers = arena.allocate(info.byteSize(), Long.BYTES);
                    parameter.value().copyTo(numbers);
                    tensors.put(info, numbers);
                }
                Safetensors.write(channel, Map.of(), tensors);
            }
        });
        files.put(DESCRIPTION, FileWriter.text(Json.write(json)));
        folder(folder).write(files);
    }

    /** By the rule of {@link #fill}: what could not be loaded is not saved, nor does it replace what could. */
    private static void requireFinite(DeepRnn network) {
        for (Parameter parameter : network.parameters().list()) {
            if (!Reductions.isFinite(parameter.value())) {
                throw new ArithmeticException("the values of " + parameter.name() + " are not finite; the model is not"
                        + " saved, since it could not be loaded");
            }
        }
    }

    static DeepRnn readNetwork(Path path, WorkerPool pool) throws IOException {
        Path description = folder(path).path().resolve(DESCRIPTION);
        return readNetwork(Json.read(description), description, pool);
    }

    static LanguageModel read(Path path, WorkerPool pool) throws IOException {
        Path description = folder(path).path().resolve(DESCRIPTION);
        JsonObject json = Json.read(description);
        JsonObject words = json.object("vocabulary");
        words.requireOnly("kind", "rule", "tokens");
        DeepRnn network = readNetwork(json, description, pool);
        try {
            return new LanguageModel(
                    network,
                    new Vocabulary(
                            constant(words, "kind", TokenKind.class), constant(words, "rule", TextRule.class),
                            words.strings("tokens")));
        } catch (IllegalArgumentException e) {
            network.close();
            throw new MalformedFileException(description.toString(), e.getMessage());
        } catch (Throwable e) {
            network.close();
            throw e;
        }
    }

    private static DeepRnn readNetwork(JsonObject json, Path description, WorkerPool pool) throws IOException {
        DeepRnn network;
        try {
            network = build(json, pool);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new MalformedFileException(description.toString(), e.getMessage());
        }
        try (Safetensors file = Safetensors.open(description.resolveSibling(NUMBERS))) {
            fill(network, file);
            return network;
        } catch (Throwable e) {
            network.close();
            throw e;
        }
    }

    static ModelFolder folder(Path path) throws IOException {
        return new ModelFolder(path, Set.of(NUMBERS, DESCRIPTION));
    }

    private static Map<String, Object> describe(DeepRnn network) {
        ModelSpec spec = network.spec();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("format", (long) FORMAT);
        json.put("model", spec.text());
        json.put("inputs", (long) spec.inputs());
        json.put("outputs", (long) spec.outputs());
        json.put("type", network.type().name());
        return json;
    }

    private static Map<String, Object> describe(Vocabulary vocabulary) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", vocabulary.kind().name());
        json.put("rule", vocabulary.rule().name());
        json.put("tokens", vocabulary.tokens());
        return json;
    }

    private static DeepRnn build(JsonObject json, WorkerPool pool) throws IOException {
        json.requireOnly("format", "model", "inputs", "outputs", "type", "vocabulary");
        json.integer("format", FORMAT, FORMAT);
        ModelSpec spec = ModelSpec.parse(
                json.string("model"),
                json.integer("inputs", 1, ModelSpec.MAX_SIZE),
                json.integer("outputs", 1, ModelSpec.MAX_SIZE));
        return DeepRnn.of(spec).type(constant(json, "type", ElementType.class)).pool(pool).build();
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

    private static void fill(DeepRnn network, Safetensors file) throws IOException {
        List<Parameter> parameters = network.parameters().list();
        file.require(parameters.stream().map(SavedModel::info).toList());
        for (Parameter parameter : parameters) {
            TensorInfo info = info(parameter);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment numbers = arena.allocate(info.byteSize(), Long.BYTES);
                file.read(info.name(), numbers);
                parameter.value().copyFrom(numbers);
                if (!Reductions.isFinite(parameter.value())) {
                    throw new MalformedFileException(
                            NUMBERS, "the tensor " + info.name() + " holds numbers that are not finite; save it again");
                }
            }
        }
        network.parameters().changed();
    }

    private static TensorInfo info(Parameter parameter) {
        Tensor value = parameter.value();
        return new TensorInfo(parameter.name(), value.type(), parameter.shape());
    }
}
