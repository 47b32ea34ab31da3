package dev.unroll.kernels.simd;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The one vector width of this virtual machine, as constants that the compiler can see through. */
final class VectorsF32 {
    static final VectorSpecies<Float> SPECIES = species();
    static final int LENGTH = SPECIES.length();
    static final int BYTES = SPECIES.vectorByteSize();
    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private VectorsF32() {}

    private static VectorSpecies<Float> species() {
        String bits = System.getProperty("unroll.simd");
        return bits == null || bits.equals("off")
                ? FloatVector.SPECIES_PREFERRED
                : VectorSpecies.of(float.class, VectorShape.forBitSize(Integer.parseInt(bits)));
    }
}
