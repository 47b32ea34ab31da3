package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.RowWeights;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.internal.Nulls;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.LongPredicate;

/**
 * Records calls of ops, and runs them backward for gradients, in memory of a workspace: open a scope before, and close it
 * after the gradients were used. It belongs to the thread that computes on it first.
 *
 * <pre>{@code
 * try (Workspace workspace = new Workspace("example")) {
 *     Tape tape = Tape.recording(workspace, ElementType.F64, WorkerPool.common());
 *     Tensor w = workspace.zeros(ElementType.F64, 3, 1);
 *     Variable weights = tape.variable(w);
 *     Variable loss = tape.binaryCrossEntropy(tape.matmul(tape.row(1.0, 2.0, 3.0), weights), tape.row(1.0));
 *     tape.backward(loss);
 *     System.out.println(weights.gradient().get(2, 0)); // -1.5
 * }
 * }</pre>
 */
public final class Tape {
    final Recorder recorder;
    private boolean training;
    private long seed;
    private long nextStream;
    private List<Long> streamsOfSequences = new ArrayList<>();
    private int nextOfSequences;

    Tape(Recorder recorder) {
        this.recorder = recorder;
    }

    /**
     * {@return an empty tape that records, for gradients}
     * @param workspace for the memory of everything that is computed
     * @param type of everything that is computed
     * @param pool to run kernels on
     */
    public static Tape recording(Workspace workspace, ElementType type, WorkerPool pool) {
        return new Tape(new Recorder(workspace, type, pool, Recorder.Calls.WITH_GRADIENT));
    }

    /**
     * {@return an empty tape that computes values only}
     * @param workspace for the memory of everything that is computed
     * @param type of everything that is computed
     * @param pool to run kernels on
     */
    public static Tape inference(Workspace workspace, ElementType type, WorkerPool pool) {
        return new Tape(new Recorder(workspace, type, pool, Recorder.Calls.NONE));
    }

    /**
     * Enables dropout, whose masks are a function of the seed, the update and the order of calls alone.
     * @param seed of the run
     * @param update the update's number, distinct within the run and less than 2^40
     * @return this
     */
    public Tape training(long seed, long update) {
        training = true;
        this.seed = seed;
        nextStream = NoiseOfUpdate.firstStream(update);
        return this;
    }

    /**
     * Adds Gaussian noise to every use of a matrix among the parameters (Graves 2011); call it before anything else.
     * @param sigma the standard deviation, not NaN or infinite; 0 for none
     * @param seed of the run
     * @param update number less than 2^40; tapes of one update see the same noise
     * @return this
     */
    public Tape weightNoise(double sigma, long seed, long update) {
        recorder.setWeightNoise(NoiseOfUpdate.of(sigma, seed, update));
        return this;
    }

    /** {@return whether {@link #training} was called, so that dropout takes place} */
    public boolean isTraining() {
        return training;
    }

    /** {@return the seed of random ops, as given to {@link #training}} */
    public long seed() {
        return seed;
    }

    /**
     * Sums the gradients of parameters apart for several parts of the sequences that will run on this tape: call it before
     * anything else, and {@link #backward(List, List, IntConsumer)} in the end. Random ops, and those whose sums over the
     * parts cannot be told apart, are refused by a RuntimeException, now or in backward, which has changed no gradient.
     * @param parts of the same sequences, all of equal length
     * @return this
     */
    public Tape parts(List<SequencePart> parts) {
        recorder.setParts(List.copyOf(Nulls.require("Tape.parts", "parts", parts)));
        return this;
    }

    /**
     * {@return whether a number of rows has a property, by which a layer chooses among ways to compute the same; of
     * {@linkplain #parts parts}, as a tape of one part alone would choose}
     * @param x ids {@code [m]}, or a matrix of m rows
     * @param ofRows the property of the number of rows
     */
    public boolean decide(Variable x, LongPredicate ofRows) {
        return recorder.decide(
                Nulls.require("Tape.decide", "x", x).value(), Nulls.require("Tape.decide", "ofRows", ofRows));
    }

    /** {@return the id of a stream of random numbers that no other call on this tape has} */
    public long nextStream() {
        recorder.requireOnePart("random numbers are those of all parts");
        return nextStream++;
    }

    /**
     * {@return the id of a stream of random numbers for what whole sequences share, such as one mask for all steps: the k-th
     * call gets the same id on every tape that {@linkplain #continueRandom goes on} with the steps of the sequences}
     */
    public long nextStreamOfSequences() {
        if (nextOfSequences == streamsOfSequences.size()) {
            streamsOfSequences.add(nextStream());
        }
        return streamsOfSequences.get(nextOfSequences++);
    }

