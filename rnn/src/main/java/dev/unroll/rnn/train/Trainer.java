package dev.unroll.rnn.train;

import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.DoubleSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Trains a network for a task: forward, truncated backpropagation through time, clipping, an update. The state is
 * carried from a batch to the next one that continues it.
 *
 * <pre>{@code
 * try (var trainer = new Trainer(network, task, new Sgd(0.3), Clip.norm(1))
 *         .seed(1)
 *         .weightNoise(0.075)
 *         .schedule(Schedule.inverseAfterRise(100));
 *         var best = new EarlyStopping(network.parameters()).patience(10)) {
 *     trainer.fit(200, epoch -> batches, () -> Evaluation.of(network, task, validation), best);
 *     best.restore();
 * }
 * }</pre>
 */
public final class Trainer implements Resumable, AutoCloseable {
    private static final String SETTINGS = "settings";

    private final DeepRnn network;
    private final Task task;
    private final Optimizer optimizer;
    private final Clip clip;
    private CarriedState state;
    private final ScheduledRate scheduled;
    private final AveragedParameters average;
    private final Course course = new Course();
    private boolean isSettled = true;

    /** Who is in a step or a fit, null for nobody. */
    private volatile Thread working;
    private int accumulated = 1;
    private double rate = 1;
    private double weightNoise;
    private long seed;
    private long passes;
    private long updates;

    /**
     * A trainer of language models: the next token of every step.
     *
     * @param network stays the caller's to close
     * @param optimizer of the updates
     * @param clip of the gradients
     */
    public Trainer(DeepRnn network, Optimizer optimizer, Clip clip) {
        this(network, Task.nextToken(), optimizer, clip);
    }

    /**
     * A trainer.
     *
     * @param network stays the caller's to close
     * @param task what it is trained for
     * @param optimizer of the updates
     * @param clip of the gradients
     */
    public Trainer(DeepRnn network, Task task, Optimizer optimizer, Clip clip) {
        this.network = network;
        this.task = task;
        this.optimizer = optimizer;
        this.clip = clip;
        scheduled = new ScheduledRate(network.parameters());
        average = new AveragedParameters(network.parameters());
    }

    /**
     * One update. Gradients that stand already, as of a loss that was run backward before, count with the batch's; after
     * the step they are zero, also after one that failed.
     *
     * @param batch to learn from
     * @return the mean loss of the batch before the update, such as nats a token
     * @throws ArithmeticException if the loss or a gradient is not finite; the parameters are then as before
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public double step(Batch batch) {
        return step(List.of(batch));
    }

    /**
     * One update from several batches that run one after the other, as large as memory allows: the update of all their
     * rows together, but for rounding. Each row counts alike, in whatever batch it stands. A batch that continues goes on
     * where the one before it ended.
     *
     * @param batches to learn from
     * @return the mean loss of all rows before the update, such as nats a token
     * @throws ArithmeticException if the loss or a gradient is not finite; the parameters are then as before
     * @throws IllegalArgumentException if there are none
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public double step(List<Batch> batches) {
        if (batches.isEmpty()) {
            throw new IllegalArgumentException("a step has no batches; give it at least one");
        }
        try (var _ = hold("a training step")) {
            return working(() -> stepHolding(batches));
        }
    }

    /** Does work of this thread, during which no other one can close this. */
    private <T> T working(Supplier<T> work) {
        Thread before = working;
        working = Thread.currentThread();
        try {
            return work.get();
        } finally {
            working = before;
        }
    }

    private double stepHolding(List<Batch> batches) {
        average.requireRaw("train");
        boolean updated = false;
        try {
            double rows = predicted(batches);
            double loss = 0;
            for (Batch batch : batches) {
                double share = rows == 0 ? 1 : batch.predicted() / rows;
                loss += share * addGradients(batch, share);
            }
            update();
            updated = true;
            return loss;
        } finally {
            if (!updated) { // a further try must not count them again
                network.parameters().gradients().clear();
            }
        }
    }

    private static double predicted(List<Batch> batches) {
        return batches.stream().mapToDouble(Batch::predicted).sum();
    }

    /** Adds a share of a batch's gradients, and gives all of its loss. */
    private double addGradients(Batch batch, double share) {
        CarriedState carried = state();
        carried.begin(batch);
        try (Pass pass = network.recording("a training step", carried)) {
            Tape tape = pass.tape().training(seed, passes).weightNoise(weightNoise, seed, updates);
            Variable logits = pass.run(batch, task.readout());
            Variable loss = task.loss(tape, logits, batch);
            double value = loss.value().get(0, 0);
            if (!Double.isFinite(value)) {
                throw Divergence.ofLoss(
                        value, updates + 1, logits.value(), batch, task.readout(), network.parameters());
            }
            tape.backward(loss, share);
            pass.keep();
            passes++;
            return value;
        }
    }

