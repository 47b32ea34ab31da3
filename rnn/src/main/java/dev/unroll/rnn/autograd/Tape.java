package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Records calls of ops as they run, and runs them backward for gradients.
 *
 * <p>All its memory is taken from a workspace: take a mark before and return to it after the gradients were used. A tape
 * belongs to one thread; kernels share their work over its pool, and the number of threads changes no bit.
 */
public final class Tape {
    /** As a power of two: more than any network draws in one update. */
    private static final int STREAMS_OF_AN_UPDATE = 24;

    private final Workspace workspace;
    private final ElementType type;
    private final WorkerPool pool;
    private final boolean recording;
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

    /**
     * Whether dropout takes place.
     *
     * @return true after {@link #training}
     */
    public boolean isTraining() {
        return training;
    }

    /**
     * The seed of what is random.
     *
     * @return what {@link #training} was given
     */
    public long seed() {
        return seed;
    }

    /**
     * A stream of random numbers that no other call on this tape has.
     *
     * @return its number
     */
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

    /**
     * Zeros as an input.
     *
     * @param rows of it
     * @param columns of it
     * @return a constant {@code [rows, columns]}
     */
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
            throw new IllegalStateException("a time loop inside a time loop; run one after the other");
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
            throw new IllegalArgumentException("all steps have " + rows + " rows, but what was given as the last step's"
                    + " are rows " + first + " to " + end + "; give an output of the step that ran last, all of it");
        }
        return new Variable(lastStep.storage(), lastStep.part().allRows(), lastStep.needsGradient());
    }

    /**
     * {@code a + b}.
     *
     * @param a any matrix
     * @param b of the same shape
     * @return of the same shape
     */
    public Variable add(Variable a, Variable b) {
        return apply(Ops.ADD, a, b)[0];
    }

    /**
     * {@code a b}, element by element.
     *
     * @param a any matrix
     * @param b of the same shape
     * @return of the same shape
     */
    public Variable multiply(Variable a, Variable b) {
        return apply(Ops.MULTIPLY, a, b)[0];
    }

    /**
     * {@code alpha a + beta b}.
     *
     * @param alpha any number
     * @param a any matrix
     * @param beta any number
     * @param b of the same shape
     * @return of the same shape
     */
    public Variable combine(double alpha, Variable a, double beta, Variable b) {
        return apply(Ops.combine(alpha, beta), a, b)[0];
    }

    /**
     * Adds a row to every row.
     *
     * @param x {@code [m, n]}
     * @param row {@code [n]}
     * @return {@code [m, n]}
     */
    public Variable addRow(Variable x, Variable row) {
        return apply(Ops.ADD_ROW, x, row)[0];
    }

    /**
     * The matrix product {@code x W}.
     *
     * @param x {@code [m, k]}
     * @param w {@code [k, n]}
     * @return {@code [m, n]}
     */
    public Variable matmul(Variable x, Variable w) {
        return apply(Ops.MATMUL, x, w)[0];
    }

    /**
     * The matrix product {@code x W^T}.
     *
     * @param x {@code [m, k]}
     * @param w {@code [n, k]}
     * @return {@code [m, n]}
     */
    public Variable matmulTransposed(Variable x, Variable w) {
        return apply(Ops.MATMUL_TRANSPOSED, x, w)[0];
    }

    /**
     * {@code x W + b}.
     *
     * @param x {@code [m, k]}
     * @param w {@code [k, n]}
     * @param b {@code [n]}, added to every row
     * @return {@code [m, n]}
     */
    public Variable affine(Variable x, Variable w, Variable b) {
        return apply(Ops.AFFINE, x, w, b)[0];
    }

    /**
     * An element-wise nonlinearity.
     *
     * @param f which
     * @param x any matrix
     * @return of the same shape
     */
    public Variable activate(Activation f, Variable x) {
        return apply(Ops.ACTIVATE.get(f), x)[0];
    }

    /**
     * {@code 1 / (1 + e^-x)}.
     *
     * @param x any matrix
     * @return of the same shape
     */
    public Variable sigmoid(Variable x) {
        return activate(Activation.SIGMOID, x);
    }

    /**
     * {@code tanh x}.
     *
     * @param x any matrix
     * @return of the same shape
     */
    public Variable tanh(Variable x) {
        return activate(Activation.TANH, x);
    }

    /**
     * Rows of a table.
     *
     * @param ids {@code [m]} of I32
     * @param table {@code [v, n]}
     * @return {@code [m, n]}
     */
    public Variable lookup(Variable ids, Variable table) {
        return apply(Ops.LOOKUP, ids, table)[0];
    }

    /**
     * Adds rows to those of a table.
     *
     * @param ids {@code [m]} of I32
     * @param x {@code [m, n]}
     * @param base {@code [v, n]}
     * @return base with every row of x added to the row of its id
     */
    public Variable scatterAdd(Variable ids, Variable x, Variable base) {
        return apply(RowOps.SCATTER_ADD, ids, x, base)[0];
    }

    /**
     * Every row times a number of its own.
     *
     * @param x {@code [m, n]}
     * @param factors one a row
     * @return {@code [m, n]}
     */
    public Variable scaleRows(Variable x, double... factors) {
        Variable matrix = zeros(x.value().rows(), x.value().columns());
        Tensor rows = matrix.value();
        for (int i = 0; i < factors.length; i++) {
            for (long j = 0; j < rows.columns(); j++) {
                rows.set(i, j, factors[i]);
            }
        }
        return multiply(x, matrix);
    }

    /**
     * Rows of one matrix or of another.
     *
     * @param mask {@code [m]} of I32, 1 for a row of a and 0 for one of b
     * @param a {@code [m, n]}
     * @param b {@code [m, n]}
     * @return {@code [m, n]}
     */
    public Variable selectRows(Variable mask, Variable a, Variable b) {
        return apply(RowOps.SELECT_ROWS, mask, a, b)[0];
    }

    /**
     * Matrices side by side.
     *
     * @param a {@code [m, n]}
     * @param b {@code [m, k]}
     * @return {@code [m, n + k]}
     */
    public Variable concat(Variable a, Variable b) {
        return apply(RowOps.CONCAT, a, b)[0];
    }

    /**
     * A step of a simple recurrent network, {@code h' = f(p + h W)}.
     *
     * @param f which nonlinearity
     * @param p {@code [b, n]}, the input's part with the bias
     * @param h {@code [b, m]}
     * @param w {@code [m, n]}
     * @return {@code h'}, {@code [b, n]}
     * @throws IllegalArgumentException if the nonlinearity is not one of all real numbers
     */
    public Variable rnn(Activation f, Variable p, Variable h, Variable w) {
        if (!Ops.RNN.containsKey(f)) {
            throw new IllegalArgumentException("rnn: " + f + " is not defined below 0; use one of " + Ops.RNN.keySet());
        }
        return apply(Ops.RNN.get(f), p, h, w)[0];
    }

    /**
     * A step with two products, {@code h' = f(p + z W + h S)}.
     *
     * @param f which nonlinearity
     * @param p {@code [b, n]}, the input's part with the bias
     * @param z {@code [b, k]}
     * @param w {@code [k, n]}
     * @param h {@code [b, m]}
     * @param s {@code [m, n]}
     * @return {@code h'}, {@code [b, n]}
     */
    public Variable rnn(Activation f, Variable p, Variable z, Variable w, Variable h, Variable s) {
        return apply(Ops.RNN_SHORTCUT.get(f), p, z, w, h, s)[0];
    }

    /**
     * A step of an LSTM; gates lie as {@code i f g o}.
     *
     * @param p {@code [b, 4n]}, the input's part with the bias
     * @param h {@code [b, m]}
     * @param c {@code [b, n]}
     * @param w {@code [m, 4n]}
     * @return {@code h'} and {@code c'}, each {@code [b, n]}
     */
    public Variable[] lstm(Variable p, Variable h, Variable c, Variable w) {
        return apply(Ops.LSTM, p, h, c, w);
    }

    /**
     * A step of an LSTM whose gates were made in another way; they lie as {@code i f g o}.
     *
     * @param p {@code [b, 4n]}, the gates before their nonlinearities
     * @param c {@code [b, n]}
     * @return {@code h'} and {@code c'}, each {@code [b, n]}
     */
    public Variable[] lstm(Variable p, Variable c) {
        return apply(Ops.LSTM_GATES, p, c);
    }

    /**
     * A step of a GRU, reset after the matrix product; gates lie as {@code r z n}.
     *
     * @param p {@code [b, 3n]}, the input's part with the bias
     * @param h {@code [b, n]}
     * @param w {@code [n, 3n]}
     * @param bias {@code [n]}, of the state's part of the candidate
     * @return {@code h'}, {@code [b, n]}
     */
    public Variable gru(Variable p, Variable h, Variable w, Variable bias) {
        return apply(Ops.GRU, p, h, w, bias)[0];
    }

    /**
     * The mean over rows of the cross-entropy of a softmax, in nats.
     *
     * @param logits {@code [m, v]}
     * @param targets {@code [m]} of I32
     * @return {@code [1, 1]}
     */
    public Variable crossEntropy(Variable logits, Variable targets) {
        return apply(LossOps.CROSS_ENTROPY, logits, targets)[0];
    }

    /**
     * The same mean over those rows only whose target is not a certain one; 0 if there are none.
     *
     * @param logits {@code [m, v]}
     * @param targets {@code [m]} of I32
     * @param ignored the target of rows that do not count, such as -1
     * @return {@code [1, 1]}
     */
    public Variable crossEntropy(Variable logits, Variable targets, int ignored) {
        return apply(LossOps.crossEntropy(ignored), logits, targets)[0];
    }

    /**
     * The same mean with a weight for every row: the sum of weighted losses over that of the weights.
     *
     * @param logits {@code [m, v]}
     * @param targets {@code [m]} of I32
     * @param ignored the target of rows that do not count, such as -1
     * @param weights {@code [m]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable crossEntropy(Variable logits, Variable targets, int ignored, Variable weights) {
        return apply(LossOps.weightedCrossEntropy(ignored), logits, targets, weights)[0];
    }

    /**
     * The mean over rows of the negative log-probability of independent bits, in nats: that of a row is the sum over its
     * columns of {@code -t log s - (1 - t) log(1 - s)} with {@code s = sigmoid(logit)}.
     *
     * @param logits {@code [m, n]}
     * @param targets {@code [m, n]}, each from 0 to 1, a constant
     * @return {@code [1, 1]}
     */
    public Variable binaryCrossEntropy(Variable logits, Variable targets) {
        return apply(LossOps.BINARY_CROSS_ENTROPY, logits, targets)[0];
    }

    /**
     * The same mean with a weight for every row, such as 0 for padding: the sum of weighted losses over that of the
     * weights.
     *
     * @param logits {@code [m, n]}
     * @param targets {@code [m, n]}, each from 0 to 1, a constant
     * @param weights {@code [m]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable binaryCrossEntropy(Variable logits, Variable targets, Variable weights) {
        return apply(LossOps.WEIGHTED_BINARY_CROSS_ENTROPY, logits, targets, weights)[0];
    }

    /**
     * The mean of all squared errors.
     *
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable squaredError(Variable x, Variable targets) {
        return apply(LossOps.SQUARED_ERROR, x, targets)[0];
    }

    /**
     * The weighted mean over rows of the mean squared error of each.
     *
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @param weights {@code [m]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable squaredError(Variable x, Variable targets, Variable weights) {
        return apply(LossOps.WEIGHTED_SQUARED_ERROR, x, targets, weights)[0];
    }

    /**
     * The mean loss of Huber.
     *
     * @param delta above 0, where the loss becomes linear
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable huber(double delta, Variable x, Variable targets) {
        return apply(LossOps.huber(delta), x, targets)[0];
    }

    /**
     * The weighted mean over rows of the mean loss of Huber of each.
     *
     * @param delta above 0, where the loss becomes linear
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @param weights {@code [m]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable huber(double delta, Variable x, Variable targets, Variable weights) {
        return apply(LossOps.weightedHuber(delta), x, targets, weights)[0];
    }

    /**
     * Dropout with a mask of its own while {@linkplain #training training}; x itself otherwise.
     *
     * @param rate the probability of becoming 0, from 0 to less than 1
     * @param x any matrix
     * @return of the same shape
     */
    public Variable dropout(double rate, Variable x) {
        return training ? dropout(rate, seed, nextStream(), x) : x;
    }

    /**
     * Dropout: elements become 0 with a probability, the others are divided by that of staying. Which ones is a function
     * of seed, stream and place alone, see {@link dev.unroll.kernels.Dropout}.
     *
     * @param rate the probability of becoming 0, from 0 to less than 1
     * @param seed of the run
     * @param stream a number of its own for every call of a run whose mask shall be another
     * @param x any matrix
     * @return of the same shape
     */
    public Variable dropout(double rate, long seed, long stream, Variable x) {
        return apply(RandomOps.dropout(rate, seed, stream), x)[0];
    }

    /**
     * Gaussian noise: a function of seed, stream and place alone, see {@link dev.unroll.kernels.Noise}.
     *
     * @param sigma the standard deviation, at least 0
     * @param seed of the run
     * @param stream a number of its own for every call of a run whose noise shall be another
     * @param x any matrix
     * @return {@code x + sigma z}, of the same shape
     */
    public Variable noise(double sigma, long seed, long stream, Variable x) {
        return apply(RandomOps.noise(sigma, seed, stream), x)[0];
    }

    /**
     * The largest of the pieces of every unit, {@code y[j] = max_i x[i n + j]}.
     *
     * @param pieces k, how many a unit has
     * @param x {@code [m, k n]}, the blocks of first pieces, of second ones, and so on
     * @return {@code [m, n]}
     */
    public Variable maxout(int pieces, Variable x) {
        return apply(UnitOps.maxout(pieces), x)[0];
    }

    /**
     * Lp units, {@code y[j] = (1/k sum_i |x[i n + j]|^p_j)^(1/p_j)}. Learned orders are {@code p = 1 + log(1 + e^rho)};
     * learned centres are the pieces' biases.
     *
     * @param pieces k, how many a unit has
     * @param x {@code [m, k n]}, the blocks of first pieces, of second ones, and so on
     * @param orders {@code p [n]}, each at least 1
     * @return {@code [m, n]}
     */
    public Variable lp(int pieces, Variable x, Variable orders) {
        return apply(UnitOps.lp(pieces), x, orders)[0];
    }

    /**
     * A step of a GRU with the reset before the matrix product, as Cho et al. 2014 have it: the candidate is
     * {@code tanh(p_n + (r h) W_n)}. Gates lie as {@code r z n}.
     *
     * @param p {@code [b, 3n]}, the input's part with the bias
     * @param h {@code [b, n]}
     * @param gateWeights {@code W_rz [n, 2n]}
     * @param weights {@code W_n [n, n]}
     * @return {@code h'}, {@code [b, n]}
     */
    public Variable resetBeforeGru(Variable p, Variable h, Variable gateWeights, Variable weights) {
        return apply(CellOps.RESET_BEFORE_GRU, p, h, gateWeights, weights)[0];
    }

    /**
     * Runs an op, and records it if a gradient will be needed.
     *
     * @param op from the table, or a user's own
     * @param inputs as the op's domain says
     * @return the op's outputs
     * @throws IllegalArgumentException if an input wants a gradient that the op has none for, such as targets
     */
    public Variable[] apply(Op op, Variable... inputs) {
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

    private void checkCanRunBackward() {
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
