package dev.unroll.kernels.provider;

import java.util.OptionalInt;

/** The vector width that the system property {@code unroll.simd} forces, parsed here and nowhere else. */
public final class ForcedWidth {
    /** The system property that forces a width: 512, 256, 128 or off. */
    public static final String PROPERTY = "unroll.simd";

    private static final String VALUE = System.getProperty(PROPERTY);

    private ForcedWidth() {}

    /**
     * Returns the forced width.
     *
     * @return bits of a vector, 0 for off; empty if the property is not set
     * @throws IllegalArgumentException if the property has another value
     */
    public static OptionalInt bits() {
        return switch (VALUE) {
            case null -> OptionalInt.empty();
            case "off" -> OptionalInt.of(0);
            case "512", "256", "128" -> OptionalInt.of(Integer.parseInt(VALUE));
            default -> throw new IllegalArgumentException(
                    PROPERTY + "=" + VALUE + ": expected 512, 256, 128 or off, or leave it out");
        };
    }
}