    /** The state that is carried from batch to batch, made when it is needed first, also after a close. */
    private CarriedState state() {
        if (state == null) {
            state = network.newState();
        }
        return state;
    }

    private void update() {
        Parameters parameters = network.parameters();
        double norm = Reductions.norm(parameters.gradients(), network.pool());
        if (!Double.isFinite(norm)) {
            throw Divergence.ofGradients(norm, updates + 1, parameters);
        }
        optimizer.update(parameters, clip.factors(norm).withRate(rate * scheduled.factor(updates)), network.pool());
        average.update(network.pool());
        updates++;
    }

    /**
     * How the rate changes; without this call it does not.
     *
     * @param schedule told of every update, and of every validation of {@link #fit} or {@link #validated}
     * @return this
     */
    public Trainer schedule(Schedule schedule) {
        scheduled.follow(schedule);
        return this;
    }

    /**
     * Gives all weights, but not the biases, Gaussian noise in every update (Graves 2011); without this call there is
     * none. It is drawn anew for each, and the parameters themselves have none: an evaluation sees them as they are.
     *
     * @param sigma the standard deviation; 0.075 in Pascanu et al. 2014
     * @return this
     * @throws IllegalArgumentException if it is negative or no number
     */
    public Trainer weightNoise(double sigma) {
        if (!(sigma >= 0) || Double.isInfinite(sigma)) {
            throw new IllegalArgumentException("the noise of the weights must be 0 or a positive number, not " + sigma);
        }
        weightNoise = sigma;
        return this;
    }

    /**
     * Keeps an exponential moving average of all parameters beside them: after every update {@code a = d a + (1 - d) p}. It
     * begins with the values after the first update. In the update after t others d is
     * {@code min(decay, (1 + t) / (10 + t))}, as in TensorFlow's {@code ExponentialMovingAverage}, so that the first values
     * do not count for long. Without this call there is no average. (Polyak and Juditsky 1992 take the plain mean.)
     *
     * <p>The training itself has the same bits with and without it. While {@link #fit} validates and tells listeners of an
     * epoch the network has the averages: they are what a {@link EarlyStopping} keeps. At all other times, also after fit, it
     * has the parameters themselves; {@link #averaged} changes that for work of one's own. Where a schedule goes back to the
     * best parameters, these are the parameters themselves too, and the average begins anew with the next update, as it
     * does when this is called again; whoever changes parameters between updates should.
     *
     * <p>It takes the memory of the parameters twice: for the averages, and for the parameters while the network has these.
     *
     * @param decay from 0 and less than 1; near 1, such as 0.999, for an average over the last 1 / (1 - decay) updates
     * @return this
     * @throws IllegalArgumentException if it is another number
     * @throws IllegalStateException if the network has the averages now
     */
    public Trainer average(double decay) {
        average.begin(decay);
        return this;
    }

    /**
     * Gives the network the averages of its parameters until the result is closed, to validate or save it:
     *
     * <pre>{@code
     * try (var _ = trainer.averaged()) {
     *     network.save(folder);
     * }
     * }</pre>
     *
     * <p>Until then this thread holds the network, and this trainer refuses to train, to be told of a validation and to save
     * or restore its state. Then the parameters are what they were before. Where there are no averages, because no update
     * was made or they were not {@linkplain #average asked for}, the network keeps what it has.
     *
     * @return to be closed by the same thread
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Averaged averaged() {
        return average.use();
    }

    /**
     * Makes {@link #fit} take several batches for each update, see {@link #step(List)}; without this call one.
     *
     * @param batches at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Trainer accumulate(int batches) {
        if (batches < 1) {
            throw new IllegalArgumentException("an update needs at least 1 batch, not " + batches);
        }
        accumulated = batches;
        return this;
    }

    /**
     * The seed of dropout and what else is random while training; without this call 0.
     *
     * @param seed any
     * @return this
     */
    public Trainer seed(long seed) {
        this.seed = seed;
        return this;
    }

    /**
     * Sets the rate of the steps that follow by hand: a listener may call it after any step or epoch.
     *
     * @param factor of the optimiser's own rate, besides that of the {@linkplain #schedule schedule}; 1 at first
     * @throws IllegalArgumentException if it is negative or no number
     */
    public void rateFactor(double factor) {
        if (!(factor >= 0) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("the factor of the rate must be 0 or a positive number, not " + factor);
        }
        rate = factor;
    }

