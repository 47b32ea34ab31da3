package dev.unroll.rnn.train;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import dev.unroll.rnn.train.TrainingListener.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** How far a training of epochs has come, and what its epochs gave. */
final class Course implements Resumable {
    private static final String EPOCH = "epoch";
    private static final String BATCHES = "batches";
    private static final String LOSS = "loss";
    private static final String PREDICTED = "predicted";
    private static final String TOKENS = "tokens";
    private static final String SECONDS = "seconds";
    private static final String DATA = "data";
    private static final String REPORTS = "reports";
    private static final String CALL = "call";

    /** The most epochs whose reports a checkpoint holds, the last ones: it stays small, however long a training is. */
    private static final int MOST_REPORTS = 100_000;

    private final List<EpochReport> reports = new ArrayList<>();
    private int epochs;
    private int epoch;
    private int done;
    private double loss;
    private double predicted;
    private long tokens;
    private double seconds;
    private List<Batch> batches = List.of();
    private String fingerprint;
    private boolean resumed;
    private int calls;
    private int restoredCall;

    /**
     * Begins a training of so many epochs, or goes on with the one that was restored; false if that had come after this
     * one.
     */
    boolean begin(int total) {
        calls++;
        if (resumed && calls < restoredCall) {
            return false;
        }
        if (!resumed) {
            clear();
        } else if (epoch > total) {
            throw new IllegalArgumentException(
                    "the checkpoint was made after " + epoch + " epochs; train for as many or"
                            + " more, not for " + total);
        }
        epochs = total;
        return true;
    }

    private void clear() {
        reports.clear();
        epoch = 0;
        done = 0;
        loss = 0;
        predicted = 0;
        tokens = 0;
        seconds = 0;
        batches = List.of();
        fingerprint = null;
    }

    /** Whether this goes on where another process ended; false from the next call on. */
    boolean takeResumed() {
        boolean was = resumed;
        resumed = false;
        return was;
    }

    boolean isOver() {
        return epoch >= epochs;
    }

    /** The epoch that is under way or comes next, from 0. */
    int epoch() {
        return epoch;
    }

    List<EpochReport> reports() {
        return new ArrayList<>(reports);
    }

    /**
     * The batches of the epoch that are still to be trained on.
     *
     * @throws IllegalArgumentException if there are no batches, or others than when the epoch began
     */
    List<Batch> remaining(List<Batch> all) {
        if (all.isEmpty()) {
            throw new IllegalArgumentException("epoch " + epoch + " has no batches; give it at least one");
        }
        if (fingerprint != null && !fingerprint.equals(Fingerprint.of(all))) {
            throw new IllegalArgumentException("the batches of epoch " + epoch
                    + ", counted from 0, are not those that the"
                    + " checkpoint was made with; resume with the same data, and let the batches of an epoch depend on"
                    + " nothing but its number");
        }
        batches = all;
        return all.subList(done, all.size());
    }

    void trained(List<Batch> on, double meanLoss, double rows, double time) {
        done += on.size();
        loss += meanLoss * rows;
        predicted += rows;
        seconds += time;
    }

    Progress progress() {
        return new Progress(
                epoch + 1, epochs, done, batches.size(), predicted == 0 ? 0 : loss / predicted,
                tokens + Math.round(predicted), seconds);
    }

    void requirePredictions() {
        if (predicted == 0) {
            throw new IllegalArgumentException(
                    "epoch " + epoch + " predicts nothing: every row of its batches is padding or has"
                            + " weight 0; give at least one that counts");
        }
    }

    EpochReport endEpoch(double validation) {
        Progress progress = progress();
        EpochReport report = new EpochReport(progress, validation);
        reports.add(report);
        epoch++;
        done = 0;
        loss = 0;
        predicted = 0;
        tokens = progress.tokens();
        batches = List.of();
        fingerprint = null;
        return report;
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        if (fingerprint == null && !batches.isEmpty()) {
            fingerprint = Fingerprint.of(batches);
        }
        checkpoint.put(EPOCH, epoch)
                .put(BATCHES, done)
                .put(LOSS, loss)
                .put(PREDICTED, predicted)
                .put(TOKENS, tokens)
                .put(SECONDS, seconds)
                .put(CALL, calls)
                .put(REPORTS, lastReports().stream().map(EpochReport::toJson).toList());
        if (fingerprint != null) {
            checkpoint.put(DATA, fingerprint);
        }
    }

    private List<EpochReport> lastReports() {
        return reports.subList(Math.max(0, reports.size() - MOST_REPORTS), reports.size());
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        JsonObject values = checkpoint.values();
        reports.clear();
        for (JsonObject report : values.objects(REPORTS)) {
            reports.add(EpochReport.of(report));
        }
        epoch = values.integer(EPOCH, 0, Integer.MAX_VALUE);
        done = values.integer(BATCHES, 0, Integer.MAX_VALUE);
        loss = checkpoint.number(LOSS);
        predicted = checkpoint.number(PREDICTED);
        tokens = values.integer(TOKENS);
        seconds = checkpoint.number(SECONDS);
        fingerprint = values.has(DATA) ? values.string(DATA) : null;
        batches = List.of();
        calls = 0;
        restoredCall = values.integer(CALL, 0, Integer.MAX_VALUE);
        resumed = true;
    }
}
