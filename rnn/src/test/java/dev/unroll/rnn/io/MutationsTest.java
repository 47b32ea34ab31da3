package dev.unroll.rnn.io;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every parser over damaged inputs; see {@link Mutations}. */
class MutationsTest {
    private static final String DESCRIPTION = """
            {"format": 2, "model": "lstm:2x4:zoneout=0.1/mlp:3,2", "inputs": 4, "outputs": 4, "type": "F32",
             "vocabulary": {"kind": "CHARS", "rule": "RAW", "tokens": ["<unk>", "a", "\\u00e9", "\\n"]}}""";

    @TempDir
    private Path temp;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void damagedJsonIsReadOrRefusedInOneShortLine() {
        List<byte[]> sound = List.of(
                bytes(DESCRIPTION), bytes("[1, -2.5e-3, true, false, null, {\"k\": [[], {}]}]"),
                bytes("\"\\ud83d\\ude00\""));
        Mutations.check("JSON", Mutations.IN_MEMORY, MalformedFileException.class, sound, input -> {
            if (Json.parse("text", input) instanceof Map<?, ?> members) {
                JsonObject object = JsonObject.of("text", members);
                object.requireOnly("format", "model", "inputs", "outputs", "type", "vocabulary", "k");
                if (object.has("vocabulary")) {
                    object.object("vocabulary").strings("tokens");
                }
            }
        });
    }

    @Test
    void damagedJsonFilesAreReadOrRefusedInOneShortLine() {
        Path file = temp.resolve("x.json");
        Mutations.check("JSON files", Mutations.THROUGH_FILES, IOException.class, List.of(bytes(DESCRIPTION)),
                input -> {
                    Files.write(file, input);
                    Json.read(file);
                });
    }

    @Test
    void damagedHeadersOfTensorsAreReadOrRefusedInOneShortLine() {
        List<TensorInfo> tensors = List.of(
                new TensorInfo("layer0.weight", ElementType.F64, 3, 2), new TensorInfo("b", ElementType.F32, 5),
                new TensorInfo("none", ElementType.I32, 0), new TensorInfo("one", ElementType.F32));
        SequencedMap<TensorInfo, StoredType> types = new LinkedHashMap<>();
        tensors.forEach(info -> types.put(info, StoredType.of(info.type())));
        byte[] header = SafetensorsHeader.write(Map.of("by", "unroll"), types);
        Mutations.check("safetensors", Mutations.IN_MEMORY, MalformedFileException.class, List.of(header),
                input -> SafetensorsHeader.read("file", input, 48 + 20 + 4));
    }

    @Test
    void damagedDescriptionsOfNetworksAreReadOrRefusedInOneShortLine() {
        List<byte[]> sound = List.of(
                bytes("lstm:2x256:dropout=0.5:variational:forget=1:projection=9"), bytes("embedding:64/gru:64/tied"),
                bytes("dots:9,8,7:f=sigmoid:lp=2:maxout=2 # a comment"),
                bytes("di:5,6:bidirectional=sum/mlp:7:shortcuts"),
                bytes("gru:8:gates=4,3:learned\nrnn:8:residual:zoneout=0.1:bias=false"));
        Mutations.check("descriptions", Mutations.IN_MEMORY, IllegalArgumentException.class, sound,
                input -> ModelSpec.parse(new String(input, StandardCharsets.UTF_8), 10, 10).parameters());
    }

    @Test
    void damagedVocabulariesAreReadOrRefusedInOneShortLine() {
        List<byte[]> sound = List.of(bytes("[\"<unk>\", \"a\", \"t\", \"\\u00e9\", \"\\n\"]"));
        Mutations.check("vocabularies", Mutations.IN_MEMORY, IllegalArgumentException.class, sound,
                input -> new Vocabulary(Tokenizer.CHARS, Normalization.RAW, strings(input)).encode("aaa"));
    }

    private static List<String> strings(byte[] json) {
        try {
            return JsonObject.of("text", Collections.singletonMap("tokens", Json.parse("text", json)))
                    .strings("tokens");
        } catch (MalformedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    @Test
    void damagedModelsAreLoadedOrRefusedInOneShortLine() throws IOException {
        Path folder = temp.resolve("m");
        Vocabulary vocabulary =
                new Vocabulary(Tokenizer.CHARS, Normalization.RAW, List.of("<unk>", "a", "\u00e9", "\n"));
        try (LanguageModel model =
                new LanguageModel(NetworkBuilder.of("lstm:2x4:zoneout=0.1/mlp:3,2", 4).build(), vocabulary)) {
            model.save(folder);
        }
        for (String name : List.of("model.json", "model.safetensors")) {
            Path file = folder.resolve(name);
            byte[] sound = Files.readAllBytes(file);
            Mutations.check(name, Mutations.THROUGH_FILES, IOException.class, List.of(sound), input -> {
                Files.write(file, input);
                LanguageModel.load(folder, WorkerPool.caller()).close();
            });
            Files.write(file, sound);
        }
        LanguageModel.load(folder, WorkerPool.caller()).close(); // the sound one is still taken
    }
}