    /**
     * Tells the schedule what a validation gave, which may bring back the parameters of the best one. {@link #fit} does so
     * after every epoch.
     *
     * @param figure such as nats a token: the lower the better
     * @throws ArithmeticException if it is NaN
     * @throws IllegalStateException if the network has the {@linkplain #averaged averages} of its parameters
     */
    public void validated(double figure) {
        try (var _ = network.reserve("a validation")) {
            average.requireRaw("tell the schedule of a validation");
            if (scheduled.validated(updates, figure)) {
                average.restart();
            }
        }
    }

    /**
     * Trains for some epochs without validation; see {@link #fit(int, IntFunction, DoubleSupplier, TrainingListener)}.
     *
     * @param epochs number of epochs, those before a checkpoint included
     * @param batches of epoch 0, 1, ...; a function of that number alone
     * @param listener told of every step and epoch
     * @return a report of every epoch that ended
     */
    public List<EpochReport> fit(int epochs, IntFunction<List<Batch>> batches, TrainingListener listener) {
        return fitReserved(epochs, batches, null, listener);
    }

    /**
     * Trains for some epochs, or continues those of a checkpoint that was {@linkplain Checkpoints#resume restored} before
     * this call. It ends early when the listener says so, and when the thread is interrupted, which it stays then: after
     * the step that is running, or in the middle of an {@link Evaluation}.
     *
     * @param epochs number of epochs, those before a checkpoint included
     * @param batches of epoch 0, 1, ...; for a training that can be resumed they must be a function of that number alone
     * @param validation measured after every epoch, the lower the better
     * @param listener told of every step and epoch
     * @return a report of every epoch that ended, those before a checkpoint included; none if this is an earlier one of
     *     several calls than that in which the checkpoint was made: it had come to its end
     * @throws ArithmeticException if the loss, a gradient or at the end of an epoch a parameter is not finite, or a
     *     validation gives NaN
     * @throws IllegalArgumentException if an epoch has no batches, or others than those of the checkpoint, or these
     *     predict nothing, or there are fewer epochs than had ended before the checkpoint
     * @throws IllegalStateException if the network is closed or another thread uses it, from the first epoch to the last
     */
    public List<EpochReport> fit(
            int epochs, IntFunction<List<Batch>> batches, DoubleSupplier validation, TrainingListener listener) {
        if (validation == null) {
            throw new IllegalArgumentException(
                    "fit: validation is null; leave the argument out to train without validation");
        }
        return fitReserved(epochs, batches, validation, listener);
    }

    private List<EpochReport> fitReserved(
            int epochs, IntFunction<List<Batch>> batches, DoubleSupplier validationOrNull, TrainingListener listener) {
        try (var _ = hold("a training")) {
            return working(() -> fitHolding(epochs, batches, validationOrNull, listener));
        }
    }

    private List<EpochReport> fitHolding(
            int epochs, IntFunction<List<Batch>> batches, DoubleSupplier validation, TrainingListener listener) {
        isSettled = true; // whatever an exception left undone: this begins anew, or where a checkpoint was made
        if (!course.begin(epochs)) {
            return List.of();
        }
        boolean isEnding = course.takeResumed() && listener.isCancelled(); // as by a patience that had come to its end
        while (!isEnding && !course.isOver()) {
            List<Batch> remaining = course.remaining(batches.apply(course.epoch()));
            isEnding = !train(remaining, listener) || !endEpoch(validation, listener);
        }
        listener.onEnd();
        return course.reports();
    }

    /** Trains on batches of one epoch; false if the training is to end before they do. */
    private boolean train(List<Batch> remaining, TrainingListener listener) {
        for (int from = 0; from < remaining.size(); from += accumulated) {
            int to = Math.min(from + accumulated, remaining.size());
            List<Batch> batches = List.copyOf(remaining.subList(from, to)); // which may be made on demand
            long start = System.nanoTime();
            double loss = step(batches);
            course.trained(batches, loss, predicted(batches), (System.nanoTime() - start) * 1e-9);
            listener.onStep(course.progress());
            listener.onSettled();
            if (isToEnd(listener)) {
                return false;
            }
        }
        return true;
    }

    /** Validates and reports an epoch; false if the training is to end. */
    private boolean endEpoch(DoubleSupplier validation, TrainingListener listener) {
        course.requirePredictions();
        Divergence.checkValues(updates, network.parameters());
        EpochReport report;
        try (var _ = averaged()) { // the listener, too, may keep what the figure is of
            OptionalDouble figure = validate(validation);
            if (figure.isEmpty()) {
                return false; // the epoch has not ended: going on from here begins with its validation
            }
            report = course.endEpoch(figure.getAsDouble());
            isSettled = false;
            listener.onEpoch(report);
        }
        if (validation != null) { // after the listener, which may keep the parameters that gave the figure
            validated(report.validation());
        }
        isSettled = true;
        listener.onSettled();
        return !isToEnd(listener);
    }

