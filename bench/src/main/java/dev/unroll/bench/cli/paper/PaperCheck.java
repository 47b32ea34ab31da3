package dev.unroll.bench.cli.paper;

import dev.unroll.bench.paper.RunResult;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Checks that a result is that of its model. An evaluation gives the same bits on every number of threads and at every
 * width of vectors, so the tolerance is zero; the scalar kernels round differently.
 *
 * @param result what was written
 * @param folder of the model
 */
record PaperCheck(RunResult result, Path folder) {
    /** Returns the differences from the result, one line each; empty if there are none. */
    List<String> differences(PaperData data, WorkerPool pool) throws IOException {
        if (result.failure() != null) {
            throw new IllegalStateException("the training failed and has no figures: " + result.failure());
        }
        requireModel(result, folder);
        List<String> differences = new ArrayList<>();
        try (DeepRnn network = data.load(folder, pool)) {
            compare("valid", result.valid(), figure(network, data, data.validation()), differences);
            if (result.test() != null) {
                compare("test", result.test(), figure(network, data, data.test()), differences);
            }
            compare("weights", result.weights(), network.parameters().weights(), differences);
            compare("paper", result.paper(), result.key().paper(), differences);
            compare("unit", result.unit(), result.key().task().measure().key(), differences);
            compare("spec", result.spec(), network.spec().text(), differences);
        }
        return differences;
    }

    private double figure(DeepRnn network, PaperData data, List<Batch> split) {
        return result.key().task().measure().of(Evaluation.of(network, data.learned(), split));
    }

    private static void compare(String name, Object written, Object computed, List<String> differences) {
        if (!Objects.equals(written, computed)) {
            differences.add(name + " is " + computed + ", not " + written);
        }
    }

    /** Refuses a folder whose model is another one than that of the result. */
    static void requireModel(RunResult result, Path folder) throws IOException {
        String there = RunResult.digest(folder);
        if (!there.equals(result.sha256())) {
            throw new IllegalStateException(folder.resolve(ModelFolder.NUMBERS) + " has the SHA-256 " + there + ", not "
                    + result.sha256() + " as the result says; give the folder of its model with --out");
        }
    }
}
