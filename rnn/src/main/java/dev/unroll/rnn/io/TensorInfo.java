package dev.unroll.rnn.io;

import dev.unroll.kernels.ElementType;
import java.util.Arrays;

/**
 * What a file says of one tensor: its name, element type and shape.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param name any Unicode text but {@code __metadata__}, which the format keeps for itself
 * @param type of the elements
 * @param shape sizes, the last one contiguous; none for a single number, 0 for no data
 */
public record TensorInfo(String name, ElementType type, long... shape) {
    /** The most sizes of a shape, so that a hostile one still fits in a message. */
    private static final int MAX_RANK = 32;

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if the name is reserved or not valid Unicode, if there are more than 32 sizes
     *     or a negative one, or if the sizes, zeros left out, do not multiply to a 63 bit count of bytes
     */
    public TensorInfo {
        if (name.equals(SafetensorsHeader.METADATA) || !Json.isUnicode(name)) {
            throw new IllegalArgumentException("no tensor can be named " + Shown.quote(name) + ": choose another name");
        }
        if (shape.length > MAX_RANK) {
            throw new IllegalArgumentException("tensor " + Shown.quote(name) + " has a shape of " + shape.length
                    + " sizes; expected at most " + MAX_RANK);
        }
        shape = shape.clone();
        long bytes = type.bytes();
        for (long size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("tensor " + Shown.quote(name) + ": shape " + Arrays.toString(shape)
                        + " has a negative size");
            }
            // Zeros are left out so that [0, huge, huge] is refused like [huge, huge]: its strides would overflow.
            if (size > 0 && bytes > Long.MAX_VALUE / size) {
                throw new IllegalArgumentException("tensor " + Shown.quote(name) + ": shape " + Arrays.toString(shape)
                        + " is more than 2^63 - 1 bytes");
            }
            bytes *= Math.max(size, 1);
        }
    }

    /**
     * The sizes.
     *
     * @return a copy
     */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /**
     * How much memory the elements take.
     *
     * @return bytes
     */
    public long byteSize() {
        long bytes = type.bytes();
        for (long size : shape) {
            bytes *= size;
        }
        return bytes;
    }

    /** How many elements there are. */
    long elements() {
        return byteSize() / type.bytes();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorInfo that
                && name.equals(that.name)
                && type == that.type
                && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(shape);
    }

    /** For messages: {@code F32 [3, 4] "layer.0.weight"}. */
    @Override
    public String toString() {
        return type + " " + Arrays.toString(shape) + " " + Shown.quote(name);
    }
}
