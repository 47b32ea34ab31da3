package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Epilogue;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import java.util.ArrayList;
import java.util.List;

/** One use of an op on a tape: its inputs, its outputs, and what forward keeps for backward. */
public final class Call {
    private final Tape tape;
    private final Op op;
    private final Variable[] inputs;
    private final List<Variable> outputs = new ArrayList<>(2);
    private final List<Variable> kept = new ArrayList<>(2);
    private final boolean needsGradient;

    Call(Tape tape, Op op, Variable... inputs) {
        this.tape = tape;
        this.op = op;
        this.inputs = inputs;
        boolean needs = false;
        for (Variable input : inputs) {
            needs |= input.needsGradient();
        }
        needsGradient = needs;
    }

    /**
     * The value of an input.
     *
     * @param i which input
     * @return its tensor
     */
    public Tensor in(int i) {
        return tape.valueOf(inputs[i]);
    }

    /**
     * Makes the next output.
     *
     * @param rows of it
     * @param columns of it
     * @return its tensor, not cleared
     */
    public Tensor output(long rows, long columns) {
        Variable output = tape.make(rows, columns, needsGradient);
        outputs.add(output);
        return output.value();
    }

    /**
     * The value of an output made before.
     *
     * @param j which output
     * @return its tensor
     */
    public Tensor out(int j) {
        return outputs.get(j).value();
    }

    /**
     * Makes a tensor that backward needs too.
     *
     * @param rows of it
     * @param columns of it
     * @return the tensor, not cleared
     */
    public Tensor keep(long rows, long columns) {
        Variable scratch = tape.make(rows, columns, false);
        kept.add(scratch);
        return scratch.value();
    }

    /**
     * What {@link #keep} made.
     *
     * @param i in the order of the calls of keep
     * @return its tensor
     */
    public Tensor kept(int i) {
        return kept.get(i).value();
    }

    /**
     * Whether an input's gradient is needed.
     *
     * @param i which input
     * @return false for constants
     */
    public boolean wants(int i) {
        return inputs[i].needsGradient();
    }

    /**
     * The gradient of an input, to be added to.
     *
     * @param i an input that {@linkplain #wants(int) wants} it
     * @return its tensor
     */
    public Tensor gradient(int i) {
        return tape.gradientOf(inputs[i]);
    }

    /**
     * A place for a result of backward that nobody wants.
     *
     * @param like of what shape
     * @return zeros
     */
    public Tensor scratch(Tensor like) {
        return tape.zeros(like.shape());
    }

    /**
     * The gradient of an output.
     *
     * @param j which output
     * @return its tensor, zeros if nothing flowed back to it
     */
    public Tensor delta(int j) {
        return tape.gradientOf(outputs.get(j));
    }

    /**
     * The pool to run kernels on.
     *
     * @return the tape's
     */
    public WorkerPool pool() {
        return tape.pool();
    }

    /**
     * {@code y = x W + beta y}, with the packed form where W is a parameter.
     *
     * @param x {@code [m, k]}
     * @param w which input is the weight, {@code [k, n]}
     * @param beta 0 to overwrite y, 1 to add to it
     * @param y {@code [m, n]}
     */
    public void multiply(Tensor x, int w, double beta, Tensor y) {
        multiply(x, w, beta, y, Epilogue.NONE);
    }

    /**
     * {@code y = f(x W + beta y + bias)}, with the packed form where W is a parameter.
     *
     * @param x {@code [m, k]}
     * @param w which input is the weight, {@code [k, n]}
     * @param beta 0 to overwrite y, 1 to add to it
     * @param y {@code [m, n]}
     * @param epilogue the bias and the nonlinearity
     */
    public void multiply(Tensor x, int w, double beta, Tensor y, Epilogue epilogue) {
        if (inputs[w] instanceof Parameter weight) {
            Gemm.packed(1, x, weight.packed(tape.weightNoise(), pool()), beta, y, epilogue, pool());
        } else {
            Gemm.nn(1, x, in(w), beta, y, epilogue, pool());
        }
    }

    /**
     * {@code y = x W^T + beta y}, with the packed form where W is a parameter.
     *
     * @param x {@code [m, n]}
     * @param w which input is the weight, {@code [k, n]}
     * @param beta 0 to overwrite y, 1 to add to it
     * @param y {@code [m, k]}
     */
    public void multiplyTransposed(Tensor x, int w, double beta, Tensor y) {
        if (inputs[w] instanceof Parameter weight) {
            Gemm.packed(1, x, weight.packedTransposed(tape.weightNoise(), pool()), beta, y, pool());
        } else {
            Gemm.nt(1, x, in(w), beta, y, pool());
        }
    }

    /**
     * Adds {@code x^T delta} to a weight's gradient, for parameters at the end of the tape's backward.
     *
     * @param w which input is the weight, {@code [k, n]}
     * @param x {@code [m, k]}, unchanged until then
     * @param delta {@code [m, n]}, unchanged until then
     */
    public void addProduct(int w, Tensor x, Tensor delta) {
        tape.addWeightGradient(inputs[w], x, delta);
    }

    /**
     * Carries a delta back through {@code x W}: the weight's gradient gets {@code x^T delta}, and x's gradient, if it is
     * wanted, {@code delta W^T}.
     *
     * @param x {@code [m, k]}
     * @param xInput which input x is
     * @param w which input is the weight, {@code [k, n]}
     * @param delta {@code [m, n]}, unchanged until the end of the tape's backward
     */
    public void multiplyBack(Tensor x, int xInput, int w, Tensor delta) {
        if (wants(w)) {
            addProduct(w, x, delta);
        }
        if (wants(xInput)) {
            multiplyTransposed(delta, w, 1, gradient(xInput));
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
            if (output.gradient() != null) {
                op.backward().run(this);
                return;
            }
        }
    }
}
