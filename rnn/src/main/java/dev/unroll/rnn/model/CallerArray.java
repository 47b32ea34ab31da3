package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.internal.Nulls;
import java.lang.foreign.MemorySegment;

/** The last array of a caller as a segment, so that an array is wrapped once and not at every step. For one thread. */
final class CallerArray {
    private Object array;
    private MemorySegment segment;

    /**
     * Returns the memory of an array that holds as many elements as a tensor, of its type.
     *
     * @throws IllegalArgumentException if it is null or does not, naming the call and the parameter
     */
    MemorySegment of(String call, String parameter, float[] floats, Tensor tensor) {
        Nulls.require(call, parameter, floats);
        require(call, parameter, ElementType.F32, floats.length, tensor);
        return array == floats ? segment : keep(floats, MemorySegment.ofArray(floats));
    }

    MemorySegment of(String call, String parameter, double[] doubles, Tensor tensor) {
        Nulls.require(call, parameter, doubles);
        require(call, parameter, ElementType.F64, doubles.length, tensor);
        return array == doubles ? segment : keep(doubles, MemorySegment.ofArray(doubles));
    }

    MemorySegment of(String call, String parameter, int[] ints, Tensor tensor) {
        Nulls.require(call, parameter, ints);
        require(call, parameter, ElementType.I32, ints.length, tensor);
        return array == ints ? segment : keep(ints, MemorySegment.ofArray(ints));
    }

    private MemorySegment keep(Object of, MemorySegment wrapped) {
        array = of;
        segment = wrapped;
        return wrapped;
    }

    static void require(String call, String parameter, ElementType type, int length, Tensor tensor) {
        if (tensor.type() != type) {
            throw new IllegalArgumentException(
                    call + ": this session has " + tensor + ", so " + parameter + " cannot be of "
                            + type + "; give numbers of its type, or open another session");
        }
        if (tensor.size() != length) {
            throw new IllegalArgumentException(call + ": expected " + tensor.size() + " " + parameter + " for " + tensor
                    + ", not " + length);
        }
    }
}
