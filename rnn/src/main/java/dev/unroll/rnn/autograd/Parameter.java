package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Noise;
import dev.unroll.kernels.PackedMatrix;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.Objects;

/**
 * A learned variable: a matrix or a bias row in the slab of its {@link Parameters}.
 *
 * <p>Many threads may read it while none writes; who writes holds the parameters for itself.
 */
public final class Parameter extends Leaf {
    private final Parameters owner;
    private final int index;
    private final String name;
    private final long[] shape;
    private final Initializer initializer;
    private double learningRateMultiplier = 1;
    private Tensor readOnly;
    private final Packing forward = new Packing(false);
    private final Packing backward = new Packing(true);
    private final Noisy noisy = new Noisy();

    Parameter(Parameters owner, int index, String name, Initializer initializer, long... shape) {
        super(null, true);
        this.owner = owner;
        this.index = index;
        this.name = name;
        this.initializer = initializer;
        this.shape = shape;
    }

    /** {@return the name, unique among the parameters of a model, such as {@code layer0.recurrent}} */
    public String name() {
        return name;
    }

    /**
     * Returns the values, which {@link #write} changes.
     *
     * @return a read-only view, the same for every call, valid as long as the memory of the parameters
     * @throws IllegalStateException before {@link Parameters#allocate}
     */
    @Override
    public Tensor value() {
        Tensor view = readOnly;
        if (view == null) {
            view = storage().values().asReadOnly();
            readOnly = view;
        }
        return view;
    }

    /**
     * Changes the values. All parameters are held meanwhile, so that other threads are refused; afterwards packed forms of
     * the values are made anew, also if the writer failed.
     *
     * @param <E> what the writer may throw besides unchecked exceptions
     * @param writer given the values, of the shape of this parameter; it must not keep the tensor
     * @throws E if the writer throws it
     * @throws IllegalStateException before {@link Parameters#allocate}, if other work reads or changes the parameters, or
     *     if they are kept as {@linkplain Parameters#toBfloat16 bfloat16}
     */
    public <E extends Exception> void write(Parameters.Writer<E> writer) throws E {
        Nulls.require("Parameter.write", "writer", writer);
        owner.writeTo("writing to " + name, storage().values(), writer);
    }

    /** {@return the shape: {@code [inputs, outputs]} of a matrix, {@code [outputs]} of a bias} */
    public long[] shape() {
        return shape.clone();
    }

    /** {@return the factor of this parameter's learning rate, 1 by default} */
    public double learningRateMultiplier() {
        return learningRateMultiplier;
    }

    /**
     * Sets the factor of this parameter's learning rate from the next update on, such as 0.1 to fine-tune a pretrained
     * parameter, or 0 to freeze it.
     *
     * @param factor of the optimizer's rate and, with it, of its decay
     * @throws IllegalArgumentException if it is negative, NaN or infinite
     */
    public void learningRateMultiplier(double factor) {
        if (!(factor >= 0) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("parameter " + name
                    + ": the factor of the rate must be 0 or a positive number, not " + factor);
        }
        learningRateMultiplier = factor;
    }

    /**
     * Returns the gradient, which the caller may write to. The passes over gradients then visit all rows of this parameter
     * from now on, as {@link Parameters#gradients} says.
     *
     * @return a view in the shape of the values, zeros if nothing flowed back
     * @throws IllegalStateException before {@link Parameters#allocate}
     */
    @Override
    public Tensor gradient() {
        return super.gradient();
    }

    /**
     * {@return whether every element of the gradient is finite}
     *
     * @throws IllegalStateException before {@link Parameters#allocate}
     */
    public boolean hasFiniteGradient() {
        return Reductions.isFinite(gradientView());
    }

    @Override
    Storage storage() {
        Storage storage = super.storage();
        if (storage == null) {
            throw new IllegalStateException("parameter " + name + " has no memory yet; call Parameters.allocate first");
        }
        return storage;
    }

    Parameters owner() {
        return owner;
    }

    Initializer initializer() {
        return initializer;
    }

    /** The shape as a text, such as {@code [28, 256]}. */
    String shapeText() {
        return Arrays.toString(shape);
    }

    long size() {
        long size = 1;
        for (long s : shape) {
            size *= s;
        }
        return size;
    }

