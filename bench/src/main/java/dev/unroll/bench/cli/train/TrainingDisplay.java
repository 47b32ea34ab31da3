package dev.unroll.bench.cli.train;

import dev.unroll.bench.report.LossMeasure;
import dev.unroll.rnn.train.TrainingListener;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows the progress of a training: a bar on a terminal, occasional plain lines elsewhere. */
abstract class TrainingDisplay implements TrainingListener, AutoCloseable {
    private final LossMeasure measure;
    private final BooleanSupplier cancelled;

    private TrainingDisplay(LossMeasure measure, BooleanSupplier cancelled) {
        this.measure = measure;
        this.cancelled = cancelled;
    }

    static TrainingDisplay on(PrintWriter err, LossMeasure measure, BooleanSupplier cancelled) {
        Console console = System.console();
        return console != null && console.isTerminal()
                ? new Bar(measure, cancelled)
                : inLines(err, measure, cancelled);
    }

    static TrainingDisplay inLines(PrintWriter err, LossMeasure measure, BooleanSupplier cancelled) {
        return new Lines(err, measure, cancelled);
    }

    @Override
    public boolean isCancelled() {
        return cancelled.getAsBoolean();
    }

    @Override
    public abstract void close();

    final String text(Progress progress) {
        return String.format(
                Locale.ROOT,
                "epoch %d/%d, %s, %,.0f %s/s",
                progress.epoch(),
                progress.epochs(),
                measure.text(progress.loss()),
                progress.tokensPerSecond(),
                measure.rows());
    }

    /** Formats an epoch, with its validation if there is one. */
    final String text(EpochReport report) {
        String training = text(report.progress());
        return Double.isNaN(report.validation())
                ? training
                : training + ", held out: " + measure.text(report.validation());
    }

    /** Steps done over steps in all, counted as if every epoch had as many as this one. */
    private static double share(Progress progress) {
        return (progress.epoch() - 1 + (double) progress.step() / progress.steps()) / progress.epochs();
    }

    private static final class Bar extends TrainingDisplay {
        private static final int PARTS = 10_000;

        private final ProgressBar bar;

        Bar(LossMeasure measure, BooleanSupplier cancelled) {
            super(measure, cancelled);
            bar = new ProgressBarBuilder()
                    .setTaskName("training")
                    .setInitialMax(PARTS)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(250)
                    .build();
        }

        @Override
        public void onStep(Progress progress) {
            bar.stepTo(Math.round(share(progress) * PARTS));
            bar.setExtraMessage(text(progress));
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    private static final class Lines extends TrainingDisplay {
        private static final double SECONDS_BETWEEN = 10;

        private final PrintWriter err;
        private double next;

        Lines(PrintWriter err, LossMeasure measure, BooleanSupplier cancelled) {
            super(measure, cancelled);
            this.err = err;
        }

        @Override
        public void onEpoch(EpochReport report) {
            Progress progress = report.progress();
            if (progress.seconds() >= next || progress.epoch() == progress.epochs()) {
                double left = progress.seconds() * (1 / share(progress) - 1);
                err.printf(Locale.ROOT, "%s, %.0f s left%n", text(report), left);
                err.flush();
                next = progress.seconds() + SECONDS_BETWEEN;
            }
        }

        @Override
        public void close() {
            err.flush();
        }
    }
}
