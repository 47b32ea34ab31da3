package dev.unroll.rnn.io;

import dev.unroll.kernels.Tensor;
import java.lang.foreign.MemorySegment;

/** The numbers of one tensor, copied from where they are piece by piece. */
interface Numbers {
    /** How many bytes they take. */
    long byteSize();

    /** Copies some of them, which begin so many bytes behind the first one, in the machine's byte order. */
    void copy(long from, MemorySegment to);

    static Numbers of(MemorySegment memory) {
        return new Numbers() {
            @Override
            public long byteSize() {
                return memory.byteSize();
            }

            @Override
            public void copy(long from, MemorySegment to) {
                MemorySegment.copy(memory, from, to, 0, to.byteSize());
            }
        };
    }

    /** Those of a tensor whose rows lie one behind the other. */
    static Numbers of(Tensor tensor) {
        Tensor row = tensor.reshape(1, tensor.size());
        long bytes = tensor.type().bytes();
        return new Numbers() {
            @Override
            public long byteSize() {
                return row.size() * bytes;
            }

            @Override
            public void copy(long from, MemorySegment to) {
                row.columns(from / bytes, to.byteSize() / bytes).copyTo(to);
            }
        };
    }
}