    /** {@return the position in the streams of random numbers, for a tape that goes on with the steps that follow} */
    public RandomPosition randomPosition() {
        return new RandomPosition(nextStream, streamsOfSequences);
    }

    /**
     * Goes on with the steps of the sequences that another tape has begun, as far as random ops are concerned: call it after
     * {@link #training} with the same arguments, before anything else.
     *
     * @param end the position of the other tape after its steps
     * @return this
     */
    public Tape continueRandom(RandomPosition end) {
        Nulls.require("Tape.continueRandom", "end", end);
        nextStream = end.nextStream();
        streamsOfSequences = new ArrayList<>(end.ofSequences());
        nextOfSequences = 0;
        return this;
    }

    /**
     * {@return an input that gets no gradient, such as data, ids, targets and the first state}
     * @param value of any type; the variable is over the same memory
     */
    public Variable constant(Tensor value) {
        return recorder.constant(Nulls.require("Tape.constant", "value", value));
    }

    /**
     * {@return data as an input: ids {@code [count]} of I32, or numbers {@code [count, columns]} of the tape's type}
     * @param values copied to the tape's memory
     */
    public Variable constant(Values values) {
        return recorder.constant(values);
    }

    /**
     * {@return an input that gets a gradient}
     * @param value of the tape's type; the variable is over the same memory
     */
    public Variable variable(Tensor value) {
        recorder.expectViews();
        return new Leaf(new Storage(Nulls.require("Tape.variable", "value", value), null), true);
    }

    /**
     * {@return an input that gets a gradient}
     * @param value of the tape's type, copied to the tape's memory
     */
    public Variable variableCopy(Tensor value) {
        return recorder.inputCopy(Nulls.require("Tape.variableCopy", "value", value));
    }

    /**
     * {@return a constant {@code [m]} of I32}
     * @param ids m numbers, copied to the tape's memory
     */
    public Variable ids(int... ids) {
        return recorder.ids(ids);
    }

    /**
     * {@return a constant {@code [n]} of the tape's type}
     * @param values n numbers, copied to the tape's memory
     */
    public Variable row(float... values) {
        return recorder.row(values);
    }

    /**
     * {@return a constant {@code [n]} of the tape's type}
     * @param values n numbers, rounded to the tape's type and copied to its memory
     */
    public Variable row(double... values) {
        return recorder.row(values);
    }

    /**
     * {@return a constant {@code [rows, columns]} of zeros}
     * @param rows the rows of the matrix
     * @param columns the columns of the matrix
     */
    public Variable zeros(long rows, long columns) {
        return recorder.zeros(rows, columns);
    }

    /** {@return the weights of a loss that counts all rows alike} */
    public Variable equalWeights() {
        return constant(RowWeights.ones(recorder.type()));
    }

    /**
     * {@return a view {@code [count, columns]} of some rows, whose gradient flows back to the whole}
     * @param whole any variable
     * @param from the first row
     * @param count the number of rows
     */
    public Variable rows(Variable whole, long from, long count) {
        return recorder.rows(whole, from, count);
    }

    /**
     * {@return a view {@code [rows, count]} of some columns, whose gradient flows back to the whole}
     * @param whole any variable
     * @param from the first column
     * @param count the number of columns
     */
    public Variable columns(Variable whole, long from, long count) {
        return recorder.columns(whole, from, count);
    }

    /**
     * Runs the steps of a time loop, which must apply the same ops to the same shapes; {@link #allSteps} joins outputs.
     * @param steps the number of steps
     * @param reverse whether the step is called with steps - 1, ..., 0 instead of 0, ..., steps - 1
     * @param step called with a time
     */
    public void unroll(int steps, boolean reverse, IntConsumer step) {
        recorder.unroll(SequenceLayout.of(steps, 1), reverse, step);
    }

    /**
     * Runs the steps of a time loop over sequences, which must apply the same ops to the same shapes; in a packed layout
     * the shapes of a step have {@link SequenceLayout#rowsOf} rows. {@link #allSteps} joins outputs. A step may read what it
     * computed; before it lets another thread read it, it reads an element itself, which waits for the threads of the pool.
     * @param layout of the sequences
     * @param reverse whether the step is called with steps - 1, ..., 0 instead of 0, ..., steps - 1
     * @param step called with a time
     */
    public void unroll(SequenceLayout layout, boolean reverse, IntConsumer step) {
        recorder.unroll(layout, reverse, step);
    }

