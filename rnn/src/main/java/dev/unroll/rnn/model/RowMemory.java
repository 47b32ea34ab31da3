package dev.unroll.rnn.model;

import dev.unroll.kernels.Borrow;
import dev.unroll.kernels.Tensor;
import java.lang.foreign.MemorySegment;

/** The rows of a tensor as memory, to copy single ones without a view of each. Until it is closed it holds the tensor. */
final class RowMemory implements AutoCloseable {
    private static final String CALL = "joining steps";

    private final Borrow borrow;
    private final MemorySegment segment;
    private final long stride;
    private final long bytes;

    private RowMemory(Borrow borrow, Tensor tensor, int rows) {
        this.borrow = borrow;
        segment = borrow.segment();
        boolean isVector = tensor.rows() != rows;
        stride = isVector ? tensor.type().bytes() : borrow.rowOffset(1);
        bytes = tensor.size() / rows * tensor.type().bytes();
    }

    /** Borrows a tensor of some rows, or a vector of as many ids, to read it. */
    static RowMemory reading(Tensor tensor, int rows) {
        return new RowMemory(tensor.borrow(CALL), tensor, rows);
    }

    /** Borrows a tensor of some rows, or a vector of as many ids, to write to it too. */
    static RowMemory writing(Tensor tensor, int rows) {
        return new RowMemory(tensor.borrowToWrite(CALL), tensor, rows);
    }

    /** {@return the bytes of a row} */
    long bytes() {
        return bytes;
    }

    /** Copies a whole row of another memory into a part of a row of this one. */
    void put(int row, long at, RowMemory from, int fromRow) {
        MemorySegment.copy(from.segment, fromRow * from.stride, segment, row * stride + at, from.bytes);
    }

    /** Copies a part of a row of this memory into a whole row of another one. */
    void get(int row, long at, RowMemory to, int toRow) {
        MemorySegment.copy(segment, row * stride + at, to.segment, toRow * to.stride, to.bytes);
    }

    @Override
    public void close() {
        borrow.close();
    }
}
