package dev.unroll.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.Buffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A view of numbers off the heap: a shape over some memory, owning none of it.
 *
 * <p>The last size is contiguous. All sizes before it together count the <em>rows</em>, which lie {@link #rowStride()}
 * elements apart; kernels see every tensor as such a matrix, so that a sequence {@code [T, B, F]} is one matrix of
 * {@code T * B} rows. Tensors are immutable as views (their numbers are not) and free to share between threads.
 *
 * <p>A tensor of a {@link Workspace} is refused, by an {@link IllegalStateException}, after the return to a mark older
 * than it and after the workspace was closed.
 */
public final class Tensor {
    /** Calls nothing and owns nothing: memory that it may not access is confined to one thread. */
    private static final Thread STRANGER = new Thread();

    private final MemorySegment segment;
    private final long offset;
    private final ElementType type;
    private final long[] shape;
    private final long rows;
    private final long rowStride;
    /** Null for memory that was wrapped: its own arena says whether it is alive, and to whom. */
    private final Generation generation;

    /** A dense tensor of a workspace; takes the array over. */
    Tensor(MemorySegment segment, long offset, ElementType type, long[] shape, Generation generation) {
        this(segment, offset, type, shape, shape[shape.length - 1], generation);
    }

    private Tensor(
            MemorySegment segment, long offset, ElementType type, long[] shape, long rowStride, Generation generation) {
        this.segment = segment;
        this.offset = offset;
        this.type = type;
        this.shape = shape;
        this.rows = Shape.rows(shape);
        this.rowStride = rowStride;
        this.generation = generation;
    }

    /**
     * Wraps native memory of the caller's own without copying it. The memory must stay alive while calls run on it: use
     * an arena that is not closed meanwhile. Memory of a confined arena is for the calls of its thread, and other threads
     * of a pool take no part in them.
     *
     * @param memory native, aligned to the element; the tensor covers its beginning
     * @param type of the elements
     * @param shape sizes, the last one contiguous
     * @return a tensor over the same memory
     * @throws IllegalArgumentException if an argument is null, or the memory is on the heap, too small for the shape or
     *     not aligned
     */
    public static Tensor wrap(MemorySegment memory, ElementType type, long... shape) {
        Checks.notNull("Tensor.wrap", "memory", memory);
        long bytes = Shape.bytes(type, shape);
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
        return new Tensor(memory, 0, type, shape.clone(), null);
    }

    /**
     * Wraps a direct buffer of the caller's own without copying it, from its position to its limit.
     *
     * @param buffer direct, in native byte order
     * @param type of the elements
     * @param shape sizes, the last one contiguous
     * @return a tensor over the same memory, which keeps the buffer alive
     * @throws IllegalArgumentException if an argument is null, or the buffer is on the heap, in the other byte order, too
     *     small or not aligned
     */
    public static Tensor wrap(Buffer buffer, ElementType type, long... shape) {
        Checks.notNull("Tensor.wrap", "buffer", buffer);
        if (!buffer.isDirect() || TensorCopy.order(buffer) != ByteOrder.nativeOrder()) {
            throw new IllegalArgumentException("cannot wrap this buffer: it must be direct and in native byte order");
        }
        return wrap(MemorySegment.ofBuffer(buffer), type, shape);
    }

    /** {@return the type of the elements} */
    public ElementType type() {
        return type;
    }

    /** {@return the sizes, as a copy} */
    public long[] shape() {
        return shape.clone();
    }

    /** {@return the number of rows: the product of all sizes but the last} */
    public long rows() {
        return rows;
    }

    /** {@return the number of elements of a row: the last size} */
    public long columns() {
        return shape[shape.length - 1];
    }

    /** {@return the number of elements from the start of a row to the start of the next} */
    public long rowStride() {
        return rowStride;
    }

    /** {@return the number of elements: the product of all sizes} */
    public long size() {
        return rows * columns();
    }

    /** {@return whether no gaps lie between the rows} */
    public boolean isContiguous() {
        return rowStride == columns() || rows <= 1;
    }

    /**
     * A view of some rows, as a matrix.
     *
     * @param from the first row
     * @param count how many
     * @return a tensor {@code [count, columns]} over the same memory
     * @throws IndexOutOfBoundsException if the rows are not all there
     */
    public Tensor rows(long from, long count) {
        checkRange("rows", from, count, rows);
        return view(from * rowStride, new long[] {count, columns()});
    }

    /**
     * The rows of this tensor and of another that follows it in memory, as one matrix without copying.
     *
     * @param next of the same type and row length
     * @return a tensor {@code [rows + next.rows, columns]}, or null if the memory of the two does not follow each other
     * @throws IllegalArgumentException if it is null
     */
    public Tensor join(Tensor next) {
        Checks.notNull("join", "next", next);
        boolean follows = next.segment == segment
                && next.generation == generation
                && next.type == type
                && next.columns() == columns()
                && next.offset == offset + rows * rowStride * type.bytes()
                && (next.rowStride == rowStride || next.rows <= 1);
        return follows ? view(0, new long[] {rows + next.rows, columns()}) : null;
    }

    /**
     * A view of some columns of every row, as a matrix.
     *
     * @param from the first column
     * @param count how many
     * @return a tensor {@code [rows, count]} over the same memory
     * @throws IndexOutOfBoundsException if the columns are not all there
     */
    public Tensor columns(long from, long count) {
        checkRange("columns", from, count, columns());
        return view(from, new long[] {rows, count});
    }

    /**
     * The same elements in another shape.
     *
     * @param sizes the new shape
     * @return a tensor over the same memory
     * @throws IllegalArgumentException if the count of elements differs, or the rows have gaps and the last size changes
     */
    public Tensor reshape(long... sizes) {
        boolean sameCount = Shape.bytes(type, sizes) == size() * type.bytes();
        if (!sameCount || (sizes[sizes.length - 1] != columns() && !isContiguous())) {
            throw new IllegalArgumentException("cannot reshape " + this + " to " + Shape.text(sizes)
                    + (sameCount ? ": its rows have gaps" : ": the count of elements differs"));
        }
        long stride = sizes[sizes.length - 1] == columns() ? rowStride : sizes[sizes.length - 1];
        return new Tensor(segment, offset, type, sizes.clone(), stride, generation);
    }

    private Tensor view(long elements, long[] sizes) {
        return new Tensor(segment, offset + elements * type.bytes(), type, sizes, rowStride, generation);
    }

    private void checkRange(String what, long from, long count, long size) {
        if (from < 0 || count < 0 || from > size - count) {
            throw new IndexOutOfBoundsException(
                    what + " " + from + " to " + (from + count) + " of " + this + ", which has " + size);
        }
    }

    /**
     * Whether two tensors have equal shapes.
     *
     * @param other any tensor
     * @return true if all sizes are equal
     * @throws IllegalArgumentException if it is null
     */
    public boolean hasShapeOf(Tensor other) {
        Checks.notNull("hasShapeOf", "other", other);
        return Arrays.equals(shape, other.shape);
    }

    /**
     * Reads one element, slowly: for looking, not for computing.
     *
     * @param row its row
     * @param column its column
     * @return the element
     * @throws IndexOutOfBoundsException if it is not there
     * @throws IllegalStateException if the tensor was released
     */
    public double get(long row, long column) {
        long at = address(row, column);
        enter("get");
        try {
            return switch (type) {
                case F32 -> segment.get(ValueLayout.JAVA_FLOAT, at);
                case F64 -> segment.get(ValueLayout.JAVA_DOUBLE, at);
                case I32 -> segment.get(ValueLayout.JAVA_INT, at);
            };
        } finally {
            exit();
        }
    }

    /**
     * Writes one element, slowly: for small changes, not for computing.
     *
     * @param row its row
     * @param column its column
     * @param value converted to the element's type
     * @throws IndexOutOfBoundsException if it is not there
     * @throws IllegalArgumentException if the memory is read-only
     * @throws IllegalStateException if the tensor was released
     */
    public void set(long row, long column, double value) {
        Checks.writable("set", "tensor", this);
        long at = address(row, column);
        enter("set");
        try {
            switch (type) {
                case F32 -> segment.set(ValueLayout.JAVA_FLOAT, at, (float) value);
                case F64 -> segment.set(ValueLayout.JAVA_DOUBLE, at, value);
                case I32 -> segment.set(ValueLayout.JAVA_INT, at, (int) value);
            }
        } finally {
            exit();
        }
    }

    private long address(long row, long column) {
        checkRange("row", row, 1, rows);
        checkRange("column", column, 1, columns());
        return offset + (row * rowStride + column) * type.bytes();
    }

    /**
     * Copies all elements from an array, row by row.
     *
     * @param values as many as the tensor has elements
     * @return this tensor
     * @throws IllegalArgumentException if the array is null, the type is not {@link ElementType#F32}, the count differs or
     *     the memory is read-only
     * @throws IllegalStateException if the tensor was released
     */
    public Tensor copyFrom(float... values) {
        Checks.notNull("copyFrom", "values", values);
        TensorCopy.checkArray(this, ElementType.F32, values.length);
        return copyFrom(MemorySegment.ofArray(values));
    }

    /**
     * Copies all elements from an array, row by row.
     *
     * @param values as many as the tensor has elements
     * @return this tensor
     * @throws IllegalArgumentException if the type is not {@link ElementType#F64}, the count differs or the memory is
     *     read-only
     * @throws IllegalStateException if the tensor was released
     */
    public Tensor copyFrom(double... values) {
        Checks.notNull("copyFrom", "values", values);
        TensorCopy.checkArray(this, ElementType.F64, values.length);
        return copyFrom(MemorySegment.ofArray(values));
    }

    /**
     * Copies all elements from an array, row by row.
     *
     * @param values as many as the tensor has elements
     * @return this tensor
     * @throws IllegalArgumentException if the type is not {@link ElementType#I32}, the count differs or the memory is
     *     read-only
     * @throws IllegalStateException if the tensor was released
     */
    public Tensor copyFrom(int... values) {
        Checks.notNull("copyFrom", "values", values);
        TensorCopy.checkArray(this, ElementType.I32, values.length);
        return copyFrom(MemorySegment.ofArray(values));
    }

    /**
     * Copies all elements, row by row, from memory in native byte order: an array, a buffer or a file's part.
     *
     * @param source exactly as many bytes as the elements take
     * @return this tensor
     * @throws IllegalArgumentException if the count of bytes differs or the memory is read-only
     * @throws IllegalStateException if the tensor was released
     */
    public Tensor copyFrom(MemorySegment source) {
        TensorCopy.from(source, this);
        return this;
    }

    /**
     * Copies all elements, row by row, to memory in native byte order.
     *
     * @param target exactly as many bytes as the elements take
     * @throws IllegalArgumentException if the count of bytes differs
     * @throws IllegalStateException if the tensor was released
     */
    public void copyTo(MemorySegment target) {
        TensorCopy.to(this, target);
    }

    /**
     * Copies all elements of another tensor of the same type and shape.
     *
     * @param source of the same type and shape
     * @return this tensor
     * @throws IllegalArgumentException if type or shape differ, this memory is read-only or the two share some of it
     * @throws IllegalStateException if either was released
     */
    public Tensor copyFrom(Tensor source) {
        TensorCopy.copy(source, this);
        return this;
    }

    /**
     * Sets every element to zero.
     *
     * @throws IllegalArgumentException if the memory is read-only
     * @throws IllegalStateException if the tensor was released
     */
    public void clear() {
        TensorCopy.clear(this);
    }

    /** Where a row begins in the segment, in bytes. */
    long rowOffset(long row) {
        return offset + row * rowStride * type.bytes();
    }

    /**
     * The elements as an array, row by row.
     *
     * @return a copy
     * @throws IllegalArgumentException if the type is not {@link ElementType#F32}
     * @throws IllegalStateException if the tensor was released
     */
    public float[] toFloats() {
        float[] values = new float[TensorCopy.arrayLength(this, ElementType.F32)];
        copyTo(MemorySegment.ofArray(values));
        return values;
    }

    /**
     * The elements as an array, row by row.
     *
     * @return a copy
     * @throws IllegalArgumentException if the type is not {@link ElementType#F64}
     * @throws IllegalStateException if the tensor was released
     */
    public double[] toDoubles() {
        double[] values = new double[TensorCopy.arrayLength(this, ElementType.F64)];
        copyTo(MemorySegment.ofArray(values));
        return values;
    }

    /**
     * The elements as an array, row by row.
     *
     * @return a copy
     * @throws IllegalArgumentException if the type is not {@link ElementType#I32}
     * @throws IllegalStateException if the tensor was released
     */
    public int[] toInts() {
        int[] values = new int[TensorCopy.arrayLength(this, ElementType.I32)];
        copyTo(MemorySegment.ofArray(values));
        return values;
    }

    MemorySegment segment() {
        return segment;
    }

    /** Where the first element lies in the segment, in bytes. */
    long offset() {
        return offset;
    }

    /** Holds the memory for one call, after a check that it is still this tensor's. */
    void enter(String call) {
        if (generation == null) {
            enterWrapped(call);
            return;
        }
        generation.workspace().enter(call);
        if (generation.isReleased()) {
            generation.workspace().exit();
            throw new IllegalStateException(call + ": " + this + " was released by reset of workspace "
                    + generation.workspace().name() + "; allocate it again, or before the mark");
        }
    }

    private void enterWrapped(String call) {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException(call + ": the memory under " + this + " was closed by its owner");
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalStateException(call + ": the memory under " + this
                    + " is confined to another thread; call from that, or allocate it in a shared arena");
        }
    }

    /** Whether no thread but the caller's may touch the memory. */
    boolean isConfined() {
        return generation == null && !segment.isAccessibleBy(STRANGER);
    }

    void exit() {
        if (generation != null) {
            generation.workspace().exit();
        }
    }

    @Override
    public String toString() {
        return type + Shape.text(shape) + (isContiguous() ? "" : " with row stride " + rowStride);
    }
}
