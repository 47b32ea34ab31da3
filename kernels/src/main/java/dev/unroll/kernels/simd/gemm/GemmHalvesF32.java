package dev.unroll.kernels.simd.gemm;

import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.PANEL_BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Panels of B in halves: of each element the upper half of its bits, which is bfloat16 for f32. A row of a panel is one
 * vector of integers: the lower halves are the elements of the row's first vector, the upper halves those of its second
 * one. So a shift and a mask widen it, and no element changes its lane.
 */
final class GemmHalvesF32 {
    /** The number of bits of a half. */
    static final int HALF = Float.SIZE / 2;

    /** Just less than half a unit in the last place that is kept; an odd element gets one more, to round a tie to even. */
    private static final int BELOW_TIE = (1 << HALF - 1) - 1;

    private GemmHalvesF32() {}

    /** The mask of the upper halves. */
    static IntVector upper() {
        return FloatVector.zero(SPECIES).reinterpretAsInts().not().lanewise(VectorOperators.LSHL, HALF);
    }

    /** Rounds the rows of a panel to halves. */
    static void narrow(int depth, MemorySegment panel, long panelAt, MemorySegment halves, long halvesAt) {
        MemorySegment ps = VectorsF32.offHeap(panel);
        MemorySegment hs = VectorsF32.offHeap(halves);
        FloatVector nan = FloatVector.broadcast(SPECIES, Float.NaN);
        IntVector upper = upper();
        for (int p = 0; p < depth; p++) {
            long from = panelAt + (long) p * PANEL_BYTES;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, ps, from, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ps, from + BYTES, ORDER);
            IntVector ia = a.reinterpretAsInts();
            IntVector ib = b.reinterpretAsInts();
            ia = ia.add(ia.lanewise(VectorOperators.LSHR, HALF).and(1)).add(BELOW_TIE);
            ib = ib.add(ib.lanewise(VectorOperators.LSHR, HALF).and(1)).add(BELOW_TIE);
            a = ia.reinterpretAsFloats().blend(nan, a.test(VectorOperators.IS_NAN));
            b = ib.reinterpretAsFloats().blend(nan, b.test(VectorOperators.IS_NAN));
            ia = a.reinterpretAsInts().lanewise(VectorOperators.LSHR, HALF);
            ib = b.reinterpretAsInts().and(upper);
            ia.or(ib).reinterpretAsFloats().intoMemorySegment(hs, halvesAt + (long) p * BYTES, ORDER);
        }
    }

    /** Widens the rows of a panel. */
    static void widen(int depth, MemorySegment halves, long halvesAt, MemorySegment panel, long panelAt) {
        MemorySegment hs = VectorsF32.offHeap(halves);
        MemorySegment ps = VectorsF32.offHeap(panel);
        IntVector upper = upper();
        for (int p = 0; p < depth; p++) {
            long to = panelAt + (long) p * PANEL_BYTES;
            long from = halvesAt + (long) p * BYTES;
            IntVector both = FloatVector.fromMemorySegment(SPECIES, hs, from, ORDER).reinterpretAsInts();
            FloatVector a = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            FloatVector b = both.and(upper).reinterpretAsFloats();
            a.intoMemorySegment(ps, to, ORDER);
            b.intoMemorySegment(ps, to + BYTES, ORDER);
        }
    }
}
