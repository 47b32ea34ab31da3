package dev.unroll.bench.cli.train;

import dev.unroll.bench.report.LossMeasure;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Task;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** A network to be trained by {@code unroll train}, with its data and its final report. */
public interface TrainingSubject extends AutoCloseable {
    DeepRnn network();

    Task task();

    LossMeasure measure();

    /** Returns a description of the training data for people. */
    String data();

    /** Returns the facts about the data, besides the batches, that a checkpoint must agree with. */
    Map<String, Object> facts();

    /** The batches of an epoch, from 0. */
    List<Batch> batches(int epoch, RandomGenerator random);

    /** Returns the held-out batches by which the best epoch is chosen; empty for none. */
    List<Batch> validation();

    void save(Path folder) throws IOException;

    /** Refuses a folder that {@link #save} could not use in the end. */
    void requireSavable(Path folder) throws IOException;

    /** Reports what this kind of subject has besides the figures, to a person and into the results. */
    void tell(PrintWriter out, Map<String, Object> results);

    @Override
    default void close() {
        network().close();
    }
}
