package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Epilogue;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * One application of an {@link Op} on a tape: its inputs, its outputs, and what forward keeps for backward. Operands
 * have the indices that {@link OpDefinition} returned.
 *
 * <p>For the thread that runs its tape.
 */
public final class Call {
    private final Recorder recorder;
    private final boolean needsGradient;
    private final StepMemory loop;
    private final long position;
    private final List<Variable> outputs = new ArrayList<>(2);
    private final List<Tensor> kept = new ArrayList<>(2);
    private final List<View> views = new ArrayList<>(0);
    private Op op;
    private Variable[] inputs;
    private boolean isRowwise;
    private Variable[] results;
    private Epilogue bias;
    private Tensor biasRow;
    private int nextOutput;
    private int nextKept;
    private int nextView;

    /** Columns of a tensor, as a view that is made once. */
    private record View(Tensor whole, long from, Tensor columns) {
        boolean is(Tensor of, long first, long count) {
            return whole == of && from == first && columns.columns() == count;
        }
    }

    /** A call in a step of a loop, null outside of loops. */
    Call(Recorder recorder, Op op, StepMemory loop, Variable... inputs) {
        this.recorder = recorder;
        this.op = op;
        this.loop = loop;
        this.inputs = inputs;
        position = loop == null ? 0 : loop.position();
        needsGradient = needsGradient(inputs);
        isRowwise = RowwiseOps.has(op, loop, inputs);
    }

    private static boolean needsGradient(Variable... inputs) {
        boolean needs = false;
        for (Variable input : inputs) {
            needs |= input.needsGradient();
        }
        return needs;
    }

    /** Becomes the call of a further recording, which takes its tensors again; false if they would lie elsewhere. */
    boolean restart(Op newOp, StepMemory newLoop, Variable... newInputs) {
        if (loop != newLoop || loop != null && position != loop.position()
                || needsGradient != needsGradient(newInputs)) {
            return false;
        }
        op = newOp;
        inputs = newInputs;
        isRowwise = RowwiseOps.has(op, loop, inputs);
        nextOutput = 0;
        nextKept = 0;
        nextView = 0;
        return true;
    }

    /**
     * {@return the value of an input}
     * @param i its index
     */
    public Tensor input(int i) {
        return recorder.valueOf(inputs[i]);
    }

    /**
     * {@return the tensor of the next output, newly allocated and not cleared}
     * @param rows its rows
     * @param columns its columns
     */
    public Tensor output(long rows, long columns) {
        if (nextOutput < outputs.size() && !fits(outputs.get(nextOutput).value(), rows, columns)) {
            differ();
        }
        if (nextOutput == outputs.size()) { // the first time
            outputs.add(recorder.make(rows, columns, needsGradient));
            results = null;
        } else {
            recorder.reuse();
        }
        return outputs.get(nextOutput++).value();
    }

    /**
     * {@return the value of an output that was made before, not cleared before forward writes to it}
     * @param j its index
     */
    public Tensor out(int j) {
        return outputs.get(j).value();
    }

    /**
     * {@return the next tensor that is kept for backward, newly allocated and not cleared}
     * @param rows its rows
     * @param columns its columns
     */
    public Tensor keep(long rows, long columns) {
        if (nextKept < kept.size() && !fits(kept.get(nextKept), rows, columns)) {
            differ();
        }
        if (nextKept == kept.size()) { // the first time
            kept.add(recorder.keep(rows, columns));
        } else {
            recorder.reuse();
        }
        return kept.get(nextKept++);
    }

    /**
     * {@return a tensor that {@link #keep} made}
     * @param i its index
     */
    public Tensor kept(int i) {
        return kept.get(i);
    }

    /**
     * {@return whether the gradient of an input is needed; false for constants}
     * @param i its index
     */
    public boolean wants(int i) {
        return inputs[i].needsGradient();
    }

    /**
     * {@return the gradient of an input, to be added to}
     * @param i the index of an input that {@linkplain #wants(int) wants} it
     */
    public Tensor gradient(int i) {
        return recorder.gradientOf(inputs[i]);
    }

