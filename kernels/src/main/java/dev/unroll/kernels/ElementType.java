package dev.unroll.kernels;

import java.lang.foreign.ValueLayout;

/**
 * The type of the elements of a tensor: 32 or 64 bit floating point, or 32 bit integers for ids, lengths and targets.
 */
public enum ElementType {
    /** IEEE 754 single precision. */
    F32(ValueLayout.JAVA_FLOAT),
    /** IEEE 754 double precision. */
    F64(ValueLayout.JAVA_DOUBLE),
    /** Signed 32 bit integers: ids, lengths, targets. */
    I32(ValueLayout.JAVA_INT);

    private final ValueLayout layout;

    ElementType(ValueLayout layout) {
        this.layout = layout;
    }

    /** {@return the size of one element in bytes} */
    public long bytes() {
        return layout.byteSize();
    }

    /** {@return whether this is a floating type, {@link #F32} or {@link #F64}} */
    public boolean isFloating() {
        return this != I32;
    }

    ValueLayout layout() {
        return layout;
    }
}
