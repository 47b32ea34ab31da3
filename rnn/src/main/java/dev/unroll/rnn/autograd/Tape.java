package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Records calls of ops as they run, and runs them backward for gradients.
 *
 * <p>All its memory is taken from a workspace: take a mark before and return to it after the gradients were used. A tape
 * belongs to the thread that computes on it first; kernels share their work over its pool, and the number of threads
 * changes no bit.
 */
public final class Tape extends TapeOps {
    /** As a power of two: more than any network draws in one update. */
    private static final int STREAMS_OF_AN_UPDATE = 24;

    private final Workspace workspace;
    private final ElementType type;
    private final WorkerPool pool;
    private final boolean recording;
    private final AtomicReference<Thread> user = new AtomicReference<>();
    private final List<Call> calls = new ArrayList<>();
    private final WeightGradients weightGradients = new WeightGradients();
    private StepMemory stepMemory;
    private boolean ranBackward;
    private boolean training;
    private long seed;
    private long nextStream;
    private NoiseOfUpdate weightNoise;

    private Tape(Workspace workspace, ElementType type, WorkerPool pool, boolean recording) {
        if (!type.isFloating()) {
            throw new IllegalArgumentException("a tape computes in F32 or F64, not in " + type);
        }
        this.workspace = workspace;
        this.type = type;
        this.pool = pool;
        this.recording = recording;
    }

    /**
     * A tape that records, for gradients.
     *
     * @param workspace of everything that is computed
     * @param type of everything that is computed
     * @param pool to run kernels on
     * @return an empty tape
     */
    public static Tape recording(Workspace workspace, ElementType type, WorkerPool pool) {
        return new Tape(workspace, type, pool, true);
    }

    /**
     * A tape that computes values only.
     *
     * @param workspace of everything that is computed
     * @param type of everything that is computed
     * @param pool to run kernels on
     * @return an empty tape
     */
    public static Tape inference(Workspace workspace, ElementType type, WorkerPool pool) {
        return new Tape(workspace, type, pool, false);
    }

    /**
     * Makes dropout and what else is random take place, as while training; without this call it does not. Which numbers
     * are drawn is a function of the seed, the update and the order of calls alone.
     *
     * @param seed of the run
     * @param update a number of its own for every update of the run, less than 2^40
     * @return this
     */
    public Tape training(long seed, long update) {
        training = true;
        this.seed = seed;
        nextStream = firstStream(update);
        return this;
    }

    static long firstStream(long update) {
        return update << STREAMS_OF_AN_UPDATE;
    }

    /**
     * Gives all weights Gaussian noise on this tape (Graves 2011): every use of a matrix among the parameters sees the
     * same noisy one, and gradients are those at the noisy weights. The values of the parameters stay as they are, and so
     * do biases, the parameters of one dimension. To be called before anything is computed.
     *
     * @param sigma the standard deviation; 0 for none
     * @param seed of the run
     * @param update a number of its own for every update of the run, less than 2^40: tapes of one update see one noise
     * @return this
     * @throws IllegalArgumentException if sigma is negative or no number
     */
    public Tape weightNoise(double sigma, long seed, long update) {
        if (!(sigma >= 0) || Double.isInfinite(sigma)) {
            throw new IllegalArgumentException("sigma is " + sigma + "; expected a number of at least 0");
        }
        weightNoise = sigma == 0 ? null : new NoiseOfUpdate(sigma, seed, update);
        return this;
    }

    /** Null for none. */
    NoiseOfUpdate weightNoise() {
        return weightNoise;
    }

    @Override
    public boolean isTraining() {
        return training;
    }

    @Override
    public long seed() {
        return seed;
    }

    @Override
    public long nextStream() {
        return nextStream++;
    }

    /**
     * An input that gets no gradient: data, ids, targets, the first state.
     *
     * @param value of any type
     * @return a variable over the same memory
     */
    public Variable constant(Tensor value) {
        return new Leaf(new Storage(value, null), false);
    }

    /**
     * Returns data as an input.
     *
     * @param values copied to the tape's memory
     * @return a constant, ids {@code [count]} of I32 or numbers {@code [count, columns]} of the tape's type
     */
    public Variable constant(Values values) {
        return constant(values.copyTo(switch (values) {
            case Ids ids -> workspace.allocate(ElementType.I32, ids.count());
            case Frames frames -> workspace.allocate(type, frames.count(), frames.columns());
        }));
    }