    /**
     * {@return all outputs of one op in a time loop, {@code [steps * rows, columns]}, in the order of time; in a packed
     * layout with the rows of the layout}
     * @param lastStep the op's whole output in the step that ran last
     */
    public Variable allSteps(Variable lastStep) {
        return recorder.allSteps(lastStep);
    }

    /**
     * {@return the outputs of an op, which is recorded if a gradient will be needed}
     * @param op from the {@linkplain OpTable table}, or user-defined
     * @param inputs as the op's domain says; ids, targets and weights must be constants
     */
    public Variable[] apply(Op op, Variable... inputs) {
        return recorder.apply(op, inputs);
    }

    /**
     * Runs everything backward from a loss, once.
     * @param loss one number computed on this tape, which records
     */
    public void backward(Variable loss) {
        recorder.backward(loss);
    }

    /**
     * Runs everything backward from an output and its gradient, once.
     * @param output computed on this tape, which records
     * @param gradient in the shape of the output, whose gradient it is added to
     */
    public void backward(Variable output, Tensor gradient) {
        recorder.backward(output, gradient);
    }

    /**
     * Runs everything backward from several outputs and their gradients, once.
     * @param outputs computed on this tape, which records; those that need no gradient are passed over
     * @param gradients one for each output, in its shape, whose gradient it is added to
     */
    public void backward(List<Variable> outputs, List<Tensor> gradients) {
        recorder.backward(
                Nulls.require("Tape.backward", "outputs", outputs),
                Nulls.require("Tape.backward", "gradients", gradients));
    }

    /**
     * Runs everything backward from the losses of the {@linkplain #parts parts}, once. The gradients of parameters then
     * become those of one part after the other, with the bits of a tape that ran its sequences alone.
     * @param losses one for each part, each one number
     * @param gradients one for each, one number
     * @param summed told the index of a part when its sums were added to the gradients, which it takes and clears
     * @throws IllegalArgumentException if there are no parts, or not as many losses and gradients
     */
    public void backward(List<Variable> losses, List<Tensor> gradients, IntConsumer summed) {
        recorder.backwardOfParts(
                Nulls.require("Tape.backward", "losses", losses),
                Nulls.require("Tape.backward", "gradients", gradients),
                Nulls.require("Tape.backward", "summed", summed));
    }

    /** {@return the bytes of all tensors that were allocated on this tape so far, in whole cache lines} */
    public long bytes() {
        return recorder.bytes();
    }

    /**
     * {@return the sum {@code a + b}}
     * @param a any matrix
     * @param b in the same shape
     */
    public Variable add(Variable a, Variable b) {
        return apply(ArithmeticOps.ADD, a, b)[0];
    }

    /**
     * {@return the product {@code a b}, element by element}
     * @param a any matrix
     * @param b in the same shape
     */
    public Variable multiply(Variable a, Variable b) {
        return apply(ArithmeticOps.MULTIPLY, a, b)[0];
    }

    /**
     * {@return {@code alpha a + beta b}}
     * @param alpha any number
     * @param a any matrix
     * @param beta any number
     * @param b in the same shape
     */
    public Variable combine(double alpha, Variable a, double beta, Variable b) {
        return apply(ArithmeticOps.combine(alpha, beta), a, b)[0];
    }

    /**
     * {@return {@code [m, n]}: x with a row added to every row}
     * @param x {@code [m, n]}
     * @param row {@code [n]}
     */
    public Variable addRow(Variable x, Variable row) {
        return apply(ArithmeticOps.ADD_ROW, x, row)[0];
    }

    /**
     * {@return the matrix product {@code x W}, {@code [m, n]}}
     * @param x {@code [m, k]}
     * @param w {@code [k, n]}
     */
    public Variable matmul(Variable x, Variable w) {
        return apply(MatrixOps.MATMUL, x, w)[0];
    }

    /**
     * {@return {@code x W + b}, {@code [m, n]}}
     * @param x {@code [m, k]}
     * @param w {@code [k, n]}
     * @param b {@code [n]}, added to every row
     */
    public Variable affine(Variable x, Variable w, Variable b) {
        return apply(MatrixOps.AFFINE, x, w, b)[0];
    }

    /**
     * {@return {@code f(x)}, element by element}
     * @param f the nonlinearity
     * @param x any matrix
     */
    public Variable activate(Activation f, Variable x) {
        return apply(ActivationOps.of(f), x)[0];
    }

