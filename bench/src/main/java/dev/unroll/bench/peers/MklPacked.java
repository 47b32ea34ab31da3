package dev.unroll.bench.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.unroll.kernels.ElementType;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * MKL's products with a matrix that was packed beforehand: {@code cblas_?gemm_pack} and {@code cblas_?gemm_compute}.
 */
final class MklPacked implements Peer {
    private static final int PACKED = 151;
    private static final int B_MATRIX = 162;

    private final Mkl mkl;

    MklPacked(Mkl mkl) {
        this.mkl = mkl;
    }

    @Override
    public String name() {
        return "MKL packed";
    }

    @Override
    public String version() {
        return mkl.version();
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        mkl.useThreads(threads);
        return work instanceof Work.Product product && product.isPacked()
                ? Optional.of(contestant(product, inputs))
                : Optional.empty();
    }

    private Contestant contestant(Work.Product work, Inputs in) {
        boolean single = work.type() == ElementType.F32;
        MemoryLayout number = single ? JAVA_FLOAT : JAVA_DOUBLE;
        String name = single ? "cblas_sgemm" : "cblas_dgemm";
        MemorySegment a = in.a().segment();
        MemorySegment b = pack(name, number, work, in);
        Inputs.Memory c = in.allocate(work.type(), work.m(), work.n());
        MethodHandle compute = mkl.library().procedure(
                name + "_compute", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT,
                ADDRESS, JAVA_INT, number, ADDRESS, JAVA_INT);
        return Contestant.of(
                single ? () -> sgemm(compute, work, a, b, c.segment()) : () -> dgemm(compute, work, a, b, c.segment()),
                c.tensor());
    }

    private MemorySegment pack(String name, MemoryLayout number, Work.Product work, Inputs in) {
        MethodHandle size = mkl.library().function(name + "_pack_get_size", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                JAVA_INT);
        MethodHandle pack = mkl.library().procedure(
                name + "_pack", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, number, ADDRESS, JAVA_INT,
                ADDRESS);
        try {
            MemorySegment packed = in.allocate((long) size.invokeExact(B_MATRIX, work.m(), work.n(), work.k()));
            MemorySegment b = in.b().segment();
            if (number == JAVA_FLOAT) {
                pack.invokeExact(
                        Cblas.ROW_MAJOR, B_MATRIX, Cblas.NO_TRANSPOSE, work.m(), work.n(), work.k(), 1f, b, work.n(),
                        packed);
            } else {
                pack.invokeExact(
                        Cblas.ROW_MAJOR, B_MATRIX, Cblas.NO_TRANSPOSE, work.m(), work.n(), work.k(), 1d, b, work.n(),
                        packed);
            }
            return packed;
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    private static void sgemm(
            MethodHandle compute, Work.Product work, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            compute.invokeExact(
                    Cblas.ROW_MAJOR, Cblas.NO_TRANSPOSE, PACKED, work.m(), work.n(), work.k(), a, work.k(), b, work.n(),
                    0f, c, work.n());
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    private static void dgemm(
            MethodHandle compute, Work.Product work, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            compute.invokeExact(
                    Cblas.ROW_MAJOR, Cblas.NO_TRANSPOSE, PACKED, work.m(), work.n(), work.k(), a, work.k(), b, work.n(),
                    0d, c, work.n());
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }
}
