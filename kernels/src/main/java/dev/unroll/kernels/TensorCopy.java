package dev.unroll.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/** Copies the elements of tensors to and from other memory, row by row, and the checks for it. */
final class TensorCopy {
    private TensorCopy() {}

    static void checkArray(Tensor to, ElementType given, long count) {
        if (given != to.type() || count != to.size()) {
            throw new IllegalArgumentException("cannot copy " + count + " elements of " + given + " into " + to);
        }
    }

    /** The length of an array for all elements of a tensor of the wanted type. */
    static int arrayLength(Tensor from, ElementType wanted) {
        if (from.type() != wanted) {
            throw new IllegalArgumentException(from + " holds " + from.type() + ", not " + wanted);
        }
        if (from.size() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(from + " has more elements than an array can; copy it in parts");
        }
        return (int) from.size();
    }

    static void from(MemorySegment source, Tensor to) {
        checkBytes("copyFrom", to, source);
        Checks.writable("copyFrom", "tensor", to);
        to.enter("copyFrom");
        try {
            long bytes = runBytes(to);
            for (long r = 0; r < runs(to); r++) {
                MemorySegment.copy(source, r * bytes, to.segment(), to.rowOffset(r), bytes);
            }
        } finally {
            to.exit();
        }
    }

    static void to(Tensor from, MemorySegment target) {
        checkBytes("copyTo", from, target);
        from.enter("copyTo");
        try {
            long bytes = runBytes(from);
            for (long r = 0; r < runs(from); r++) {
                MemorySegment.copy(from.segment(), from.rowOffset(r), target, r * bytes, bytes);
            }
        } finally {
            from.exit();
        }
    }

    static void copy(Tensor source, Tensor to) {
        Checks.notNull("copyFrom", "source", source);
        Checks.writable("copyFrom", "tensor", to);
        if (source.type() != to.type() || !to.hasShapeOf(source)) {
            throw new IllegalArgumentException("cannot copy " + source + " into " + to);
        }
        Overlap.checkUnlessSame("copyFrom", to, source);
        Operands.enter("copyFrom", WorkerPool.caller(), source, to);
        try {
            boolean dense = to.isContiguous() && source.isContiguous();
            long count = dense ? runs(to) : to.rows();
            long bytes = dense ? runBytes(to) : to.columns() * to.type().bytes();
            for (long r = 0; r < count; r++) {
                MemorySegment.copy(source.segment(), source.rowOffset(r), to.segment(), to.rowOffset(r), bytes);
            }
        } finally {
            Operands.exit(source, to);
        }
    }

    static void clear(Tensor x) {
        Checks.writable("clear", "tensor", x);
        x.enter("clear");
        try {
            long bytes = runBytes(x);
            for (long r = 0; r < runs(x); r++) {
                x.segment().asSlice(x.rowOffset(r), bytes).fill((byte) 0);
            }
        } finally {
            x.exit();
        }
    }

    /** The number of contiguous runs: one, or one per row if there are gaps. */
    private static long runs(Tensor x) {
        return x.isContiguous() ? Math.min(1, x.rows()) : x.rows();
    }

    private static long runBytes(Tensor x) {
        return (x.isContiguous() ? x.size() : x.columns()) * x.type().bytes();
    }

    private static void checkBytes(String call, Tensor x, MemorySegment other) {
        Checks.notNull(call, "memory", other);
        long bytes = x.size() * x.type().bytes();
        if (other.byteSize() != bytes) {
            throw new IllegalArgumentException(x + " takes " + bytes + " bytes, but there are " + other.byteSize());
        }
    }

    /** The byte order of a buffer: a view as floats or ints of a new {@code ByteBuffer} is big-endian, whatever the processor. */
    static ByteOrder order(Buffer buffer) {
        return switch (buffer) {
            case ByteBuffer bytes -> bytes.order();
            case FloatBuffer floats -> floats.order();
            case DoubleBuffer doubles -> doubles.order();
            case IntBuffer ints -> ints.order();
            case LongBuffer longs -> longs.order();
            case ShortBuffer shorts -> shorts.order();
            case CharBuffer chars -> chars.order();
        };
    }
}
