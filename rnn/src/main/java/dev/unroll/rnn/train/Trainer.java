package dev.unroll.rnn.train;

import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.parallel.Exchange;
import dev.unroll.rnn.parallel.ShardTree;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.IntFunction;

/**
 * Trains a network for a task: truncated backpropagation through time, with the state carried from batch to batch.
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
 *
 * <p>One thread at a time may use it, and another one is refused.
 */
public final class Trainer implements Resumable, AutoCloseable {
    private static final String SETTINGS = "settings";
    private static final String LOSS = "loss";

    private final DeepRnn network;
    private final Task task;
    private final BatchGradients gradients;
    private final Updates updates;
    private final ScheduledRate scheduled;
    private final AveragedParameters average;
    private CarriedState state;
    private final EpochLoop loop;

    private final WorkingThread worker = new WorkingThread();
    private int accumulated = 1;
    private ShardedGradients sharded;
    private boolean hasCheckpoints;
    private long passes;

    /**
     * Makes a trainer of a language model, whose task is the next token.
     *
     * @param network remains the caller's to close
     * @param optimizer of the updates
     * @param clip of the gradients
     */
    public Trainer(DeepRnn network, Optimizer optimizer, Clip clip) {
        this(network, Task.nextToken(), optimizer, clip);
    }

    /**
     * Makes a trainer.
     *
     * @param network remains the caller's to close
     * @param task that the network is trained for
     * @param optimizer of the updates
     * @param clip of the gradients
     * @throws IllegalStateException if the weights of the network are kept as bfloat16
     */
    public Trainer(DeepRnn network, Task task, Optimizer optimizer, Clip clip) {
        Nulls.require("Trainer", "network", network);
        Nulls.require("Trainer", "task", task);
        Nulls.require("Trainer", "optimizer", optimizer);
        Nulls.require("Trainer", "clip", clip);
        network.parameters().requireTrainable("training");
        this.network = network;
        this.task = task;
        gradients = new BatchGradients(network, task);
        scheduled = new ScheduledRate(network.parameters());
        average = new AveragedParameters(network.parameters());
        updates = new Updates(network, optimizer, clip, scheduled, average);
        loop = new EpochLoop(this, network.parameters());
    }

    /**
     * {@return the mean loss of one batch before an update from it; see {@link #step(List)}}
     *
     * @param batch to learn from
     */
    public double step(Batch batch) {
        Nulls.require("Trainer.step", "batch", batch);
        return step(List.of(batch));
    }

    /**
     * Makes one update from the rows of several batches, which run one after the other, so that they may be as large as
     * memory allows. Each row counts alike, and gradients that are not zero count too. After the step gradients are zero,
     * also after one that failed.
     *
     * @param batches to learn from; one that continues begins where the one before it ended
     * @return the mean loss of all rows before the update, such as nats per token
     * @throws ArithmeticException if the loss or a gradient is not finite; the parameters are then as before
     * @throws IllegalArgumentException if there are none
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public double step(List<Batch> batches) {
        Nulls.require("Trainer.step", "batches", batches);
        if (batches.isEmpty()) {
            throw new IllegalArgumentException("a step has no batches; give it at least one");
        }
        try (var _ = hold("a training step")) {
            return worker.run(() -> stepHolding(batches));
        }
    }

    private double stepHolding(List<Batch> batches) {
        average.requireRaw("train");
        boolean updated = false;
        try {
            double rows = predicted(batches);
            double loss = sharded == null ? addGradients(batches, rows) : addShards(batches, rows);
            updates.apply();
            updated = true;
            return loss;
        } finally {
            if (!updated) { // a further try must not count them again
                network.parameters().clearGradients();
            }
        }
    }

    static double predicted(List<Batch> batches) {
        return batches.stream().mapToDouble(Batch::predicted).sum();
    }

    /** Adds the gradients of batches that have so many rows, and gives their mean loss. */
    private double addGradients(List<Batch> batches, double rows) {
        double loss = 0;
        for (Batch batch : batches) {
            double share = rows == 0 ? 1 : batch.predicted() / rows;
            loss += share * gradients.add(batch, share, state(), new BatchGradients.Place(updates.count(), passes, 0));
            passes++;
        }
        return loss;
    }

    private double addShards(List<Batch> batches, double rows) {
        var start = new ShardedGradients.Start(updates.count(), passes);
        double loss = sharded.add(batches, rows, gradients, start);
        passes += (long) batches.size() * sharded.shards();
        return loss;
    }

    private Resumable carried() {
        return sharded == null ? state() : sharded;
    }

