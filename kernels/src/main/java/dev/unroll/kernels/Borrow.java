package dev.unroll.kernels;

import java.lang.foreign.MemorySegment;

/**
 * The memory of a tensor, lent to a kernel outside this library for the length of one of its calls. It counts as a call of
 * the library's own: until it is closed the memory is neither released nor reused.
 *
 * <pre>{@code
 * static void square(Tensor x, Tensor y) {
 *     try (Borrow from = x.borrow("square"); Borrow to = y.borrowToWrite("square")) {
 *         for (long row = 0; row < x.rows(); row++) {
 *             long source = from.rowOffset(row);
 *             long target = to.rowOffset(row);
 *             ... FloatVector.fromMemorySegment(SPECIES, from.segment(), source + at, ORDER) ...
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>The segment ends with the tensor, so that an access beside it is refused. Several threads may work on one borrow;
 * one of them closes it when all are done. After that the segment must not be used.
 */
public final class Borrow implements AutoCloseable {
    private final Tensor tensor;
    private final MemorySegment segment;
    private boolean isClosed;

    Borrow(String call, Tensor tensor, boolean writable) {
        Checks.notNull("Tensor.borrow", "call", call);
        if (writable) {
            Checks.writable(call, "tensor", tensor);
        }
        this.tensor = tensor;
        tensor.enter(call);
        MemorySegment elements = tensor.segment().asSlice(tensor.offset(), bytes(tensor));
        segment = writable ? elements : elements.asReadOnly();
    }

    private static long bytes(Tensor tensor) {
        return tensor.size() == 0
                ? 0
                : ((tensor.rows() - 1) * tensor.rowStride() + tensor.columns()) * tensor.type().bytes();
    }

    /** {@return the memory from the first element to the last, with the gaps between rows} */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * {@return where a row begins in the segment, in bytes}
     *
     * @param row from 0
     */
    public long rowOffset(long row) {
        return row * tensor.rowStride() * tensor.type().bytes();
    }

    /** Gives the memory back. A second call does nothing. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            tensor.exit();
        }
    }
}
