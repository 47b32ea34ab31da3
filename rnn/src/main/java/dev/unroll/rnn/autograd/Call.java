package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Epilogue;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import java.util.ArrayList;
import java.util.List;

/**
 * One application of an {@link Op} on a tape: its inputs, its outputs, and what forward keeps for backward. Operands are
 * named by the handles that {@link OpDefinition} gives, or by their places.
 */
public final class Call {
    private final Recorder recorder;
    private final Op op;
    private final Variable[] inputs;
    private final List<Variable> outputs = new ArrayList<>(2);
    private final List<Tensor> kept = new ArrayList<>(2);
    private final boolean needsGradient;

    Call(Recorder recorder, Op op, Variable... inputs) {
        this.recorder = recorder;
        this.op = op;
        this.inputs = inputs;
        boolean needs = false;
        for (Variable input : inputs) {
            needs |= input.needsGradient();
        }
        needsGradient = needs;
    }

    /**
     * Returns the value of an input.
     *
     * @param x which input
     * @return its tensor
     */
    public Tensor value(Op.In x) {
        return input(x.index());
    }

    /**
     * Returns the value of an output.
     *
     * @param y which output
     * @return its tensor, not cleared before forward writes to it
     */
    public Tensor value(Op.Out y) {
        return out(y.index());
    }

    /**
     * Returns what forward keeps for backward.
     *
     * @param k which tensor
     * @return the tensor, not cleared before forward writes to it
     */
    public Tensor value(Op.Kept k) {
        return kept(k.index());
    }

    /**
     * Returns whether the gradient of an input is needed.
     *
     * @param x which input
     * @return false for constants
     */
    public boolean wants(Op.In x) {
        return wants(x.index());
    }

    /**
     * Returns the gradient of an input, to be added to.
     *
     * @param x an input that {@linkplain #wants(Op.In) wants} it
     * @return its tensor
     */
    public Tensor gradient(Op.In x) {
        return gradient(x.index());
    }

    /**
     * Returns the gradient of an input for kernels that always compute one.
     *
     * @param x which input
     * @return its tensor, to be added to; zeros that nobody reads if it is not wanted
     */
    public Tensor gradientOrScratch(Op.In x) {
        return wants(x) ? gradient(x) : scratch(value(x));
    }

    /**
     * Returns the gradient of an output.
     *
     * @param y which output
     * @return its tensor, zeros if nothing flowed back to it
     */
    public Tensor delta(Op.Out y) {
        return delta(y.index());
    }

    /**
     * Returns the value of an input.
     *
     * @param i its place, from 0
     * @return its tensor
     */
    public Tensor input(int i) {
        return recorder.valueOf(inputs[i]);
    }

    /**
     * Makes the next output.
     *
     * @param rows its rows
     * @param columns its columns
     * @return its tensor, not cleared
     */
    public Tensor output(long rows, long columns) {
        Variable output = recorder.make(rows, columns, needsGradient);
        outputs.add(output);
        return output.value();
    }

    /**
     * Returns the value of an output that was made before.
     *
     * @param j its place, from 0
     * @return its tensor
     */
    public Tensor out(int j) {
        return outputs.get(j).value();
    }

    /**
     * Makes a tensor that backward needs too.
     *
     * @param rows its rows
     * @param columns its columns
     * @return the tensor, not cleared
     */
    public Tensor keep(long rows, long columns) {
        Tensor tensor = recorder.make(rows, columns, false).value();
        kept.add(tensor);
        return tensor;
    }

    /**
     * Returns a tensor that {@link #keep} made.
     *
     * @param i its place, from 0
     * @return the tensor
     */
    public Tensor kept(int i) {
        return kept.get(i);
    }

    /**
     * Returns whether the gradient of an input is needed.
     *
     * @param i its place, from 0
     * @return false for constants
     */
    public boolean wants(int i) {
        return inputs[i].needsGradient();
    }

    /**
     * Returns the gradient of an input, to be added to.
     *
     * @param i the place, from 0, of an input that {@linkplain #wants(int) wants} it
     * @return its tensor
     */
    public Tensor gradient(int i) {
        return recorder.gradientOf(inputs[i]);
    }

    /**
     * Returns the gradient of an output.
     *
     * @param j its place, from 0
     * @return its tensor, zeros if nothing flowed back to it
     */
    public Tensor delta(int j) {
        return recorder.gradientOf(outputs.get(j));
    }

    /**
     * Allocates memory for intermediate results.
     *
     * @param like a tensor of the shape that is needed
     * @return zeros
     */
    public Tensor scratch(Tensor like) {
        return recorder.zeros(like.shape());
    }

    /**
     * Returns the pool to run kernels on.
     *
     * @return the tape's
     */
    public WorkerPool pool() {
        return recorder.pool();
    }

    /**
     * Computes {@code y = x W + beta y}, with the packed form where W is a parameter.
     *
     * @param x {@code [m, k]}
     * @param w the weight, {@code [k, n]}
     * @param beta 0 to overwrite y, 1 to add to it
     * @param y {@code [m, n]}
     */
    public void multiply(Tensor x, Op.In w, double beta, Tensor y) {
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
    public void multiply(Tensor x, Op.In w, double beta, Tensor y, Epilogue epilogue) {
        if (inputs[w.index()] instanceof Parameter weight) {
            Gemm.packed(1, x, weight.packed(recorder.weightNoise(), pool()), beta, y, epilogue, pool());
        } else {
            Gemm.nn(1, x, value(w), beta, y, epilogue, pool());
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
    public void multiplyTransposed(Tensor x, Op.In w, double beta, Tensor y) {
        if (inputs[w.index()] instanceof Parameter weight) {
            Gemm.packed(1, x, weight.packedTransposed(recorder.weightNoise(), pool()), beta, y, pool());
        } else {
            Gemm.nt(1, x, value(w), beta, y, pool());
        }
    }

    /**
     * Adds {@code alpha delta} to the gradient of an input, if it is wanted.
     *
     * @param alpha any number
     * @param x which input
     * @param delta in the shape of the input
     */
    public void addGradient(double alpha, Op.In x, Tensor delta) {
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
    public void addBiasGradient(Op.In bias, Tensor delta) {
        if (wants(bias)) {
            Elementwise.addColumnSums(delta, gradient(bias), pool());
        }
    }

    /**
     * Adds {@code x^T delta} to the gradient of a weight, if it is wanted; for parameters at the end of the tape's backward.
     *
     * @param w the weight, {@code [k, n]}
     * @param x {@code [m, k]}, unchanged until then
     * @param delta {@code [m, n]}, unchanged until then
     */
    public void addProduct(Op.In w, Tensor x, Tensor delta) {
        if (wants(w)) {
            recorder.addWeightGradient(inputs[w.index()], x, delta);
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
    public void multiplyBack(Op.In x, Op.In w, Tensor delta) {
        addProduct(w, value(x), delta);
        if (wants(x)) {
            multiplyTransposed(delta, w, 1, gradient(x));
        }
    }

    Variable[] forward() {
        op.forward().run(this);
        return outputs.toArray(Variable[]::new);
    }

    boolean needsGradient() {
        return needsGradient;
    }

    void backward() {
        for (Variable output : outputs) {
            if (output.hasGradient()) {
                op.backward().run(this);
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
