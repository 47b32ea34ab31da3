package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.music.MusicSampler;
import dev.unroll.bench.report.LossMeasure;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Sequences;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.Task;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A model of polyphonic music, which predicts the notes of the next frame, each by itself. The test split is left
 * alone: {@code unroll eval --split test} reads it.
 *
 * @param network what is trained
 * @param pieces what it learns from, and what is held out
 * @param settings of the batches
 */
public record MusicSubject(DeepRnn network, PianoRolls pieces, Settings settings) implements TrainingSubject {
    /** Predicts the notes of the next frame. */
    public static final Task TASK = Task.everyStep(Loss.bernoulli());

    /** Refuses a network that sees what it is to predict. */
    public MusicSubject {
        MusicSampler.requireMusic(network);
    }

    @Override
    public Task task() {
        return TASK;
    }

    @Override
    public LossMeasure measure() {
        return LossMeasure.NATS_PER_FRAME;
    }

    @Override
    public String data() {
        return pieces.train().size() + " pieces, " + pieces.validation().size() + " held out";
    }

    @Override
    public Map<String, Object> facts() {
        return Map.of(); // the batches are all there is
    }

    @Override
    public List<Batch> batches(int epoch, RandomGenerator random) {
        return new Sequences(pieces.train()).nextFrame(settings.batch(), settings.steps(), random);
    }

    @Override
    public List<Batch> validation() {
        return evaluation(new Sequences(pieces.validation()));
    }

    /** All frames of all pieces but the first of each; many pieces at once, for speed. */
    public static List<Batch> evaluation(Sequences pieces) {
        return pieces.nextFrame(32, 100);
    }

    @Override
    public void save(Path folder) throws IOException {
        network.save(folder);
    }

    @Override
    public void requireSavable(Path folder) throws IOException {
        network.requireSavable(folder);
    }

    @Override
    public void tell(PrintWriter out, Map<String, Object> results) {
        // the figures are all there is
    }
}
