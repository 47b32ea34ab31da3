package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.train.TrainingRun.Outcome;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.LossMeasure;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code unroll train} tells in the end, to a person and as JSON.
 *
 * @param subject what was trained; its model is saved by now
 * @param outcome of the training
 * @param pool that it ran on
 * @param options of the command
 * @param chosen those that differ from the recipe
 */
record TrainingReport(TrainingSubject subject, Outcome outcome, WorkerPool pool, TrainOptions options,
        List<String> chosen) {
    private static final int LAST_EPOCHS = 10;

    void tell(PrintWriter out) throws IOException {
        requireFinite();
        Map<String, Object> results = results();
        out.println(figures());
        out.printf(Locale.ROOT, "%,.0f %s per second%n", results.get("tokens_per_second"), subject.measure().rows());
        subject.tell(out, results);
        out.flush();
        if (options.json != null) {
            JsonReport.write(options.json, results);
        }
    }

    /** A figure that is no number is no result; the model is saved all the same. */
    private void requireFinite() {
        EpochReport last = outcome.epochs().getLast();
        EpochReport kept = outcome.kept();
        requireFinite(last, "its mean loss", last.progress().loss());
        requireFinite(kept, "its mean loss", kept.progress().loss());
        if (isValidated()) {
            requireFinite(kept, "the mean loss of what was held out", kept.validation());
        }
    }

    private void requireFinite(EpochReport epoch, String name, double loss) {
        if (!Double.isFinite(subject.measure().of(loss))) {
            throw new ArithmeticException("epoch " + epoch.progress().epoch() + " has no finite "
                    + subject.measure().key() + ": " + name + " was " + loss + "; lower the learning rate");
        }
    }

    private boolean isValidated() {
        return !Double.isNaN(outcome.kept().validation());
    }

    private String figures() {
        LossMeasure measure = subject.measure();
        EpochReport last = outcome.epochs().getLast();
        EpochReport kept = outcome.kept();
        String training = measure.text(kept.progress().loss()) + " in training";
        return "last epoch: " + measure.text(last.progress().loss()) + " in training; kept is epoch "
                + kept.progress().epoch() + ": "
                + (isValidated()
                        ? training + ", " + measure.text(kept.validation()) + " on what was held out"
                        : training);
    }

    private Map<String, Object> results() {
        LossMeasure measure = subject.measure();
        List<EpochReport> epochs = outcome.epochs();
        EpochReport last = epochs.getLast();
        Map<String, Object> results = new LinkedHashMap<>();
        results.put("data", options.data);
        results.put("recipe", options.recipe().name().toLowerCase(Locale.ROOT));
        results.put("options", chosen);
        results.put("model", subject.network().spec().text());
        results.put(measure.key(), measure.of(last.progress().loss()));
        results.put(
                measure.keyOfMany(),
                epochs.subList(Math.max(0, epochs.size() - LAST_EPOCHS), epochs.size()).stream()
                        .map(epoch -> measure.of(epoch.progress().loss()))
                        .toList());
        if (isValidated()) {
            results.put("validation_" + measure.key(), measure.of(outcome.kept().validation()));
        }
        results.put("tokens_per_second", last.progress().tokensPerSecond());
        results.put("epochs", epochs.size());
        results.put("kept_epoch", outcome.kept().progress().epoch());
        results.put("seconds", last.progress().seconds());
        results.put("threads", pool.threads());
        results.put("simd", Kernels.describe());
        results.put("seed", options.seed);
        return results;
    }
}
