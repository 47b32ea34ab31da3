package dev.unroll.gradcheck;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Call;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.internal.Nulls;
import java.util.ArrayList;
import java.util.List;

/**
 * Two kernels over tensors, one the backward of the other, to be checked without an op around them.
 *
 * <pre>{@code
 * GradCheck.check(
 *         KernelPair.of(
 *                 (in, out) -> Activations.forward(Activation.TANH, in[0], out[0], pool),
 *                 (in, out, delta, gradient) ->
 *                         Activations.backward(Activation.TANH, out[0], delta[0], gradient[0], pool))
 *                 .output(3, 4),
 *         shape(3, 4));
 * }</pre>
 */
public final class KernelPair {
    /** A kernel that computes outputs from inputs. */
    @FunctionalInterface
    public interface Forward {
        /**
         * Writes the outputs, and what backward needs besides.
         *
         * @param in the inputs, not to be written to
         * @param out the outputs and after them what is kept, not cleared, to be written completely
         */
        void run(Tensor[] in, Tensor[] out);
    }

    /** A kernel that computes gradients of inputs. */
    @FunctionalInterface
    public interface Backward {
        /**
         * Adds to the gradients, or overwrites them where the pair says so.
         *
         * @param in the inputs of forward
         * @param out what forward wrote
         * @param delta the gradient of each output, without those that are only kept
         * @param gradient of each input, in its shape; null for ids, targets and weights
         */
        void run(Tensor[] in, Tensor[] out, Tensor[] delta, Tensor[] gradient);
    }

    private final Forward forward;
    private final Backward backward;
    private final List<long[]> outputs = new ArrayList<>();
    private final List<long[]> kept = new ArrayList<>();
    private boolean overwrites;

    private KernelPair(Forward forward, Backward backward) {
        this.forward = Nulls.require("KernelPair.of", "forward", forward);
        this.backward = Nulls.require("KernelPair.of", "backward", backward);
    }

    /**
     * Creates a pair, whose outputs are still to be added.
     *
     * @param forward computes the outputs
     * @param backward computes the gradients
     * @return the pair without outputs
     */
    public static KernelPair of(Forward forward, Backward backward) {
        return new KernelPair(forward, backward);
    }

    /**
     * Adds an output.
     *
     * @param shape sizes, all positive
     * @return this
     */
    public KernelPair output(long... shape) {
        outputs.add(Input.shape(shape).shape());
        return this;
    }

    /**
     * Adds a tensor that forward writes for backward alone, such as gates.
     *
     * @param shape sizes, all positive
     * @return this
     */
    public KernelPair kept(long... shape) {
        kept.add(Input.shape(shape).shape());
        return this;
    }

    /**
     * Says that backward overwrites gradients instead of adding to them; it then finds NaN in them.
     *
     * @return this
     */
    public KernelPair overwriting() {
        overwrites = true;
        return this;
    }

    /** Returns the pair as an op of a tape. */
    Op op(List<Input> inputs) {
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("a kernel pair needs the shape of each output; call output(shape)");
        }
        return new Op("kernel pair", List.of(), call -> forward.run(inputs(call, inputs), make(call)), call -> {
            Tensor[] gradients = gradients(call, inputs);
            backward.run(inputs(call, inputs), written(call), deltas(call), gradients);
            if (overwrites) {
                addTo(call, gradients);
            }
        });
    }

    private static Tensor[] inputs(Call call, List<Input> inputs) {
        Tensor[] in = new Tensor[inputs.size()];
        for (int i = 0; i < in.length; i++) {
            in[i] = call.input(i);
        }
        return in;
    }

    private Tensor[] make(Call call) {
        Tensor[] all = new Tensor[outputs.size() + kept.size()];
        for (int i = 0; i < all.length; i++) {
            long[] shape = shape(i);
            long columns = shape[shape.length - 1];
            long rows = ArrayMath.product(shape) / columns;
            all[i] = (i < outputs.size() ? call.output(rows, columns) : call.keep(rows, columns)).reshape(shape);
        }
        return all;
    }

    private Tensor[] written(Call call) {
        Tensor[] all = new Tensor[outputs.size() + kept.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = (i < outputs.size() ? call.out(i) : call.kept(i - outputs.size())).reshape(shape(i));
        }
        return all;
    }

    private long[] shape(int i) {
        return i < outputs.size() ? outputs.get(i) : kept.get(i - outputs.size());
    }

    private Tensor[] deltas(Call call) {
        Tensor[] deltas = new Tensor[outputs.size()];
        for (int o = 0; o < deltas.length; o++) {
            deltas[o] = call.delta(o).reshape(outputs.get(o));
        }
        return deltas;
    }

    /** Kernels do not ask what is a constant: a gradient that nobody wants is computed all the same. */
    private Tensor[] gradients(Call call, List<Input> inputs) {
        Tensor[] gradients = new Tensor[inputs.size()];
        for (int i = 0; i < gradients.length; i++) {
            if (inputs.get(i).isDifferentiable()) {
                gradients[i] = call.wants(i) && !overwrites ? call.gradient(i) : call.scratch(call.input(i));
                if (overwrites) {
                    fillWithNaN(gradients[i]);
                }
            }
        }
        return gradients;
    }

    private static void fillWithNaN(Tensor tensor) {
        for (long r = 0; r < tensor.rows(); r++) {
            for (long c = 0; c < tensor.columns(); c++) {
                tensor.set(r, c, Double.NaN);
            }
        }
    }

    private static void addTo(Call call, Tensor[] gradients) {
        for (int i = 0; i < gradients.length; i++) {
            if (gradients[i] != null && call.wants(i)) {
                Elementwise.axpy(1, gradients[i], call.gradient(i), call.pool());
            }
        }
    }
}