    /** Whether it is no bias or other row. */
    boolean isMatrix() {
        return shape.length > 1;
    }

    /**
     * The values that a tape computes with: these, or noisy ones if this is a matrix and the tape has noise. Both have
     * the same gradients.
     */
    Storage storage(NoiseOfUpdate noiseOrNull, WorkerPool pool) {
        return noiseOrNull == null || !isMatrix() ? storage() : noisy.current(noiseOrNull, pool);
    }

    /** The matrix packed for {@code x W}; packed again only after the values or the noise changed. */
    PackedMatrix packed(NoiseOfUpdate noiseOrNull, WorkerPool pool) {
        return forward.current(noiseOrNull, pool);
    }

    /** The matrix packed for {@code delta W^T}; packed again only after the values or the noise changed. */
    PackedMatrix packedTransposed(NoiseOfUpdate noiseOrNull, WorkerPool pool) {
        return backward.current(noiseOrNull, pool);
    }

    /** A form that is computed from the matrix, with the version of the values and the noise it was computed from. */
    private abstract class Derived {
        private record Source(long version, NoiseOfUpdate noise) {}

        /** Null while it is being computed. Read without the lock: many threads may share one form of the same version. */
        private volatile Source source;

        final void refresh(NoiseOfUpdate wanted, WorkerPool pool) {
            if (!isCurrent(wanted)) {
                computeOnce(wanted, pool);
            }
        }

        private boolean isCurrent(NoiseOfUpdate wanted) {
            Source from = source;
            return from != null && from.version == owner.version() && Objects.equals(from.noise, wanted);
        }

        private synchronized void computeOnce(NoiseOfUpdate wanted, WorkerPool pool) {
            if (!isCurrent(wanted)) {
                long version = owner.version();
                source = null;
                compute(wanted, pool);
                source = new Source(version, wanted);
            }
        }

        abstract void compute(NoiseOfUpdate noise, WorkerPool pool);
    }

    /** The matrix with noise, which is drawn once for all its uses. */
    private final class Noisy extends Derived {
        private Storage storage;

        Storage current(NoiseOfUpdate noise, WorkerPool pool) {
            refresh(noise, pool);
            return storage;
        }

        @Override
        void compute(NoiseOfUpdate noise, WorkerPool pool) {
            Tensor clean = Parameter.this.storage().values();
            if (storage == null) {
                storage = new NoisyStorage(owner.workspace().allocate(clean.type(), shape));
            }
            long stream = noise.stream(index);
            Noise.add(noise.sigma(), noise.seed(), stream, clean, storage.values(), pool);
        }
    }

    /** Noisy values, with the gradients of the clean ones. */
    private final class NoisyStorage extends Storage {
        NoisyStorage(Tensor values) {
            super(values, null);
        }

        @Override
        boolean isOfParameter() {
            return true;
        }

        @Override
        Tensor gradients() {
            return Parameter.this.storage().gradients();
        }

        @Override
        void touchAll() {
            Parameter.this.storage().touchAll();
        }

        @Override
        void shareGradients() {
            Parameter.this.storage().shareGradients();
        }
    }

    /** A packed form. */
    private final class Packing extends Derived {
        private final boolean transposed;
        private PackedMatrix matrix;

        Packing(boolean transposed) {
            this.transposed = transposed;
        }

        PackedMatrix current(NoiseOfUpdate noise, WorkerPool pool) {
            refresh(noise, pool);
            return matrix;
        }

        @Override
        void compute(NoiseOfUpdate noise, WorkerPool pool) {
            Tensor value = storage(noise, pool).values();
            if (matrix == null || matrix.isBfloat16() != owner.isBfloat16()) {
                matrix = allocate(owner.workspace(), value);
            }
            if (transposed) {
                matrix.packTransposed(value, pool);
            } else {
                matrix.pack(value, pool);
            }
        }

        private PackedMatrix allocate(Workspace workspace, Tensor value) {
            int rows = Math.toIntExact(value.rows());
            int columns = Math.toIntExact(value.columns());
            int k = transposed ? columns : rows;
            int n = transposed ? rows : columns;
            return owner.isBfloat16()
                    ? PackedMatrix.bfloat16(workspace, k, n)
                    : PackedMatrix.of(workspace, k, n, value.type());
        }
    }
}