    /**
     * Returns whether the gradient of an input may be {@linkplain #giveGradient given} instead of added to: nothing has
     * flowed back to the input or to what it is a part of. That saves clearing and reading it.
     *
     * @param i the index of an input that {@linkplain #wants(int) wants} it
     * @param memory that {@link #keep} made, and that nothing reads any more
     * @return false also for parameters, whose gradients are in a slab, and memory of another shape
     */
    boolean takesGradient(int i, Tensor memory) {
        return recorder.takesGradient(inputs[i], memory);
    }

    /**
     * Gives an input its gradient, the only one so far; other calls will add to it.
     *
     * @param i the index of an input that {@linkplain #takesGradient takes} it
     * @param memory the gradient
     */
    void giveGradient(int i, Tensor memory) {
        recorder.giveGradient(inputs[i].storage(), memory);
    }

    /**
     * {@return the gradient of an input, to be added to; if it is not wanted, memory for kernels that always compute
     * one}
     * @param i its index
     */
    public Tensor gradientOrScratch(int i) {
        return wants(i) ? gradient(i) : scratch(input(i));
    }

    /**
     * {@return the gradient of an output, zeros if nothing flowed back to it}
     * @param j its index
     */
    public Tensor delta(int j) {
        return recorder.gradientOf(outputs.get(j));
    }

    /**
     * {@return zeros in newly allocated memory, for intermediate results}
     * @param like a tensor of their shape
     */
    public Tensor scratch(Tensor like) {
        return recorder.scratch(like);
    }

    /** {@return the pool to run kernels on} */
    public WorkerPool pool() {
        return recorder.pool();
    }

    private static boolean fits(Tensor tensor, long rows, long columns) {
        return tensor.rows() == rows && tensor.columns() == columns;
    }

    /** From the next tensor on this call, and all calls after it, are others than those of the recording before. */
    private void differ() {
        outputs.subList(nextOutput, outputs.size()).clear();
        kept.subList(nextKept, kept.size()).clear();
        results = null;
        recorder.differ();
    }

    /** Columns of a tensor of this call, as a view that is made once, however often the call is computed. */
    Tensor columns(Tensor whole, long from, long count) {
        if (nextView == views.size()) {
            views.add(new View(whole, from, whole.columns(from, count)));
        } else if (!views.get(nextView).is(whole, from, count)) {
            views.set(nextView, new View(whole, from, whole.columns(from, count)));
        }
        return views.get(nextView++).columns;
    }

    /** The epilogue that adds an input to every row, made once. */
    Epilogue bias(int input) {
        if (bias == null || biasRow != input(input)) {
            biasRow = input(input);
            bias = Epilogue.bias(biasRow);
        }
        return bias;
    }

    /**
     * Computes {@code y = x W + beta y}, with the packed form where W is a parameter.
     *
     * @param x {@code [m, k]}
     * @param w the weight, {@code [k, n]}
     * @param beta 0 to overwrite y, 1 to add to it
     * @param y {@code [m, n]}
     */
    public void multiply(Tensor x, int w, double beta, Tensor y) {
        multiply(x, w, beta, y, Epilogue.NONE);
    }

    /**
     * Computes {@code y = f(x W + beta y + bias)}, with the packed form where W is a parameter.
     *
     * @param x {@code [m, k]}
     * @param w the weight, {@code [k, n]}
     * @param beta 0 to overwrite y, 1 to add to it
     * @param y {@code [m, n]}
     * @param epilogue the bias and the nonlinearity
     */
    public void multiply(Tensor x, int w, double beta, Tensor y, Epilogue epilogue) {
        if (inputs[w] instanceof Parameter weight) {
            Gemm.packed(1, x, weight.packed(recorder.weightNoise(), pool()), beta, y, epilogue, pool());
        } else {
            Gemm.nn(1, x, input(w), beta, y, epilogue, pool());
        }
    }

