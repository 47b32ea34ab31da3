package dev.unroll.bench.cli;

import dev.unroll.bench.report.Measure;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Task;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** What {@code unroll train} trains: a network, what it learns from, and what is told of it in the end. */
interface Subject extends AutoCloseable {
    DeepRnn network();

    Task task();

    Measure measure();

    /** What the network learns from, for people. */
    String data();

    /** What else of the data a checkpoint is compared with, besides the batches. */
    Map<String, Object> facts();

    /** The batches of an epoch, from 0. */
    List<Batch> batches(int epoch, RandomGenerator random);

    /** What is held out, to choose the best epoch by; none if nothing is. */
    List<Batch> validation();

    void save(Path folder) throws IOException;

    /** Refuses a folder that {@link #save} could not use in the end. */
    void requireSavable(Path folder) throws IOException;

    /** What this kind of subject has to tell besides the figures, to a person and into the results. */
    void tell(PrintWriter out, Map<String, Object> results);

    @Override
    default void close() {
        network().close();
    }
}
