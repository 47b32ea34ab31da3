package dev.unroll.bench.cli.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.cli.Call;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Bfloat16Test {
    private static final String TEXT = "one two three four five six seven eight nine ten ".repeat(20);

    @TempDir
    Path temp;

    private Path text() throws IOException {
        return Files.writeString(temp.resolve("text.txt"), TEXT);
    }

    private Path model() throws IOException {
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, TEXT);
        Path folder = temp.resolve("f32");
        try (LanguageModel model = new LanguageModel(
                NetworkBuilder.of("lstm:2x40", vocabulary.size()).seed(1).build(), vocabulary)) {
            model.save(folder);
        }
        return folder;
    }

    @Test
    void aConvertedModelGivesTheFiguresThatTheComparisonGave() throws IOException {
        String f32 = model().toString();
        Path bf16 = temp.resolve("bf16");
        Call compared = Call.of("eval", "--model", f32, "--data", text().toString(), "--bf16");
        assertEquals(0, compared.code(), compared.err());
        Matcher lines = Pattern
                .compile("perplexity (\\S+) over 979 tokens\\Rperplexity (\\S+) with weights in bfloat16,"
                        + " [+-]\\d\\.\\d{4}%\\Rlargest difference of an output before the last nonlinearity: (\\S+)\\R")
                .matcher(compared.out());
        assertTrue(lines.matches(), compared.out());
        double difference = Double.parseDouble(lines.group(3));
        assertTrue(difference > 1e-6 && difference < 0.1, compared.out());

        assertEquals("", Call.of("convert", "--model", f32, "--to", bf16.toString()).err());
        long full = Files.size(Path.of(f32).resolve(ModelFolder.NUMBERS));
        assertTrue(Files.size(bf16.resolve(ModelFolder.NUMBERS)) < 0.6 * full);
        Call eval = Call.of("eval", "--model", bf16.toString(), "--data", text().toString());
        assertEquals("perplexity " + lines.group(2) + " over 979 tokens", eval.out().strip());
        assertEquals(0, Call.of("sample", "--model", bf16.toString(), "--prefix", "one", "--length", "9").code());

        Call again = Call.of("eval", "--model", bf16.toString(), "--data", text().toString(), "--bf16");
        assertEquals(1, again.code());
        assertTrue(again.err().contains("in bfloat16 already"), again.err());
    }

    @Test
    void aNetworkWithoutAVocabularyIsConvertedToo() throws IOException {
        Path f64 = temp.resolve("f64");
        Path f32 = temp.resolve("f32");
        Path bf16 = temp.resolve("bf16");
        try (DeepRnn wide = NetworkBuilder.of("gru:8", 88).outputs(88).type(ElementType.F64).build();
                DeepRnn network = NetworkBuilder.of("gru:8", 88).outputs(88).build()) {
            wide.save(f64);
            network.save(f32);
        }
        assertEquals(0, Call.of("convert", "--model", f32.toString(), "--to", bf16.toString()).code());
        try (DeepRnn network = DeepRnn.load(bf16, WorkerPool.caller())) {
            assertTrue(network.parameters().isBfloat16());
        }
        Call refused = Call.of("convert", "--model", f64.toString(), "--to", temp.resolve("no").toString());
        assertEquals(1, refused.code());
        assertTrue(refused.err().contains("F64 cannot be kept as bfloat16"), refused.err());
        assertTrue(Files.notExists(temp.resolve("no")));
    }
}