    /**
     * Ids as an input.
     *
     * @param ids copied to the tape's memory
     * @return a constant {@code [m]} of I32
     */
    public Variable ids(int... ids) {
        return constant(workspace.allocate(ElementType.I32, ids.length).copyFrom(ids));
    }

    /**
     * Numbers as an input.
     *
     * @param columns of a row
     * @param values row after row, copied to the tape's memory
     * @return a constant {@code [rows, columns]} of the tape's type
     */
    public Variable matrix(int columns, float... values) {
        return constant(copy(workspace.allocate(type, values.length / columns, columns), values));
    }

    /**
     * One row of numbers as an input.
     *
     * @param values copied to the tape's memory
     * @return a constant {@code [n]} of the tape's type
     */
    public Variable row(float... values) {
        return constant(copy(workspace.allocate(type, values.length), values));
    }

    private static Tensor copy(Tensor tensor, float... values) {
        if (tensor.type() == ElementType.F32) {
            return tensor.copyFrom(values);
        }
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return tensor.copyFrom(doubles);
    }

    @Override
    public Variable zeros(long rows, long columns) {
        return constant(workspace.zeros(type, rows, columns));
    }

    /**
     * An input that gets a gradient.
     *
     * @param value of the tape's type
     * @return a variable over the same memory
     */
    public Variable variable(Tensor value) {
        return new Leaf(new Storage(value, null), true);
    }

    /**
     * A view of some rows; what flows back to it flows back to the whole.
     *
     * @param whole any variable
     * @param from the first row
     * @param count how many
     * @return {@code [count, columns]}
     */
    public Variable rows(Variable whole, long from, long count) {
        whole.value().rows(from, count); // refuses rows that are not there
        return new Variable(storageOf(whole), whole.part().rows(from, count), whole.needsGradient());
    }

    /**
     * A view of some columns; what flows back to it flows back to the whole.
     *
     * @param whole any variable
     * @param from the first column
     * @param count how many
     * @return {@code [rows, count]}
     */
    public Variable columns(Variable whole, long from, long count) {
        whole.value().columns(from, count); // refuses columns that are not there
        return new Variable(storageOf(whole), whole.part().columns(from, count), whole.needsGradient());
    }

    /**
     * Runs the steps of a time loop. Every step must apply the same ops to the same shapes; their outputs lie in memory
     * in the order of time, so that {@link #allSteps} can give them as one matrix.
     *
     * @param steps how many
     * @param step called with 0, 1, ..., steps - 1
     */
    public void unroll(int steps, IntConsumer step) {
        unroll(steps, false, step);
    }

    /**
     * Runs the steps of a time loop, forward or backward in time.
     *
     * @param steps how many
     * @param reverse whether the step is called with steps - 1, ..., 0 instead of 0, ..., steps - 1
     * @param step called with a time
     */
    public void unroll(int steps, boolean reverse, IntConsumer step) {
        if (stepMemory != null) {
            throw new IllegalStateException(
                    "unroll was called in a step of another unroll; run one time loop after the other");
        }
        stepMemory = new StepMemory(steps, reverse, this::allocate);
        try {
            for (int i = 0; i < steps; i++) {
                stepMemory.nextStep();
                step.accept(reverse ? steps - 1 - i : i);
            }
            stepMemory.endStep();
        } finally {
            stepMemory = null;
        }
    }

    /**
     * The outputs that one op had in all steps of a time loop.
     *
     * @param lastStep that output of the step that ran last
     * @return {@code [steps * rows, columns]}, in the order of time
     * @throws IllegalArgumentException if it is an output of an earlier step, or only some rows of one
     */
    public Variable allSteps(Variable lastStep) {
        long rows = lastStep.storage().values().rows();
        long first = lastStep.part().firstRow();
        long end = first + lastStep.value().rows();
        if (lastStep.storage().filledFromEnd() ? first != 0 : end != rows) {
            throw new IllegalArgumentException("allSteps needs the whole output of the step that ran last, not rows "
                    + first + " to " + end + " of the " + rows + " rows of all steps; give what its op returned");
        }
        return new Variable(lastStep.storage(), lastStep.part().allRows(), lastStep.needsGradient());
    }

