package dev.unroll.rnn.train;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import dev.unroll.rnn.train.TrainingListener.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.IntFunction;

/**
 * Trains a network to predict tokens: forward, truncated backpropagation through time, clipping, an update. The state is
 * carried from a batch to the next one that continues it.
 */
public final class Trainer implements AutoCloseable {
    private final DeepRnn model;
    private final Optimizer optimizer;
    private final Clip clip;
    private CarriedState state;
    private double rate = 1;
    private long updates;

    /**
     * A trainer.
     *
     * @param model stays the caller's to close
     * @param optimizer of the updates
     * @param clip of the gradients
     */
    public Trainer(DeepRnn model, Optimizer optimizer, Clip clip) {
        this.model = model;
        this.optimizer = optimizer;
        this.clip = clip;
    }

    /**
     * One update. Gradients that stand already, as of a loss that was run backward before, count with the batch's; after
     * the step they are zero, also after one that failed.
     *
     * @param batch to learn from
     * @return the mean loss of the batch before the update, nats a token
     * @throws ArithmeticException if the loss or a gradient is not finite; the parameters are then as before
     */
    public double step(Batch batch) {
        prepareState(batch);
        try (var _ = model.hold("a training step")) {
            return stepHolding(batch);
        }
    }

    private double stepHolding(Batch batch) {
        boolean updated = false;
        try {
            double loss = update(batch);
            updated = true;
            updates++;
            return loss;
        } finally {
            if (!updated) { // a further try must not count them again
                model.parameters().gradients().clear();
            }
        }
    }

    private double update(Batch batch) {
        Parameters parameters = model.parameters();
        Tape tape = Tape.recording(model.steps(), model.type(), model.pool());
        DeepRnn.Output output = model.run(tape, ids(tape, batch.inputs()), batch.steps(), state.on(tape));
        Variable loss = tape.crossEntropy(output.logits(), ids(tape, batch.targets()));
        double value = loss.value().get(0, 0);
        checkFinite("loss", value);
        tape.backward(loss);
        double norm = Reductions.norm(parameters.gradients(), model.pool());
        checkFinite("norm of the gradients", norm);
        optimizer.update(parameters, clip.factors(norm).withRate(rate), model.pool());
        state.keep(output.last());
        return value;
    }

    private Variable ids(Tape tape, int[] ids) {
        return tape.constant(model.steps().allocate(ElementType.I32, ids.length).copyFrom(ids));
    }

    private void checkFinite(String what, double value) {
        if (!Double.isFinite(value)) {
            throw new ArithmeticException(
                    "training diverged: the " + what + " of update " + (updates + 1) + " is " + value
                            + "; lower the learning rate or clip more");
        }
    }

    private void prepareState(Batch batch) {
        if (state == null || state.batch() != batch.size()) {
            close();
            state = model.newState(batch.size());
        } else if (!batch.continues()) {
            state.clear();
        }
    }

    /**
     * Sets the rate of the steps that follow, for schedules: a listener may call it after any step or epoch.
     *
     * @param factor of the optimiser's own rate; 1 at first
     * @throws IllegalArgumentException if it is negative or no number
     */
    public void rateFactor(double factor) {
        if (!(factor >= 0) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("the factor of the rate must be 0 or a positive number, not " + factor);
        }
        rate = factor;
    }

    /**
     * Trains for some epochs.
     *
     * @param epochs how many
     * @param batches of epoch 0, 1, ...
     * @param validation measured after every epoch, or null
     * @param listener told of every step and epoch
     * @return a report of every epoch that ended
     * @throws ArithmeticException if the loss or a gradient is not finite
     * @throws IllegalArgumentException if an epoch has no batches
     */
    public List<EpochReport> fit(
            int epochs, IntFunction<List<Batch>> batches, DoubleSupplier validation, TrainingListener listener) {
        List<EpochReport> reports = new ArrayList<>();
        long tokens = 0;
        double seconds = 0;
        for (int epoch = 0; epoch < epochs; epoch++) {
            List<Batch> all = batches.apply(epoch);
            if (all.isEmpty()) {
                throw new IllegalArgumentException("epoch " + epoch + " has no batches; give it at least one");
            }
            double sum = 0;
            long count = 0;
            Progress progress = null;
            for (int i = 0; i < all.size(); i++) {
                long start = System.nanoTime();
                sum += step(all.get(i)) * all.get(i).tokens();
                seconds += (System.nanoTime() - start) * 1e-9;
                count += all.get(i).tokens();
                tokens += all.get(i).tokens();
                progress = new Progress(epoch + 1, epochs, i + 1, all.size(), sum / count, tokens, seconds);
                listener.onStep(progress);
                if (listener.isCancelled()) {
                    return reports;
                }
            }
            EpochReport report = new EpochReport(progress, validation == null ? Double.NaN : validation.getAsDouble());
            reports.add(report);
            listener.onEpoch(report);
        }
        return reports;
    }

    /** Returns the memory of the carried state; a step after this begins with zeros. */
    @Override
    public void close() {
        if (state != null) {
            state.close();
            state = null;
        }
    }
}
