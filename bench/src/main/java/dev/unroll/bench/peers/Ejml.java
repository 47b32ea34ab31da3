package dev.unroll.bench.peers;

import dev.unroll.kernels.ElementType;
import java.util.Optional;
import org.ejml.EjmlVersion;
import org.ejml.concurrency.EjmlConcurrency;
import org.ejml.data.DMatrixRMaj;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.CommonOps_FDRM;
import org.ejml.dense.row.CommonOps_MT_DDRM;
import org.ejml.dense.row.CommonOps_MT_FDRM;

/** EJML: products of dense matrices in plain Java, over arrays. */
final class Ejml implements Peer {
    @Override
    public String name() {
        return "EJML";
    }

    @Override
    public String version() {
        return EjmlVersion.VERSION;
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        if (!(work instanceof Work.Product product)) {
            return Optional.empty();
        }
        EjmlConcurrency.setMaxThreads(threads);
        return Optional.of(
                product.type() == ElementType.F32
                        ? floats(product, inputs, threads)
                        : doubles(product, inputs, threads));
    }

    private static Contestant floats(Work.Product work, Inputs in, int threads) {
        FMatrixRMaj a = FMatrixRMaj.wrap(work.m(), work.k(), in.a().tensor().toFloats());
        FMatrixRMaj b = FMatrixRMaj.wrap(work.k(), work.n(), in.b().tensor().toFloats());
        FMatrixRMaj c = new FMatrixRMaj(work.m(), work.n());
        return Contestant.of(
                threads == 1 ? () -> CommonOps_FDRM.mult(a, b, c) : () -> CommonOps_MT_FDRM.mult(a, b, c),
                () -> Optional.of(in.allocate(work.type(), work.m(), work.n()).tensor().copyFrom(c.data)));
    }

    private static Contestant doubles(Work.Product work, Inputs in, int threads) {
        DMatrixRMaj a = DMatrixRMaj.wrap(work.m(), work.k(), in.a().tensor().toDoubles());
        DMatrixRMaj b = DMatrixRMaj.wrap(work.k(), work.n(), in.b().tensor().toDoubles());
        DMatrixRMaj c = new DMatrixRMaj(work.m(), work.n());
        return Contestant.of(
                threads == 1 ? () -> CommonOps_DDRM.mult(a, b, c) : () -> CommonOps_MT_DDRM.mult(a, b, c),
                () -> Optional.of(in.allocate(work.type(), work.m(), work.n()).tensor().copyFrom(c.data)));
    }
}