    /** The state that is carried from batch to batch, made when it is needed first, also after a close. */
    private CarriedState state() {
        if (state == null) {
            state = network.newState();
        }
        return state;
    }

    /**
     * {@return this, with a schedule of the learning rate, which does not change by default}
     *
     * @param schedule told of every update, and of every validation of {@code fit} or {@link #validated}
     */
    public Trainer schedule(Schedule schedule) {
        Nulls.require("Trainer.schedule", "schedule", schedule);
        scheduled.follow(schedule);
        return this;
    }

    /**
     * {@return this, with Gaussian noise on all weights, but not on biases, drawn anew for every update (Graves 2011)}
     * The parameters themselves have none: an evaluation sees them as they are. By default there is none.
     *
     * @param sigma the standard deviation; 0.075 in Pascanu et al. 2014
     * @throws IllegalArgumentException if it is negative, NaN or infinite
     */
    public Trainer weightNoise(double sigma) {
        if (!(sigma >= 0) || Double.isInfinite(sigma)) {
            throw new IllegalArgumentException("the noise of the weights must be 0 or a positive number, not " + sigma);
        }
        gradients.weightNoise(sigma);
        return this;
    }

    /**
     * Keeps an exponential moving average of all parameters, {@code a = d a + (1 - d) p} after every update, with
     * {@code d = min(decay, (1 + t) / (10 + t))} after t updates, as TensorFlow's {@code ExponentialMovingAverage}. By
     * default there is none.
     *
     * <p>The training has the same bits with and without it. While {@code fit} validates and tells listeners of an epoch the
     * network has the averages, which is what an {@link EarlyStopping} keeps; {@link #averaged} does so at other times. Where
     * a schedule goes back to the best parameters the average begins anew. It takes the memory of the parameters twice.
     *
     * @param decay from 0 and less than 1, such as 0.999 for an average over about the last 1,000 updates
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
     * {@code try (var _ = trainer.averaged()) { network.save(folder); }}. Until then this thread holds the network, and the
     * trainer refuses to train and to save or restore its state. Without averages the network keeps what it has.
     *
     * @return to be closed by the same thread
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Averaged averaged() {
        return average.use();
    }

    /**
     * {@return this, with a number of batches that {@code fit} takes for each update, see {@link #step(List)}}
     *
     * @param batches 1 by default
     * @throws IllegalArgumentException if it is less than 1
     */
    public Trainer accumulate(int batches) {
        if (batches < 1) {
            throw new IllegalArgumentException("an update needs at least 1 batch, not " + batches);
        }
        accumulated = batches;
        return this;
    }

    /**
     * Recomputes the activations of long batches instead of keeping them (gradient checkpointing), in segments of about
     * the square root of a batch's steps. See {@link #recompute(int)}.
     *
     * @return this
     * @throws IllegalArgumentException as of {@link #recompute(int)}
     */
    public Trainer recompute() {
        return segmented(Segmentation.ofSquareRoot(true));
    }

    /**
     * Recomputes the activations of long batches instead of keeping them (gradient checkpointing): only the states between
     * segments are kept, and every segment runs a second time when its gradients are computed. Gradients flow through all
     * steps of a batch as without it, and are equal to rounding.
     *
     * <p>For T steps in segments of S it takes the memory of the activations of S steps and of T / S states, and the time of
     * a step and a third. The length of a segment is a setting of the training: it changes the order of sums, and the masks
     * of dropout. A training with it has the same bits as one with {@link #segments} of the same length.
     *
     * <p>It is for networks without a bidirectional layer, and a readout of every step; or of the last one where all
     * sequences of a batch are equally long.
     *
     * @param steps of a segment; batches of no more steps are trained on as a whole
     * @return this
     * @throws IllegalArgumentException if steps is less than 1, a layer looks ahead, or the readout is another one
     */
    public Trainer recompute(int steps) {
        return segmented(Segmentation.of(steps, true));
    }

    /**
     * Limits the steps whose weight gradients wait to be summed in one product, without recomputing anything: a training
     * has the same bits as one with {@link #recompute(int)}, in less time and more memory, and one can be resumed as the
     * other.
     *
     * @param steps of a segment; batches of no more steps are trained on as a whole
     * @return this
     * @throws IllegalArgumentException as of {@link #recompute(int)}
     */
    public Trainer segments(int steps) {
        return segmented(Segmentation.of(steps, false));
    }

