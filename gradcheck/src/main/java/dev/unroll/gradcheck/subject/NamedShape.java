package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The name and shape of an input, a parameter or an output, whose elements messages point at.
 *
 * @param name display name used in messages
 * @param shape its sizes
 */
public record NamedShape(String name, long[] shape) {
    public int size() {
        return Math.toIntExact(ArrayMath.product(shape));
    }

    /** The last size. */
    public int columns() {
        return Math.toIntExact(shape[shape.length - 1]);
    }

    /** The product of all sizes but the last. */
    public int rows() {
        return size() / columns();
    }

    /** Returns the position of an element, such as {@code input 1 [0, 3]}. */
    public String at(int index) {
        long[] position = new long[shape.length];
        long rest = index;
        for (int i = shape.length - 1; i >= 0; i--) {
            position[i] = rest % shape[i];
            rest /= shape[i];
        }
        return name + " "
                + Arrays.stream(position).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }

    @Override
    public String toString() {
        return name + " " + Arrays.toString(shape);
    }
}