    /**
     * {@return {@code 1 / (1 + e^-x)}, element by element}
     * @param x any matrix
     */
    public Variable sigmoid(Variable x) {
        return activate(Activation.SIGMOID, x);
    }

    /**
     * {@return {@code tanh x}, element by element}
     * @param x any matrix
     */
    public Variable tanh(Variable x) {
        return activate(Activation.TANH, x);
    }

    /**
     * {@return rows of a table, {@code [m, n]}}
     * @param ids {@code [m]} of I32
     * @param table {@code [v, n]}
     */
    public Variable lookup(Variable ids, Variable table) {
        return apply(RowOps.LOOKUP, ids, table)[0];
    }

    /**
     * {@return rows of a where the mask is 1, and rows of b where it is 0, {@code [m, n]}}
     * @param mask {@code [m]} of I32
     * @param a {@code [m, n]}
     * @param b {@code [m, n]}
     */
    public Variable selectRows(Variable mask, Variable a, Variable b) {
        return apply(RowOps.SELECT_ROWS, mask, a, b)[0];
    }

    /**
     * {@return matrices side by side, {@code [m, n + k]}}
     * @param a {@code [m, n]}
     * @param b {@code [m, k]}
     */
    public Variable concat(Variable a, Variable b) {
        return apply(RowOps.CONCAT, a, b)[0];
    }

    /**
     * {@return {@code [m, n]}: every row with mean 0 and variance 1, then times the gain and plus the bias; Ba et al.
     * 2016}
     * @param x {@code [m, n]}
     * @param gain {@code [n]}
     * @param bias {@code [n]}
     */
    public Variable layerNorm(Variable x, Variable gain, Variable bias) {
        return apply(RowOps.LAYER_NORM, x, gain, bias)[0];
    }

    /**
     * {@return {@link #crossEntropy(Variable, Variable, Variable)} with {@linkplain #equalWeights equal weights}}
     * @param logits {@code [m, v]}
     * @param targets {@code [m]} of I32; -1 for a row that does not count
     */
    public Variable crossEntropy(Variable logits, Variable targets) {
        return crossEntropy(logits, targets, equalWeights());
    }

    /**
     * {@return the weighted mean over rows of the cross-entropy of a softmax in nats, {@code [1, 1]}}
     * @param logits {@code [m, v]}
     * @param targets {@code [m]} of I32; -1 for a row that does not count
     * @param weights {@code [m]}, a constant
     */
    public Variable crossEntropy(Variable logits, Variable targets, Variable weights) {
        return apply(LossOps.CROSS_ENTROPY, logits, targets, weights)[0];
    }

    /**
     * {@return {@link #binaryCrossEntropy(Variable, Variable, Variable)} with equal weights}
     * @param logits {@code [m, n]}
     * @param targets {@code [m, n]}, each from 0 to 1, a constant
     */
    public Variable binaryCrossEntropy(Variable logits, Variable targets) {
        return binaryCrossEntropy(logits, targets, equalWeights());
    }

    /**
     * {@return the weighted mean over rows of the cross-entropy of n independent bits in nats, {@code [1, 1]}}
     * @param logits {@code [m, n]}
     * @param targets {@code [m, n]}, each from 0 to 1, a constant
     * @param weights {@code [m]}, a constant
     */
    public Variable binaryCrossEntropy(Variable logits, Variable targets, Variable weights) {
        return apply(LossOps.BINARY_CROSS_ENTROPY, logits, targets, weights)[0];
    }

    /**
     * {@return the weighted mean over rows of the mean squared error of each, {@code [1, 1]}}
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @param weights {@code [m]}, a constant
     */
    public Variable squaredError(Variable x, Variable targets, Variable weights) {
        return apply(LossOps.SQUARED_ERROR, x, targets, weights)[0];
    }

    /**
     * {@return x with dropout while {@linkplain #training training}, each call with another mask; otherwise x itself}
     * @param rate the probability of becoming 0, from 0 to less than 1
     * @param x any matrix
     */
    public Variable dropout(double rate, Variable x) {
        return training ? apply(RandomOps.dropout(rate, seed, nextStream()), x)[0] : x;
    }

    @Override
    public String toString() {
        return new Graph(recorder.calls()).text();
    }

    /** {@return the recorded calls as a graph in Graphviz's DOT language} */
    public String toDot() {
        return new Graph(recorder.calls()).dot();
    }
}