    /**
     * Sets segments of about the square root of a batch's steps, as of {@link #recompute()}, without recomputing anything.
     * See {@link #segments(int)}.
     *
     * @return this
     * @throws IllegalArgumentException as of {@link #recompute(int)}
     */
    public Trainer segments() {
        return segmented(Segmentation.ofSquareRoot(false));
    }

    private Trainer segmented(Segmentation chosen) {
        if (!network.isCausal()) {
            throw new IllegalArgumentException("this network looks ahead, as a bidirectional layer does: its sequences"
                    + " cannot be cut into segments; train it without recomputation");
        }
        if (task.readout() == Readout.MEAN || task.readout() == Readout.MAX) {
            throw new IllegalArgumentException("a readout of " + task.readout()
                    + " cannot be computed in segments; use EVERY_STEP or LAST_STEP, or train without recomputation");
        }
        gradients.segmented(chosen);
        return this;
    }

    /**
     * Cuts every batch into shards of sequences in succession, whose gradients are added in a fixed order: the training of
     * one worker for those of several, see {@link #shards(int, Exchange)}.
     *
     * @param shards of a batch, at least 1; a setting of the training, since it changes the order of sums
     * @return this
     * @throws IllegalArgumentException if there are fewer than 1 or more than {@value ShardTree#MOST}
     */
    public Trainer shards(int shards) {
        return shards(shards, Exchange.alone());
    }

    /**
     * Shares the training with other workers (synchronous data parallelism): each runs its part of the shards that every
     * batch is cut into, and all make the same updates from the sum of all gradients. The result has the same bits for any
     * number of workers that divides the number of shards, also for one.
     *
     * <p>Every worker makes a trainer of an equal network, with the same settings, trains on the same whole batches, and
     * validates on its own. Before the first update all settings are compared, and the parameters then and after every 100
     * updates. The state of a sequence stays with the worker that has its shard.
     *
     * <p>A worker runs its shards together as one batch, and sums the gradients of each apart. Where the network draws random
     * numbers, has layer normalization or user-defined layers, or the sequences of a batch have different lengths, its shards
     * run one after the other, which takes more time per sequence the fewer sequences they have.
     *
     * <p>Where a worker fails, its exchange is closed, and the steps of all others end with an {@link
     * dev.unroll.rnn.parallel.ExchangeException}; {@link Checkpoints} let all go on. A loss or gradient that is not finite is
     * an exception in all of them.
     *
     * @param shards of a batch; a setting of the training, since it changes the order of sums
     * @param exchange of this worker, closed by the caller
     * @return this
     * @throws IllegalArgumentException if there are fewer than 1 or more than {@value ShardTree#MOST}, or the number of
     *     workers does not divide it
     * @throws IllegalStateException if there are {@link Checkpoints} of this trainer already
     */
    public Trainer shards(int shards, Exchange exchange) {
        Nulls.require("Trainer.shards", "exchange", exchange);
        if (hasCheckpoints) {
            throw new IllegalStateException("there are Checkpoints of this trainer already, which depend on the worker;"
                    + " choose the shards before Checkpoints.in");
        }
        ShardedGradients chosen = new ShardedGradients(network, shards, exchange, this::settings);
        if (sharded != null) {
            sharded.close();
        }
        sharded = chosen;
        return this;
    }

    /** The number of this worker, from 0. */
    int worker() {
        return sharded == null ? 0 : sharded.worker();
    }

    /** How many workers share this training. */
    int workers() {
        return sharded == null ? 1 : sharded.workers();
    }

    /** Lets worker 0 have what it saves; all workers call it after the same update. */
    void gatherState() {
        if (sharded != null) {
            sharded.gatherStates(updates.count());
        }
    }

    /** Whether the training is to end, in all workers as soon as one wishes so. */
    boolean isToEnd(boolean isWished) {
        return sharded == null ? isWished : sharded.anyWishes("whether to end", isWished);
    }

    /** From now on the number of this worker must not change. */
    void beginCheckpoints() {
        hasCheckpoints = true;
    }

    /**
     * {@return this, with a seed of everything that is random in training}
     *
     * @param seed any number; 0 by default
     */
    public Trainer seed(long seed) {
        gradients.seed(seed);
        return this;
    }

    /**
     * {@return this, with a factor of the learning rate of the steps that follow, besides that of the schedule}
     *
     * @param factor 1 by default; a listener may change it after any step or epoch
     * @throws IllegalArgumentException if it is negative, NaN or infinite
     */
    public Trainer learningRateMultiplier(double factor) {
        if (!(factor >= 0) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("the factor of the rate must be 0 or a positive number, not " + factor);
        }
        updates.multiplyRate(factor);
        return this;
    }

