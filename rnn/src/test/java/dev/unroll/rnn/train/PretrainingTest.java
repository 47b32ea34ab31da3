package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Deep networks that begin with a part that was trained on its own (Pascanu et al. 2014). */
class PretrainingTest {
    private static final Batch BATCH = Music.batch(Music.BITS, 1, false, 7, 7);

    private static Trainer trainer(DeepRnn network) {
        return new Trainer(network, Music.BITS, new Sgd(1), Clip.none());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"rnn:9|srnn:2x9", "dts:9,8|dots:9,8,7"})
    void theTrainedPartIsTakenOverAndLearnsTenTimesSlower(String shallow, String deep) {
        try (DeepRnn part = Music.network(shallow);
                DeepRnn whole = Music.network(deep);
                DeepRnn even = Music.network(deep);
                Trainer first = trainer(part);
                Trainer slower = trainer(whole);
                Trainer evenly = trainer(even)) {
            first.step(BATCH);
            List<Parameter> copied = whole.parameters().copyFrom(part.parameters(), "layer0.");
            even.parameters().copyFrom(part.parameters(), "layer0.");
            copied.forEach(parameter -> parameter.learningRateMultiplier(0.1));
            assertEquals(part.parameters().list().subList(0, copied.size()).stream().map(Parameter::name).toList(),
                    copied.stream().map(Parameter::name).toList());
            slower.step(BATCH);
            evenly.step(BATCH);
            for (int p = 0; p < whole.parameters().list().size(); p++) {
                Parameter own = whole.parameters().list().get(p);
                double[] ofEven = even.parameters().list().get(p).value().toDoubles();
                if (p < copied.size()) {
                    double[] start = part.parameters().list().get(p).value().toDoubles();
                    assertTenth(start, ofEven, own.value().toDoubles());
                } else {
                    assertArrayEquals(ofEven, own.value().toDoubles(), own.name());
                }
            }
        }
    }

    private static void assertTenth(double[] start, double[] full, double[] tenth) {
        for (int i = 0; i < start.length; i++) {
            assertTrue(full[i] != start[i], "the gradient must not be zero");
            assertEquals(start[i] + 0.1 * (full[i] - start[i]), tenth[i], 1e-15,
                    "a rounding or two of weights below 1");
        }
    }

    @Test
    void aSavedModelIsTheBeginningOfALargerOne(@TempDir Path temp) throws IOException {
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "abcdef");
        int size = vocabulary.size();
        try (DeepRnn network = NetworkBuilder.of("rnn:9", size).seed(1).pool(WorkerPool.caller()).build()) {
            new LanguageModel(network, vocabulary).save(temp.resolve("m"));
        }
        try (LanguageModel saved = LanguageModel.load(temp.resolve("m"), WorkerPool.caller());
                DeepRnn deep = NetworkBuilder.of("srnn:3x9", size).pool(WorkerPool.caller()).build()) {
            List<Parameter> copied = deep.parameters().copyFrom(saved.network().parameters(), "layer0.");
            assertEquals(3, copied.size());
            for (int p = 0; p < 3; p++) {
                float[] expected = saved.network().parameters().list().get(p).value().toFloats();
                assertArrayEquals(expected, copied.get(p).value().toFloats());
            }
        }
    }

    @Test
    void aPartOfAnotherSizeIsRefused() {
        try (DeepRnn part = Music.network("rnn:9");
                DeepRnn whole = Music.network("srnn:2x8")) {
            Exception e = assertThrows(
                    IllegalArgumentException.class,
                    () -> whole.parameters().copyFrom(part.parameters(), "layer0."));
            assertTrue(e.getMessage().contains("layer0.recurrent is F64[9, 9], but layer0.recurrent is F64[8, 8]"),
                    e.getMessage());
        }
    }
}
