package dev.unroll.kernels.simd.gemm;

import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * A square of as many vectors as a vector has elements, to be transposed: each stage interleaves the first half of the
 * vectors with the second, which moves one bit of every element's position between the vector index and the lane index;
 * after as many stages as an index has bits, all have moved.
 */
final class SquareF32 {
    /** Shuffles that repeat every element of the lower or upper half twice. */
    private static final VectorShuffle<Float> LOW = VectorShuffle.fromOp(SPECIES, i -> i / 2);

    private static final VectorShuffle<Float> HIGH = VectorShuffle.fromOp(SPECIES, i -> (i + LENGTH) / 2);
    private static final VectorMask<Float> ODD = VectorMask.fromLong(SPECIES, 0xAAAAAAAAAAAAAAAAL >>> -LENGTH);

    private float[] vectors = new float[LENGTH * LENGTH];
    private float[] next = new float[LENGTH * LENGTH];

    /** Loads rows, each up to a vector long; the square is padded with zeros. */
    void load(int rows, int columns, MemorySegment segment, long at, long rowBytes) {
        if (columns < LENGTH) {
            loadPart(rows, columns, segment, at, rowBytes);
        } else {
            MemorySegment from = VectorsF32.offHeap(segment);
            for (int i = 0; i < rows; i++) {
                FloatVector.fromMemorySegment(SPECIES, from, at + i * rowBytes, ORDER).intoArray(vectors, i * LENGTH);
            }
        }
        for (int i = rows; i < LENGTH; i++) {
            FloatVector.zero(SPECIES).intoArray(vectors, i * LENGTH);
        }
    }

    private void loadPart(int rows, int columns, MemorySegment segment, long at, long rowBytes) {
        MemorySegment from = VectorsF32.offHeap(segment);
        VectorMask<Float> mask = SPECIES.indexInRange(0, columns);
        for (int i = 0; i < rows; i++) {
            FloatVector.fromMemorySegment(SPECIES, from, at + i * rowBytes, ORDER, mask).intoArray(vectors, i * LENGTH);
        }
    }

    /** Transposes the square. */
    void transpose() {
        for (int done = 1; done < LENGTH;) {
            if (4 * done <= LENGTH) {
                interleaveTwice(vectors, next);
                done *= 4;
            } else {
                interleave(vectors, next);
                done *= 2;
            }
            float[] old = vectors;
            vectors = next;
            next = old;
        }
    }

    /** Performs two stages in one pass over memory. */
    private static void interleaveTwice(float[] from, float[] to) {
        for (int i = 0; i < LENGTH / 4; i++) {
            FloatVector a = FloatVector.fromArray(SPECIES, from, i * LENGTH);
            FloatVector b = FloatVector.fromArray(SPECIES, from, (i + LENGTH / 4) * LENGTH);
            FloatVector c = FloatVector.fromArray(SPECIES, from, (i + LENGTH / 2) * LENGTH);
            FloatVector d = FloatVector.fromArray(SPECIES, from, (i + LENGTH / 4 * 3) * LENGTH);
            FloatVector ac = a.rearrange(LOW).blend(c.rearrange(LOW), ODD);
            FloatVector ca = a.rearrange(HIGH).blend(c.rearrange(HIGH), ODD);
            FloatVector bd = b.rearrange(LOW).blend(d.rearrange(LOW), ODD);
            FloatVector db = b.rearrange(HIGH).blend(d.rearrange(HIGH), ODD);
            ac.rearrange(LOW).blend(bd.rearrange(LOW), ODD).intoArray(to, 4 * i * LENGTH);
            ac.rearrange(HIGH).blend(bd.rearrange(HIGH), ODD).intoArray(to, (4 * i + 1) * LENGTH);
            ca.rearrange(LOW).blend(db.rearrange(LOW), ODD).intoArray(to, (4 * i + 2) * LENGTH);
            ca.rearrange(HIGH).blend(db.rearrange(HIGH), ODD).intoArray(to, (4 * i + 3) * LENGTH);
        }
    }

    private static void interleave(float[] from, float[] to) {
        for (int i = 0; i < LENGTH / 2; i++) {
            FloatVector a = FloatVector.fromArray(SPECIES, from, i * LENGTH);
            FloatVector b = FloatVector.fromArray(SPECIES, from, (i + LENGTH / 2) * LENGTH);
            a.rearrange(LOW).blend(b.rearrange(LOW), ODD).intoArray(to, 2 * i * LENGTH);
            a.rearrange(HIGH).blend(b.rearrange(HIGH), ODD).intoArray(to, (2 * i + 1) * LENGTH);
        }
    }

    /** Stores the first vectors, each in full. */
    void store(int count, MemorySegment segment, long at, long rowBytes) {
        MemorySegment to = VectorsF32.offHeap(segment);
        for (int i = 0; i < count; i++) {
            FloatVector.fromArray(SPECIES, vectors, i * LENGTH).intoMemorySegment(to, at + i * rowBytes, ORDER);
        }
    }

    /** Stores the first vectors, each in full. */
    void store(int count, float[] to, int at, int step) {
        for (int i = 0; i < count; i++) {
            FloatVector.fromArray(SPECIES, vectors, i * LENGTH).intoArray(to, at + i * step);
        }
    }
}
