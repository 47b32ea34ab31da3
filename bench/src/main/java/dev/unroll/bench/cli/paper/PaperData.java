package dev.unroll.bench.cli.paper;

import dev.unroll.bench.cli.train.MusicSubject;
import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.bench.cli.train.TextSubject;
import dev.unroll.bench.cli.train.TrainOptions.BatchOrder;
import dev.unroll.bench.cli.train.TrainingSubject;
import dev.unroll.bench.dataset.PennTreebank;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.report.LossMeasure;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Sequences;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The three splits of a task of {@code unroll paper}. */
sealed interface PaperData {
    /** The size of an input and of an output. */
    int size();

    /** The tokens there are, null for music. */
    Vocabulary vocabularyOrNull();

    /** A network that learns from the first split, and is validated on the second. */
    TrainingSubject subject(DeepRnn network, Settings settings);

    /** Returns the task that a network learns. */
    Task learned();

    /** The second split. */
    List<Batch> validation();

    /** The third split. */
    List<Batch> test();

    /** A saved network; one that was trained on other tokens is refused. */
    DeepRnn load(Path folder, WorkerPool pool) throws IOException;

    /**
     * Music.
     *
     * @param pieces of all splits
     */
    record Music(PianoRolls pieces) implements PaperData {
        @Override
        public int size() {
            return PianoRolls.NOTES;
        }

        @Override
        public Vocabulary vocabularyOrNull() {
            return null;
        }

        @Override
        public TrainingSubject subject(DeepRnn network, Settings settings) {
            return new MusicSubject(network, pieces, settings);
        }

        @Override
        public Task learned() {
            return MusicSubject.TASK;
        }

        @Override
        public List<Batch> validation() {
            return MusicSubject.evaluation(new Sequences(pieces.validation()));
        }

        @Override
        public List<Batch> test() {
            return MusicSubject.evaluation(new Sequences(pieces.test()));
        }

        @Override
        public DeepRnn load(Path folder, WorkerPool pool) throws IOException {
            return DeepRnn.load(folder, pool);
        }
    }

    /**
     * A text.
     *
     * @param corpus all splits
     * @param measure of the losses
     */
    record Text(PennTreebank corpus, LossMeasure measure) implements PaperData {
        @Override
        public int size() {
            return corpus.vocabulary().size();
        }

        @Override
        public Vocabulary vocabularyOrNull() {
            return corpus.vocabulary();
        }

        @Override
        public TrainingSubject subject(DeepRnn network, Settings settings) {
            LanguageModel model = new LanguageModel(network, corpus.vocabulary());
            return new TextSubject(
                    model, corpus, corpus.validation(), BatchOrder.SEQUENTIAL, settings, List.of(), measure);
        }

        @Override
        public Task learned() {
            return TextSubject.TASK;
        }

        @Override
        public List<Batch> validation() {
            return TextSubject.evaluation(corpus.validation());
        }

        @Override
        public List<Batch> test() {
            return TextSubject.evaluation(corpus.test());
        }

        @Override
        public DeepRnn load(Path folder, WorkerPool pool) throws IOException {
            LanguageModel model = LanguageModel.load(folder, pool);
            if (!model.vocabulary().equals(corpus.vocabulary())) {
                model.close();
                throw new IllegalArgumentException("the model in " + folder + " has another vocabulary, "
                        + model.vocabulary() + ", than this text, " + corpus.vocabulary()
                        + "; give a model of the same tokens");
            }
            return model.network();
        }
    }
}
