package dev.unroll.kernels;

import java.lang.foreign.ValueLayout;

/** What a tensor holds: 32 or 64 bit floating point numbers, or 32 bit integers for ids, lengths and targets. */
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

    /**
     * The size of one element.
     *
     * @return bytes an element
     */
    public long bytes() {
        return layout.byteSize();
    }

    /**
     * Whether gradients can be taken of it.
     *
     * @return true for {@link #F32} and {@link #F64}
     */
    public boolean isFloating() {
        return this != I32;
    }

    ValueLayout layout() {
        return layout;
    }
}