    /** The figure, NaN if nothing is validated; none if the thread was interrupted. */
    private OptionalDouble validate(DoubleSupplier validation) {
        if (validation == null) {
            return OptionalDouble.of(Double.NaN);
        }
        try {
            double figure = validation.getAsDouble();
            ScheduledRate.requireNumber(updates, figure); // to the listener NaN says that nothing was validated
            return OptionalDouble.of(figure);
        } catch (CancellationException e) {
            if (Thread.currentThread().isInterrupted()) {
                return OptionalDouble.empty();
            }
            throw e; // somebody else's
        }
    }

    private static boolean isToEnd(TrainingListener listener) {
        return listener.isCancelled() || Thread.currentThread().isInterrupted();
    }

    /**
     * How many updates were made.
     *
     * @return those before a checkpoint included
     */
    public long updates() {
        return updates;
    }

    /** The settings that must be the same where a checkpoint is made and where it is resumed. */
    private Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("network", description());
        settings.put("type", network.type().name());
        settings.put("optimizer", optimizer.description());
        settings.put("clip", clip.toString());
        settings.put("schedule", scheduled.description());
        settings.put("seed", seed);
        settings.put("weight noise", weightNoise);
        settings.put("average", average.decayOrNull());
        settings.put("batches per update", accumulated);
        settings.put("readout", task.readout().name());
        return settings;
    }

    private String description() {
        try {
            return network.spec().toString();
        } catch (IllegalStateException e) { // of layers of a user's own: their parameters are compared all the same
            return "own";
        }
    }

    /**
     * Everything that the next update depends on: parameters, the optimiser's and the schedule's state, the state that is
     * carried from batch to batch, counters of everything random, how far {@link #fit} has come; and the averages.
     */
    @Override
    public void saveState(StateWriter checkpoint) {
        if (!isSettled) {
            throw new IllegalStateException(
                    "an epoch has ended and its validation was not told to the schedule yet; save"
                            + " the state of a training in onSettled or after fit, not in onEpoch");
        }
        average.requireRaw("save the state of a training");
        checkpoint.put(SETTINGS, settings()).put("passes", passes).put("updates", updates).put("rate", rate);
        network.parameters().saveState(checkpoint.part("network"));
        optimizer.saveState(network.parameters(), checkpoint.part("optimizer"));
        scheduled.saveState(checkpoint.part("schedule"));
        state().saveState(checkpoint.part("carried"));
        course.saveState(checkpoint.part("course"));
        if (average.isOn()) {
            average.saveState(checkpoint.part("average"));
        }
    }

    /**
     * Takes over what a trainer with the same settings of a network of the same layers had come to. A loss of one's own
     * cannot be compared. After any other exception than that of settings this trainer and its network are not to be used
     * any more.
     *
     * @throws IllegalArgumentException if the settings or the layers are others; the message names which, and nothing has
     *     changed
     */
    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        average.requireRaw("restore the state of a training");
        Differences.check(checkpoint.source(), checkpoint.values().object(SETTINGS).values(), settings(), Set.of());
        network.parameters().restoreState(checkpoint.part("network"));
        optimizer.restoreState(network.parameters(), checkpoint.part("optimizer"));
        scheduled.restoreState(checkpoint.part("schedule"));
        state().restoreState(checkpoint.part("carried"));
        course.restoreState(checkpoint.part("course"));
        if (average.isOn()) {
            average.restoreState(checkpoint.part("average"));
        }
        passes = checkpoint.values().integer("passes");
        updates = checkpoint.values().integer("updates");
        rate = checkpoint.number("rate");
    }

    /**
     * Returns the memory of the carried state, of the best parameters that a schedule would go back to, and of averages; a
     * step after this begins new sequences and a new average.
     *
     * @throws IllegalStateException if another thread trains with it; nothing is closed then
     */
    @Override
    public void close() {
        Thread other = working;
        if (other != null && other != Thread.currentThread()) {
            throw new IllegalStateException(
                    "thread " + other.getName() + " trains with this trainer; close it when its step"
                            + " or its fit has returned");
        }
        average.close(); // refused while another thread has the averages in the network, before anything is closed
        if (state != null) {
            state.close();
            state = null;
        }
        scheduled.close();
    }

    /** Nobody else trains, or uses the network, until this is closed. */
    Workspace.Hold hold(String work) {
        return network.reserve(work);
    }
}