    /**
     * Tells the schedule the result of a validation, which may bring back the best parameters. {@code fit} does so after
     * every epoch.
     *
     * @param figure such as nats per token: the lower the better
     * @throws ArithmeticException if it is NaN
     * @throws IllegalStateException if the network has the {@linkplain #averaged averages} of its parameters
     */
    public void validated(double figure) {
        try (var _ = network.reserve("a validation")) {
            average.requireRaw("tell the schedule of a validation");
            if (scheduled.validated(updates.count(), figure)) {
                average.restart();
            }
        }
    }

    /**
     * {@return the reports of {@link #fit(int, IntFunction, DoubleSupplier, TrainingListener)} without validation}
     *
     * @param epochs number of epochs, those before a checkpoint included
     * @param batches of epoch 0, 1, ...; a function of that number alone
     * @param listener told of every step and epoch
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
        Nulls.require("Trainer.fit", "validation", validation);
        return fitReserved(epochs, batches, validation, listener);
    }

    private List<EpochReport> fitReserved(
            int epochs, IntFunction<List<Batch>> batches, DoubleSupplier validationOrNull, TrainingListener listener) {
        Nulls.require("Trainer.fit", "batches", batches);
        Nulls.require("Trainer.fit", "listener", listener);
        try (var _ = hold("a training")) {
            return worker.run(() -> loop.run(epochs, batches, validationOrNull, listener));
        }
    }

    /** {@return the number of updates made, those before a checkpoint included} */
    public long updates() {
        return updates.count();
    }

    int batchesPerUpdate() {
        return accumulated;
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = updates.settings();
        settings.put("seed", gradients.seed());
        settings.put("weight noise", gradients.weightNoise());
        settings.put("batches per update", accumulated);
        if (gradients.segmentationOrNull() != null) {
            settings.put("steps of a segment", gradients.segmentationOrNull().setting());
        }
        if (sharded != null) {
            settings.put("shards", sharded.shards());
        }
        settings.put("readout", task.readout().name());
        settings.put(LOSS, task.loss().name());
        return settings;
    }

    /**
     * Saves everything that the next update depends on, of a training that workers share only by {@link Checkpoints}: parameters, averages, the state of optimizer and schedule, the
     * carried state, the counters of random numbers, and how far {@code fit} has come.
     */
    @Override
    public void saveState(StateWriter checkpoint) {
        if (!loop.isSettled()) {
            throw new IllegalStateException(
                    "an epoch has ended and its validation was not told to the schedule yet; save"
                            + " the state of a training in onSettled or after fit, not in onEpoch");
        }
        average.requireRaw("save the state of a training");
        if (sharded != null) {
            sharded.requireStatesOfAll(updates.count());
        }
        checkpoint.put(SETTINGS, settings()).put("passes", passes);
        updates.saveState(checkpoint);
        carried().saveState(checkpoint.part("carried"));
        loop.course().saveState(checkpoint.part("course"));
    }

    /**
     * Restores the state of a trainer with the same settings. Losses are compared by their {@linkplain
     * dev.unroll.rnn.model.Loss#name() names}. After any other exception than that of settings this trainer and its network must not be used any more.
     *
     * @throws IllegalArgumentException if settings or layers differ; the message names which, and nothing has changed
     */
    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        average.requireRaw("restore the state of a training");
        Map<String, Object> there = checkpoint.values().object(SETTINGS).values();
        Set<String> mayDiffer = there.containsKey(LOSS) ? Set.of() : Set.of(LOSS); // earlier versions did not name it
        Differences.check(checkpoint.source(), there, settings(), mayDiffer);
        updates.restoreState(checkpoint);
        carried().restoreState(checkpoint.part("carried"));
        loop.course().restoreState(checkpoint.part("course"));
        passes = checkpoint.values().integer("passes");
    }

    /**
     * Returns the memory of the carried state, of the best parameters that a schedule would go back to, and of averages; a
     * step after this begins new sequences and a new average.
     *
     * @throws IllegalStateException if another thread trains with it; nothing is closed then
     */
    @Override
    public void close() {
        worker.requireNoOther();
        average.close(); // refused while another thread has the averages in the network, before anything is closed
        if (state != null) {
            state.close();
            state = null;
        }
        if (sharded != null) {
            sharded.close();
            sharded = new ShardedGradients(network, sharded.shards(), sharded.exchange(), this::settings);
        }
        scheduled.close();
    }

    Workspace.Hold hold(String work) {
        return network.reserve(work);
    }
}
