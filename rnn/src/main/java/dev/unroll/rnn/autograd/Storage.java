package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import java.util.Arrays;

/** Values and, once they are needed, gradients of the same shape. Variables are views of a storage. */
class Storage {
    private final Tensor values;
    private final boolean filledFromEnd;
    private Tensor gradients;
    /** The gradients of the recording before, whose memory is taken again. */
    private Tensor spare;
    private boolean areGiven;

    Storage(Tensor values, Tensor gradients) {
        this(values, gradients, false);
    }

    Storage(Tensor values, Tensor gradients, boolean filledFromEnd) {
        this.values = values;
        this.gradients = gradients;
        this.filledFromEnd = filledFromEnd;
    }

    /** Copies numbers to a new tensor, rounded to its type. */
    static Tensor copy(double[] from, Tensor to) {
        if (to.type() == ElementType.F64) {
            return to.copyFrom(from);
        }
        float[] floats = new float[from.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) from[i];
        }
        return to.copyFrom(floats);
    }

    /** Copies numbers to a new tensor. */
    static Tensor copy(float[] from, Tensor to) {
        if (to.type() == ElementType.F32) {
            return to.copyFrom(from);
        }
        double[] doubles = new double[from.length];
        Arrays.setAll(doubles, i -> from[i]);
        return to.copyFrom(doubles);
    }

    /** Whether a time loop that ran backward in time made the values, its last step the first rows. */
    boolean filledFromEnd() {
        return filledFromEnd;
    }

    Tensor values() {
        return values;
    }

    /** Null as long as nothing has flowed back. */
    Tensor gradients() {
        return gradients;
    }

    /** Whether these are the values of a parameter. */
    boolean isOfParameter() {
        return false;
    }

    /** To be called before gradients are added to anywhere. */
    void touchAll() {}

    /** To be called before some rows of the gradients are added to; false if all of them have to be touched. */
    boolean touchRows(Tensor ids) {
        return false;
    }

    /** To be called before someone else gets the gradients, who may write to them at any time. */
    void shareGradients() {}

    void setGradients(Tensor zeros) {
        gradients = zeros;
    }

    /** Sets gradients in memory that belongs to something else. */
    void giveGradients(Tensor given) {
        gradients = given;
        areGiven = true;
    }

    /** Forgets the gradients, but not their memory. */
    void setGradientsAside() {
        spare = areGiven ? null : gradients;
        areGiven = false;
        gradients = null;
    }

    /** Gradients of zeros in memory that was set aside; null if there is none. */
    Tensor spareZeros() {
        if (spare == null) {
            return null;
        }
        Tensor zeros = spare;
        zeros.clear();
        spare = null;
        return zeros;
    }
}
