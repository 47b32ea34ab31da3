package dev.unroll.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A view of numbers off the heap: a shape over memory that it does not own.
 *
 * <p>The last size is contiguous. The product of all sizes before it is the number of <em>rows</em>, which lie {@link
 * #rowStride()} elements apart; kernels see every tensor as such a matrix, so that a sequence {@code [T, b, n]} is one
 * matrix of {@code T b} rows. A tensor is immutable as a view, though its elements are not, and may be shared between
 * threads.
 *
 * <p>Methods that access elements throw {@link IllegalStateException} if the tensor was released: if the {@link
 * Workspace#scope scope} in which it was allocated has ended, its workspace was closed, or the arena of wrapped memory
 * was. Methods that write throw {@link IllegalArgumentException} for read-only memory.
 */
public final class Tensor {
    /** A thread that is never started: memory that it may not access is confined to one thread. */
    private static final Thread STRANGER = new Thread();

    private final MemorySegment segment;
    private final long offset;
    private final ElementType type;
    private final long[] shape;
    private final long rows;
    private final long rowStride;
    /** Null for wrapped memory: its arena knows whether it is alive, and for which thread. */
    private final Generation generation;

    /** Creates a dense tensor of a workspace, which keeps the array. */
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
     * Wraps native memory without copying it. The memory must stay alive while calls run on it: do not close its arena
     * meanwhile. Memory of a confined arena is accessed by the calling thread alone; other threads of a pool take no
     * part.
     *
     * @param memory native, aligned to the element; the tensor covers its beginning
     * @param type of the elements
     * @param shape sizes, the last one contiguous
     * @return a tensor over the same memory
     * @throws IllegalArgumentException if the memory is on the heap, too small for the shape or not aligned
     */
    public static Tensor wrap(MemorySegment memory, ElementType type, long... shape) {
        Checks.notNull("Tensor.wrap", "memory", memory);
        long bytes = Shape.bytes(type, shape);
        TensorElements.checkWrapped(memory, bytes, type, shape);
        return new Tensor(memory, 0, type, shape.clone(), null);
    }

    /**
     * Wraps a direct buffer without copying it, from its position to its limit.
     *
     * @param buffer direct, in native byte order
     * @param type of the elements
     * @param shape sizes, the last one contiguous
     * @return a tensor over the same memory, which keeps the buffer alive
     * @throws IllegalArgumentException if the buffer is on the heap, in the other byte order,
     *     too small or not aligned
     */
    public static Tensor wrap(Buffer buffer, ElementType type, long... shape) {
        Checks.notNull("Tensor.wrap", "buffer", buffer);
        if (!buffer.isDirect() || TensorElements.order(buffer) != ByteOrder.nativeOrder()) {
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

    /**
     * Returns whether this has a shape.
     *
     * @param sizes any number of them
     * @return whether the sizes are equal
     */
    public boolean hasShape(long... sizes) {
        return Arrays.equals(shape, sizes);
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
     * Returns a view of some rows, as a matrix.
     *
     * @param from the first row
     * @param count the number of them
     * @return a tensor {@code [count, columns]} over the same memory
     * @throws IndexOutOfBoundsException if not all of the rows exist
     */
    public Tensor rows(long from, long count) {
        checkRange("rows", from, count, rows);
        return view(from * rowStride, new long[] {count, columns()});
    }

    /**
     * Returns the rows of this tensor and of another that follows it in memory as one matrix, without copying.
     *
     * @param next of the same type and row length
     * @return a tensor {@code [rows + next.rows, columns]}, or null if the memory of the two does not follow each other
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
     * Returns a view of some columns of every row, as a matrix.
     *
     * @param from the first column
     * @param count the number of them
     * @return a tensor {@code [rows, count]} over the same memory
     * @throws IndexOutOfBoundsException if not all of the columns exist
     */
    public Tensor columns(long from, long count) {
        checkRange("columns", from, count, columns());
        return view(from, new long[] {rows, count});
    }

    /**
     * Returns the same elements in another shape.
     *
     * @param sizes the new shape
     * @return a tensor over the same memory
     * @throws IllegalArgumentException if the number of elements differs, or the rows have gaps and the last size
     *     changes
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
     * {@return whether two tensors have equal shapes}
     *
     * @param other any tensor
     */
    public boolean hasShapeOf(Tensor other) {
        Checks.notNull("hasShapeOf", "other", other);
        return Arrays.equals(shape, other.shape);
    }

    /**
     * Lends the memory to a kernel that reads it, such as one of the Vector API that is not a part of this library.
     *
     * @param call names the kernel in messages
     * @return to be closed when the kernel is done
     * @throws IllegalStateException if the tensor was released
     */
    public Borrow borrow(String call) {
        return new Borrow(call, this, false);
    }

    /**
     * Lends the memory to a kernel that reads it and writes to it.
     *
     * @param call names the kernel in messages
     * @return to be closed when the kernel is done
     * @throws IllegalArgumentException if the tensor is read-only
     * @throws IllegalStateException if the tensor was released
     */
    public Borrow borrowToWrite(String call) {
        return new Borrow(call, this, true);
    }

    /**
     * {@return whether a write to one of two tensors may change the other}
     *
     * @param other any tensor
     */
    public boolean overlaps(Tensor other) {
        Checks.notNull("overlaps", "other", other);
        return Overlap.of(this, other);
    }

    /**
     * {@return a view of the same elements and shape that cannot be written to}
     */
    public Tensor asReadOnly() {
        return isReadOnly() ? this : new Tensor(segment.asReadOnly(), offset, type, shape, rowStride, generation);
    }

    /** {@return whether the elements cannot be written to through this tensor} */
    public boolean isReadOnly() {
        return segment.isReadOnly();
    }

    /**
     * Returns one element. Slow: for inspection, not for computation.
     *
     * @param row the row
     * @param column the column
     * @return the element
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public double get(long row, long column) {
        long at = address(row, column);
        enter("get");
        try {
            return TensorElements.get(segment, type, at);
        } finally {
            exit();
        }
    }

    /**
     * Sets one element. Slow: for small changes, not for computation.
     *
     * @param row the row
     * @param column the column
     * @param value converted to the element's type
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public void set(long row, long column, double value) {
        Checks.writable("set", "tensor", this);
        long at = address(row, column);
        enter("set");
        try {
            TensorElements.set(segment, type, at, value);
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
     * @throws IllegalArgumentException if the type is not {@link ElementType#F32} or the count differs
     */
    public Tensor copyFrom(float... values) {
        Checks.notNull("copyFrom", "values", values);
        TensorElements.checkArray(this, ElementType.F32, values.length);
        return copyFrom(MemorySegment.ofArray(values));
    }

    /**
     * Copies all elements from an array, row by row.
     *
     * @param values as many as the tensor has elements
     * @return this tensor
     * @throws IllegalArgumentException if the type is not {@link ElementType#F64} or the count differs
     */
    public Tensor copyFrom(double... values) {
        Checks.notNull("copyFrom", "values", values);
        TensorElements.checkArray(this, ElementType.F64, values.length);
        return copyFrom(MemorySegment.ofArray(values));
    }

    /**
     * Copies all elements from an array, row by row.
     *
     * @param values as many as the tensor has elements
     * @return this tensor
     * @throws IllegalArgumentException if the type is not {@link ElementType#I32} or the count differs
     */
    public Tensor copyFrom(int... values) {
        Checks.notNull("copyFrom", "values", values);
        TensorElements.checkArray(this, ElementType.I32, values.length);
        return copyFrom(MemorySegment.ofArray(values));
    }

    /**
     * Copies all elements, row by row, from memory in native byte order: an array, a buffer or a part of a file.
     *
     * @param source exactly as many bytes as the elements take
     * @return this tensor
     * @throws IllegalArgumentException if the number of bytes differs
     */
    public Tensor copyFrom(MemorySegment source) {
        TensorElements.from(source, this);
        return this;
    }

    /**
     * Copies all elements, row by row, to memory in native byte order.
     *
     * @param target exactly as many bytes as the elements take
     * @throws IllegalArgumentException if the number of bytes differs
     */
    public void copyTo(MemorySegment target) {
        TensorElements.to(this, target);
    }

    /**
     * Copies all elements of another tensor of the same type and shape.
     *
     * @param source of the same type and shape
     * @return this tensor
     * @throws IllegalArgumentException if type or shape differ, or the two partly share memory
     */
    public Tensor copyFrom(Tensor source) {
        TensorElements.copy(source, this);
        return this;
    }

    /** Sets every element to zero. */
    public void clear() {
        TensorElements.clear(this);
    }

    /** The offset of a row in the segment, in bytes. */
    long rowOffset(long row) {
        return offset + row * rowStride * type.bytes();
    }

    /**
     * {@return a copy of the elements, row by row}
     *
     * @throws IllegalArgumentException if the type is not {@link ElementType#F32}
     */
    public float[] toFloats() {
        float[] values = new float[TensorElements.arrayLength(this, ElementType.F32)];
        copyTo(MemorySegment.ofArray(values));
        return values;
    }

    /**
     * {@return a copy of the elements, row by row}
     *
     * @throws IllegalArgumentException if the type is not {@link ElementType#F64}
     */
    public double[] toDoubles() {
        double[] values = new double[TensorElements.arrayLength(this, ElementType.F64)];
        copyTo(MemorySegment.ofArray(values));
        return values;
    }

    /**
     * {@return a copy of the elements, row by row}
     *
     * @throws IllegalArgumentException if the type is not {@link ElementType#I32}
     */
    public int[] toInts() {
        int[] values = new int[TensorElements.arrayLength(this, ElementType.I32)];
        copyTo(MemorySegment.ofArray(values));
        return values;
    }

    MemorySegment segment() {
        return segment;
    }

    /** The offset of the first element in the segment, in bytes. */
    long offset() {
        return offset;
    }

    /** Enters the memory for one call, after a check that this tensor was not released. */
    void enter(String call) {
        if (generation == null) {
            TensorElements.checkAccess(call, this);
            return;
        }
        generation.workspace().enter(call);
        if (generation.isReleased()) {
            generation.workspace().exit();
            throw new IllegalStateException(call + ": " + this + " was released by reset of workspace "
                    + generation.workspace().name() + "; allocate it again, or before the scope");
        }
    }

    boolean isOf(Workspace workspace) {
        return generation != null && generation.workspace() == workspace;
    }

    /** Returns whether no thread but the caller may access the memory. */
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
