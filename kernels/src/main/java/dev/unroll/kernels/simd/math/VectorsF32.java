package dev.unroll.kernels.simd.math;

import dev.unroll.kernels.provider.ForcedWidth;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The one vector width of this virtual machine, as constants for the compiler. */
public final class VectorsF32 {
    public static final VectorSpecies<Float> SPECIES = species();
    public static final int LENGTH = SPECIES.length();
    public static final int BYTES = SPECIES.vectorByteSize();
    public static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /**
     * Deltas of smaller magnitude are flushed to zero: fading further they would become subnormal, and slow to
     * multiply.
     */
    public static final float TINY = 1e-30f;

    /** One vector of -0, which added to anything changes nothing, not even the sign of a zero. */
    public static final MemorySegment NOTHING = Arena.global().allocate(BYTES, BYTES);

    private static final Class<? extends MemorySegment> NATIVE = MemorySegment.NULL.getClass();

    static {
        FloatVector.broadcast(SPECIES, -0f).intoMemorySegment(NOTHING, 0, ORDER);
    }

    private VectorsF32() {}

    private static VectorSpecies<Float> species() {
        int bits = ForcedWidth.bits().orElse(0);
        return bits == 0
                ? FloatVector.SPECIES_PREFERRED
                : VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    /**
     * Returns the same segment, known to the compiler as off the heap from here on. Every loop over segments begins
     * with it. Without it the compiler consults the profile of the JDK methods for the kinds of segments, and finds
     * arrays too, because interpreted vectors reinterpret their bits through one; then every access of every kernel
     * checks the kind, no check is hoisted out of the loop, and kernels take up to twice the time.
     */
    public static MemorySegment offHeap(MemorySegment segment) {
        return NATIVE.cast(segment);
    }
}
