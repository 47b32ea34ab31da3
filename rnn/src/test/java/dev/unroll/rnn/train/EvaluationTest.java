package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EvaluationTest {
    static List<Task> tasks() {
        return List.of(Music.CLASSES, Music.BITS);
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void theFigureIsOneMeanOverTheRowsOfAllBatches(Task task) {
        try (DeepRnn network = Music.network("gru:9")) {
            List<Batch> batches = List.of(Music.batch(task, 1, false, 2), Music.batch(task, 2, false, 9, 1, 5));
            double[] means = batches.stream().mapToDouble(b -> Evaluation.of(network, task, List.of(b))).toArray();
            // A rounding of each mean.
            assertEquals((2 * means[0] + 15 * means[1]) / 17, Evaluation.of(network, task, batches), 1e-15);
            Batch all = Music.batch(task, 1, false, 2, 9, 1, 5);
            assertEquals(
                    Evaluation.of(network, task, List.of(all)), Evaluation.of(network, task, batches), 1e-14,
                    "but for the order of sums of 17 rows");
        }
    }

    @Test
    void statesCarryOverAsTheBatchesSay() {
        try (DeepRnn network = Music.network("lstm:9")) {
            Batch first = Music.batch(Music.BITS, 1, false, 5, 5);
            Batch next = Music.batch(Music.BITS, 3, true, 5, 5);
            Batch anew = Music.batch(Music.BITS, 3, false, 5, 5);
            double carried = Evaluation.of(network, Music.BITS, List.of(first, next));
            double cleared = Evaluation.of(network, Music.BITS, List.of(first, anew));
            assertFalse(carried == cleared, "the state must matter");
            assertEquals(cleared, Evaluation.of(network, Music.BITS, List.of(anew, first)), 1e-15, "a rounding");
        }
    }

    @Test
    void nothingIsLearnedAndNothingIsRandom() {
        List<Batch> batches = List.of(Music.batch(Music.BITS, 1, false, 5, 3));
        try (DeepRnn network = Music.network("lstm:9:dropout=0.5")) {
            double[] before = Music.values(network);
            double figure = Evaluation.of(network, Music.BITS, batches);
            assertEquals(figure, Evaluation.of(network, Music.BITS, batches));
            assertArrayEquals(before, Music.values(network));
            try (Trainer trainer = new Trainer(network, Music.BITS, new Sgd(1), Clip.none()).weightNoise(0.5)) {
                trainer.learningRateMultiplier(0);
                assertFalse(figure == trainer.step(batches), "training has dropout and noise");
            }
            assertEquals(figure, Evaluation.of(network, Music.BITS, batches), "and leaves no noise behind");
        }
    }

    @Test
    void ofATextItIsTheLogarithmOfThePerplexity() {
        String text = "some text, and then more of this text. ".repeat(4);
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, text);
        Tokens tokens = new Tokens(vocabulary.encode(text));
        DeepRnn network = NetworkBuilder.gru(vocabulary.size(), 9, 2).pool(WorkerPool.caller()).build();
        try (LanguageModel model = new LanguageModel(network, vocabulary)) {
            List<Batch> batches = tokens.sequential(1, 5); // 155 predictions, all of the text
            double figure = Evaluation.of(network, Task.nextToken(), batches);
            // Means of 5 losses in f32 against one of 155: a rounding of 6e-8 of each, which is about 3.
            assertEquals(Math.log(model.perplexity(tokens)), figure, 1e-6);
        }
    }

    @Test
    void nothingToPredictIsRefused() {
        try (DeepRnn network = Music.network("rnn:5")) {
            assertThrows(IllegalArgumentException.class, () -> Evaluation.of(network, Music.BITS, List.of()));
        }
    }
}
