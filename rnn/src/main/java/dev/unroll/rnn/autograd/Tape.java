package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Records calls of ops as they run, and runs them backward for gradients.
 *
 * <p>All its memory is taken from a workspace: take a mark before and return to it after the gradients were used. A tape
 * belongs to one thread; kernels share their work over its pool, and the number of threads changes no bit.
 */
public final class Tape {
    private final Workspace workspace;
    private final ElementType type;
    private final WorkerPool pool;
    private final boolean recording;
    private final List<Call> calls = new ArrayList<>();
    private final WeightGradients weightGradients = new WeightGradients();
    private StepMemory stepMemory;
    private boolean ranBackward;

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
     * An input that gets no gradient: data, ids, targets, the first state.
     *
     * @param value of any type
     * @return a variable over the same memory
     */
    public Variable constant(Tensor value) {
        return new Leaf(new Storage(value, null), false);
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
        return new Variable(whole.storage(), whole.from() + from, count, whole.needsGradient());
    }

    /**
     * Runs the steps of a time loop. Every step must apply the same ops to the same shapes; their outputs lie in memory
     * step after step, so that {@link #allSteps} can give them as one matrix.
     *
     * @param steps how many
     * @param step called with 0, 1, ..., steps - 1
     */
    public void unroll(int steps, IntConsumer step) {
        if (stepMemory != null) {
            throw new IllegalStateException("a time loop inside a time loop; run one after the other");
        }
        stepMemory = new StepMemory(steps, this::allocate);
        try {
            for (int t = 0; t < steps; t++) {
                stepMemory.nextStep();
                step.accept(t);
            }
            stepMemory.endStep();
        } finally {
            stepMemory = null;
        }
    }

    /**
     * The outputs that one op had in all steps of a time loop.
     *
     * @param lastStep that output of the last step
     * @return {@code [steps * rows, columns]}, in the order of the steps
     * @throws IllegalArgumentException if it is an output of an earlier step, or only the first rows of one
     */
    public Variable allSteps(Variable lastStep) {
        long rows = lastStep.storage().values().rows();
        long end = lastStep.from() + lastStep.value().rows();
        if (end != rows) {
            throw new IllegalArgumentException("all steps have " + rows + " rows, but what was given as the last step's"
                    + " ends at row " + end + "; give an output of the last step, all of it");
        }
        return new Variable(lastStep.storage(), 0, rows, lastStep.needsGradient());
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
     * A step of a simple recurrent network, {@code h' = f(p + h W)}.
     *
     * @param f which nonlinearity
     * @param p {@code [b, n]}, the input's part with the bias
     * @param h {@code [b, n]}
     * @param w {@code [n, n]}
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
     * A step of an LSTM; gates lie as {@code i f g o}.
     *
     * @param p {@code [b, 4n]}, the input's part with the bias
     * @param h {@code [b, n]}
     * @param c {@code [b, n]}
     * @param w {@code [n, 4n]}
     * @return {@code h'} and {@code c'}, each {@code [b, n]}
     */
    public Variable[] lstm(Variable p, Variable h, Variable c, Variable w) {
        return apply(Ops.LSTM, p, h, c, w);
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
