package dev.unroll.rnn.io;

import dev.unroll.kernels.Bfloat16;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The numbers of one tensor, copied from where they are piece by piece. */
interface Numbers {
    /** How many bytes they take in a file. */
    long byteSize();

    /** Copies some of them, which begin so many bytes behind the first one, in the machine's byte order. */
    void copy(long from, MemorySegment to);

    /** The type that they have in a file, for a tensor of some type. */
    default StoredType storedType(TensorInfo tensor) {
        return StoredType.of(tensor.type());
    }

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

    /**
     * Those of a tensor of F32 whose rows lie one behind the other, rounded to BF16.
     *
     * @throws IllegalArgumentException if it is of another type
     */
    static Numbers bfloat16(Tensor tensor) {
        if (tensor.type() != ElementType.F32) {
            throw new IllegalArgumentException(
                    tensor + " cannot be written as BF16, which is a half of F32; write it as it is");
        }
        Tensor row = tensor.reshape(1, tensor.size());
        return new Numbers() {
            @Override
            public long byteSize() {
                return row.size() * Short.BYTES;
            }

            @Override
            public void copy(long from, MemorySegment to) {
                float[] numbers = new float[Math.toIntExact(to.byteSize() / Short.BYTES)];
                row.columns(from / Short.BYTES, numbers.length).copyTo(MemorySegment.ofArray(numbers));
                for (int i = 0; i < numbers.length; i++) {
                    to.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, Bfloat16.of(numbers[i]));
                }
            }

            @Override
            public StoredType storedType(TensorInfo info) {
                return StoredType.BF16;
            }
        };
    }
}