    /**
     * Computes {@code y = x W^T + beta y}, with the packed form where W is a parameter.
     *
     * @param x {@code [m, n]}
     * @param w the weight, {@code [k, n]}
     * @param beta 0 to overwrite y, 1 to add to it
     * @param y {@code [m, k]}
     */
    public void multiplyTransposed(Tensor x, int w, double beta, Tensor y) {
        if (inputs[w] instanceof Parameter weight) {
            Gemm.packed(1, x, weight.packedTransposed(recorder.weightNoise(), pool()), beta, y, pool());
        } else {
            Gemm.nt(1, x, input(w), beta, y, pool());
        }
    }

    /**
     * Adds {@code alpha delta} to the gradient of an input, if it is wanted.
     *
     * @param alpha any number
     * @param x which input
     * @param delta in the shape of the input
     */
    public void addGradient(double alpha, int x, Tensor delta) {
        if (wants(x)) {
            Elementwise.axpy(alpha, delta, gradient(x), pool());
        }
    }

    /**
     * Adds to the gradient of a row that was added to every row, if it is wanted.
     *
     * @param bias which input, {@code [n]}
     * @param delta {@code [m, n]}, whose columns are summed
     */
    public void addBiasGradient(int bias, Tensor delta) {
        if (wants(bias)) {
            recorder.addBiasGradient(inputs[bias], delta);
        }
    }

    /**
     * Adds rows to some rows of the gradient of a table, if it is wanted: {@code gradient[id_i] += delta[i]}. The update of
     * a parameter that gets its gradient from this method alone does not visit the other rows, as {@link
     * Parameters#update} says.
     *
     * @param table which input, {@code [v, n]}
     * @param ids {@code [m]} of I32, each from 0 to v - 1
     * @param delta {@code [m, n]}
     */
    public void addToRows(int table, Tensor ids, Tensor delta) {
        if (wants(table)) {
            recorder.addToRowsOfGradient(inputs[table], ids, delta);
        }
    }

    /**
     * Adds {@code x^T delta} to the gradient of a weight, if it is wanted: of a parameter at the end of the tape's
     * backward.
     *
     * @param w the weight, {@code [k, n]}
     * @param x {@code [m, k]}, unchanged until then
     * @param delta {@code [m, n]}, unchanged until then
     */
    public void addProduct(int w, Tensor x, Tensor delta) {
        if (wants(w)) {
            recorder.addWeightGradient(inputs[w], x, delta);
        }
    }

    /**
     * Carries a delta back through {@code x W}: the weight's gradient gets {@code x^T delta}, and x's gradient
     * {@code delta W^T}, as far as they are wanted.
     *
     * @param x which input is {@code [m, k]}
     * @param w the weight, {@code [k, n]}
     * @param delta {@code [m, n]}, unchanged until the end of the tape's backward
     */
    public void multiplyBack(int x, int w, Tensor delta) {
        addProduct(w, input(x), delta);
        if (wants(x)) {
            multiplyTransposed(delta, w, 1, gradient(x));
        }
    }

    Variable[] forward() {
        run(op.forward());
        if (results == null) {
            results = outputs.toArray(Variable[]::new);
        }
        return results;
    }

    Stream<Parameter> parameters() {
        return Arrays.stream(inputs).filter(Parameter.class::isInstance).map(Parameter.class::cast);
    }

    /** Computes the same outputs anew, in the same memory. */
    void forwardAgain() {
        nextOutput = 0;
        nextKept = 0;
        nextView = 0;
        run(op.forward());
    }

    private void run(Op.Computation computation) {
        if (isRowwise) {
            recorder.runInStream(computation, this);
        } else {
            recorder.awaitStream(); // an op of a user may let other threads read and write
            computation.run(this);
        }
    }

    boolean needsGradient() {
        return needsGradient;
    }

    void backward() {
        for (int i = 0; needsGradient && i < outputs.size(); i++) {
            if (outputs.get(i).hasGradient()) {
                run(op.backward());
                return;
            }
        }
    }

    Op op() {
        return op;
    }

    Variable[] inputs() {
        return inputs;
    }

    List<Variable> outputs() {
        return outputs;
    }
}