    @Override
    public Variable[] apply(Op op, Variable... inputs) {
        checkThread();
        for (int i = 0; i < Math.min(inputs.length, op.domain().size()); i++) {
            if (inputs[i].needsGradient() && !op.domain().get(i).values().hasGradient()) {
                throw new IllegalArgumentException("op " + op + " has no gradient for its input " + i + ", "
                        + inputs[i].value() + "; give it as tape.constant(...)");
            }
        }
        Call call = new Call(this, op, inputs);
        Variable[] outputs = call.forward();
        if (recording && call.needsGradient()) {
            calls.add(call);
        }
        return outputs;
    }

    /**
     * Runs everything backward from a loss, once.
     *
     * @param loss one number computed on this tape
     * @throws IllegalStateException if this tape records nothing or ran backward before
     */
    public void backward(Variable loss) {
        if (loss.value().size() != 1) {
            throw new IllegalArgumentException("a loss is one number, not " + loss.value() + "; for other outputs give"
                    + " backward(output, gradient) the gradient to start from");
        }
        checkCanRunBackward();
        gradientOf(loss).set(0, 0, 1 + gradientOf(loss).get(0, 0));
        run();
    }

    /**
     * Runs everything backward from a share of a loss, once.
     *
     * @param loss one number computed on this tape
     * @param share the factor of all gradients
     * @throws IllegalStateException if this tape records nothing or ran backward before
     */
    public void backward(Variable loss, double share) {
        Tensor gradient = workspace.allocate(type, 1, 1);
        gradient.set(0, 0, share);
        backward(loss, gradient);
    }

    /**
     * Runs everything backward from an output with a gradient of the caller's, once.
     *
     * @param output computed on this tape
     * @param gradient of the same shape, added to the output's
     * @throws IllegalStateException if this tape records nothing or ran backward before
     */
    public void backward(Variable output, Tensor gradient) {
        checkCanRunBackward();
        Elementwise.axpy(1, gradient, gradientOf(output), pool);
        run();
    }

    private void checkThread() {
        Thread own = Thread.currentThread();
        Thread first = user.get();
        if (first != own && (first != null || !user.compareAndSet(null, own))) {
            throw new IllegalStateException("this tape is in use by thread " + name(user.get()) + ", so thread "
                    + name(own) + " cannot compute on it; make a tape, with a workspace, for each thread");
        }
    }

    private static String name(Thread thread) {
        return thread.getName().isEmpty() ? "#" + thread.threadId() : thread.getName();
    }

    private void checkCanRunBackward() {
        checkThread();
        if (!recording) {
            throw new IllegalStateException("this tape records nothing; use Tape.recording(...) for gradients");
        }
        if (ranBackward) {
            // What the first run left in the middle would flow back a second time.
            throw new IllegalStateException("this tape ran backward already; run the step again on a new tape, or add"
                    + " the losses up before backward");
        }
    }

    private void run() {
        ranBackward = true;
        for (int i = calls.size() - 1; i >= 0; i--) {
            calls.get(i).backward();
        }
        weightGradients.finish(pool, this::gradientOf);
    }

    Variable make(long rows, long columns, boolean needsGradient) {
        return stepMemory != null
                ? stepMemory.next(rows, columns, needsGradient)
                : new Variable(new Storage(allocate(rows, columns), null), needsGradient);
    }

    private Tensor allocate(long rows, long columns) {
        return workspace.allocate(type, rows, columns);
    }

    Tensor zeros(long... shape) {
        return workspace.zeros(type, shape);
    }

    /** What an op reads: of a parameter, on a tape with noise, other values than its own. */
    Tensor valueOf(Variable variable) {
        return variable.part().of(storageOf(variable).values());
    }

    private Storage storageOf(Variable variable) {
        return variable instanceof Parameter parameter ? parameter.storage(weightNoise, pool) : variable.storage();
    }

    Tensor gradientOf(Variable variable) {
        Storage storage = variable.storage();
        if (storage.gradients() == null) {
            storage.setGradients(zeros(storage.values().shape()));
        }
        return variable.gradient();
    }

    /** A leaf's gradient is needed by nobody before the end, so its products may wait and be joined. */
    void addWeightGradient(Variable weight, Tensor x, Tensor delta) {
        if (weight.isLeaf()) {
            weightGradients.add(weight, x, delta);
        } else {
            Gemm.tn(1, x, delta, 1, gradientOf(weight), pool);
        }
    }

    WorkerPool pool() {
        return pool;
    }
}
