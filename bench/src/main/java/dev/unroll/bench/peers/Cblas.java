package dev.unroll.bench.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.ElementType;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C interface to BLAS that MKL and OpenBLAS have in common: {@code cblas_sgemm} and {@code cblas_dgemm}. */
final class Cblas {
    static final int ROW_MAJOR = 101;
    static final int NO_TRANSPOSE = 111;

    private final MethodHandle sgemm;
    private final MethodHandle dgemm;

    Cblas(NativeLibrary library) {
        sgemm = library.procedure("cblas_sgemm", parameters(JAVA_FLOAT));
        dgemm = library.procedure("cblas_dgemm", parameters(JAVA_DOUBLE));
    }

    private static MemoryLayout[] parameters(MemoryLayout number) {
        return new MemoryLayout[] {
            JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, number, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT,
            number, ADDRESS, JAVA_INT
        };
    }

    /** {@code C = A B}, all of them by rows without gaps. */
    Contestant product(Work.Product work, Inputs in) {
        Inputs.Memory c = in.allocate(work.type(), work.m(), work.n());
        MemorySegment a = in.a().segment();
        MemorySegment b = in.b().segment();
        Runnable call = work.type() == ElementType.F32
                ? () -> sgemm(work, a, b, c.segment())
                : () -> dgemm(work, a, b, c.segment());
        return Contestant.of(call, c.tensor());
    }

    private void sgemm(Work.Product work, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            sgemm.invokeExact(
                    ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, work.m(), work.n(), work.k(), 1f, a, work.k(), b, work.n(),
                    0f, c, work.n());
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    private void dgemm(Work.Product work, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            dgemm.invokeExact(
                    ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, work.m(), work.n(), work.k(), 1d, a, work.k(), b, work.n(),
                    0d, c, work.n());
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }
}
