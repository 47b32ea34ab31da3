package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import java.io.IOException;

/**
 * Keeps the parameters that the best epoch ended with, or their {@linkplain Trainer#average averages} where the trainer
 * makes them: that of the lowest validation figure, or of the lowest training loss where nothing is validated. Plain SGD
 * with a large rate is good most of the time but not at every moment; what is used after a training should not depend on
 * the moment it ends at. A figure that is NaN is worse than every number. With some {@linkplain #patience patience} it
 * also ends a training that does not get better any more.
 *
 * <p>For the thread of the training.
 */
public final class EarlyStopping implements TrainingListener, Resumable, AutoCloseable {
    private static final String WORSE = "worse";
    private static final String REPORT = "report";

    private final ParameterSnapshot kept;
    private int patience = Integer.MAX_VALUE;
    private int worse;
    private EpochReport best;

    /**
     * A place for the parameters of a model.
     *
     * @param parameters stay the model's
     */
    public EarlyStopping(Parameters parameters) {
        Nulls.require("EarlyStopping", "parameters", parameters);
        kept = new ParameterSnapshot(parameters);
    }

    /**
     * Ends the training early, after so many epochs in a row that were not better than the best before them. Without this
     * call no training is ended.
     *
     * @param epochs at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public EarlyStopping patience(int epochs) {
        if (epochs < 1) {
            throw new IllegalArgumentException("the patience must be at least 1 epoch, not " + epochs);
        }
        patience = epochs;
        return this;
    }

    @Override
    public void onEpoch(EpochReport report) {
        if (best == null || isBetter(figure(report), figure(best))) {
            best = report;
            worse = 0;
            kept.keep();
        } else {
            worse++;
        }
    }

    @Override
    public boolean isCancelled() {
        return worse >= patience;
    }

    /** Every number is better than NaN, which is better than nothing. */
    private static boolean isBetter(double figure, double other) {
        return figure < other || Double.isNaN(other) && !Double.isNaN(figure);
    }

    private static double figure(EpochReport report) {
        return Double.isNaN(report.validation()) ? report.progress().loss() : report.validation();
    }

    /**
     * Whether an epoch has ended, whose parameters can be {@linkplain #restore() restored}.
     *
     * @return false at first
     */
    public boolean hasEpoch() {
        return best != null;
    }

    /**
     * Puts the kept parameters back into the model.
     *
     * @return the report of their epoch
     * @throws IllegalStateException if no epoch has ended, or it is closed
     */
    public EpochReport restore() {
        if (best == null) {
            throw new IllegalStateException("no epoch has ended yet; restore after the first one, see hasEpoch()");
        }
        kept.restore();
        return best;
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        checkpoint.put(WORSE, worse);
        if (best != null) {
            checkpoint.put(REPORT, best.toJson());
            kept.saveState(checkpoint);
        }
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        if (checkpoint.has(REPORT)) {
            kept.restoreState(checkpoint);
        }
        best = checkpoint.has(REPORT) ? EpochReport.of(checkpoint.values().object(REPORT)) : null;
        worse = checkpoint.values().integer(WORSE, 0, Integer.MAX_VALUE);
    }

    @Override
    public void close() {
        kept.close();
    }
}
