package dev.unroll.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/** Copies and accesses the elements of tensors and checks the memory for them. */
final class TensorElements {
    private TensorElements() {}

    static void checkWrapped(MemorySegment memory, long bytes, ElementType type, long... shape) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("cannot wrap memory on the heap: allocate a tensor and copyFrom(array)");
        }
        if (memory.byteSize() < bytes) {
            throw new IllegalArgumentException("shape " + Shape.text(shape) + " of " + type + " needs " + bytes
                    + " bytes, but the memory has " + memory.byteSize());
        }
        if (memory.address() % type.bytes() != 0) {
            throw new IllegalArgumentException(
                    "the memory's address is no multiple of " + type.bytes() + ", the size of " + type);
        }
    }

    /** Checks that wrapped memory is alive and accessible to the calling thread. */
    static void checkAccess(String call, Tensor wrapped) {
        if (!wrapped.segment().scope().isAlive()) {
            throw new IllegalStateException(call + ": the memory under " + wrapped + " was closed by its owner");
        }
        if (!wrapped.segment().isAccessibleBy(Thread.currentThread())) {
            throw new IllegalStateException(call + ": the memory under " + wrapped
                    + " is confined to another thread; call from that, or allocate it in a shared arena");
        }
    }

    static double get(MemorySegment segment, ElementType type, long at) {
        return switch (type) {
            case F32 -> segment.get(ValueLayout.JAVA_FLOAT, at);
            case F64 -> segment.get(ValueLayout.JAVA_DOUBLE, at);
            case I32 -> segment.get(ValueLayout.JAVA_INT, at);
        };
    }

    static void set(MemorySegment segment, ElementType type, long at, double value) {
        switch (type) {
            case F32 -> segment.set(ValueLayout.JAVA_FLOAT, at, (float) value);
            case F64 -> segment.set(ValueLayout.JAVA_DOUBLE, at, value);
            case I32 -> segment.set(ValueLayout.JAVA_INT, at, (int) value);
        }
    }

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

    /**
     * The byte order of a buffer: a view as floats or ints of a new {@code ByteBuffer} is big-endian, whatever the
     * processor.
     */
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
