package dev.unroll.rnn.parallel;

import dev.unroll.kernels.Borrow;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.parallel.Exchange.Messages;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The memory of the tensors of one message, borrowed for a round. It is reused for the next round. */
final class Lending {
    private final String name;
    private final int worker;
    private final boolean isWritten;
    private final List<Borrow> borrows = new ArrayList<>();
    private long bytes;

    private Lending(String name, int worker, boolean isWritten) {
        this.name = name;
        this.worker = worker;
        this.isWritten = isWritten;
    }

    /** {@return that of messages to another worker, without tensors yet} */
    static Lending outgoing(int worker) {
        return new Lending("outgoing", worker, false);
    }

    /** {@return that of messages from another worker, without tensors yet} */
    static Lending incoming(int worker) {
        return new Lending("incoming", worker, true);
    }

    /**
     * Borrows the tensors of a round.
     *
     * @throws IllegalArgumentException if one is null, not contiguous, or read-only although it is to be overwritten
     * @throws IllegalStateException if one was released
     */
    void borrow(String call, Messages messages) {
        List<Tensor> tensors = messages.with(worker);
        if (tensors == null) {
            throw refused(call, "", " is null");
        }
        for (Tensor tensor : tensors) {
            check(call, tensor);
            borrows.add(isWritten ? tensor.borrowToWrite(call) : tensor.borrow(call));
            bytes += tensor.size() * tensor.type().bytes();
        }
    }

    private void check(String call, Tensor tensor) {
        if (tensor == null) {
            throw refused(call, place(), " is null");
        }
        if (!tensor.isContiguous()) {
            throw refused(call, place(), " is " + tensor + ", but must be contiguous; exchange a copy of it");
        }
        if (isWritten && tensor.isReadOnly()) {
            throw refused(call, place(), " is " + tensor + ", which is read-only");
        }
    }

    private String place() {
        return "[" + borrows.size() + "]";
    }

    private IllegalArgumentException refused(String call, String place, String why) {
        return new IllegalArgumentException(call + ": " + name + ".with(" + worker + ")" + place + why);
    }

    /** Refuses memory of confined arenas, which another thread could not read. */
    void requireAccessibleBy(String call, Thread other) {
        for (int i = 0; i < borrows.size(); i++) {
            if (!segment(i).isAccessibleBy(other)) {
                throw refused(call, "[" + i + "]",
                        " is confined to this thread, so that no other can read it; allocate it in a shared arena");
            }
        }
    }

    long bytes() {
        return bytes;
    }

    /** {@return the number of segments} */
    int size() {
        return borrows.size();
    }

    MemorySegment segment(int i) {
        return borrows.get(i).segment();
    }

    /** Copies all bytes of another message of the same size, whose tensors may cut them differently. */
    void copyFrom(Lending source) {
        long fromAt = 0;
        long toAt = 0;
        for (int from = 0, to = 0; from < source.size() && to < size();) {
            MemorySegment read = source.segment(from);
            MemorySegment written = segment(to);
            long count = Math.min(read.byteSize() - fromAt, written.byteSize() - toAt);
            MemorySegment.copy(read, fromAt, written, toAt, count);
            fromAt += count;
            toAt += count;
            if (fromAt == read.byteSize()) {
                from++;
                fromAt = 0;
            }
            if (toAt == written.byteSize()) {
                to++;
                toAt = 0;
            }
        }
    }

    /** Gives the memory back, if some was borrowed. */
    void giveBack() {
        for (Borrow borrow : borrows) {
            borrow.close();
        }
        borrows.clear();
        bytes = 0;
    }
}
