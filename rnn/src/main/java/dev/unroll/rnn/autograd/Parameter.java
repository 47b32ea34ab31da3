package dev.unroll.rnn.autograd;

import dev.unroll.kernels.PackedMatrix;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initializer;

/** A variable that is learned: a matrix or a bias row in the slab of its {@link Parameters}. */
public final class Parameter extends Leaf {
    private final Parameters owner;
    private final String name;
    private final long[] shape;
    private final Initializer initializer;
    private final Packing forward = new Packing(false);
    private final Packing backward = new Packing(true);

    Parameter(Parameters owner, String name, Initializer initializer, long... shape) {
        super(null, true);
        this.owner = owner;
        this.name = name;
        this.initializer = initializer;
        this.shape = shape;
    }

    /**
     * The name, unique in its {@link Parameters}.
     *
     * @return such as {@code layer0.recurrent}
     */
    public String name() {
        return name;
    }

    /**
     * The shape, known before the memory is.
     *
     * @return {@code [inputs, outputs]} of a matrix, {@code [outputs]} of a bias
     */
    public long[] shape() {
        return shape.clone();
    }

    @Override
    Storage storage() {
        Storage storage = super.storage();
        if (storage == null) {
            throw new IllegalStateException("parameter " + name + " has no memory yet; call Parameters.allocate first");
        }
        return storage;
    }

    Initializer initializer() {
        return initializer;
    }

    long size() {
        long size = 1;
        for (long s : shape) {
            size *= s;
        }
        return size;
    }

    /** The matrix packed for {@code x W}; made again only after the values changed. */
    PackedMatrix packed(WorkerPool pool) {
        return forward.current(pool);
    }

    /** The matrix packed for {@code delta W^T}; made again only after the values changed. */
    PackedMatrix packedTransposed(WorkerPool pool) {
        return backward.current(pool);
    }

    /** One packed form and the version of the values that it was made from. */
    private final class Packing {
        private final boolean transposed;
        private PackedMatrix matrix;
        private long version = -1;

        Packing(boolean transposed) {
            this.transposed = transposed;
        }

        PackedMatrix current(WorkerPool pool) {
            if (version != owner.version()) {
                Tensor value = value();
                if (matrix == null) {
                    matrix = allocate(owner.workspace(), value);
                }
                if (transposed) {
                    matrix.packTransposed(value, pool);
                } else {
                    matrix.pack(value, pool);
                }
                version = owner.version();
            }
            return matrix;
        }

        private PackedMatrix allocate(Workspace workspace, Tensor value) {
            int rows = Math.toIntExact(value.rows());
            int columns = Math.toIntExact(value.columns());
            return transposed
                    ? PackedMatrix.of(workspace, columns, rows, value.type())
                    : PackedMatrix.of(workspace, rows, columns, value.type());
        }
    }
}
