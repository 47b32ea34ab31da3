package dev.unroll.bench.peers;

import dev.ludovic.netlib.blas.JavaBLAS;
import dev.unroll.kernels.ElementType;
import java.lang.reflect.Method;
import java.util.Optional;

/**
 * netlib's BLAS in Java on the Vector API, over arrays, with one thread. It stores by columns, so that a product by
 * rows is its product of the transposes, the other way round.
 */
final class Netlib implements Peer {
    private final JavaBLAS blas;

    /**
     * The instance on the Vector API, by name: the public way to it first loads native code, and reports on it.
     *
     * @throws ReflectiveOperationException if the library has changed
     */
    Netlib() throws ReflectiveOperationException {
        Method getInstance = Class.forName("dev.ludovic.netlib.blas.VectorBLAS").getMethod("getInstance");
        getInstance.setAccessible(true);
        blas = (JavaBLAS) getInstance.invoke(null);
    }

    @Override
    public String name() {
        return "netlib";
    }

    @Override
    public String version() {
        return blas.getClass().getName();
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        if (!(work instanceof Work.Product product) || threads > 1) {
            return Optional.empty();
        }
        return Optional.of(product.type() == ElementType.F32 ? floats(product, inputs) : doubles(product, inputs));
    }

    private Contestant floats(Work.Product work, Inputs in) {
        int m = work.m();
        int n = work.n();
        int k = work.k();
        float[] a = in.a().tensor().toFloats();
        float[] b = in.b().tensor().toFloats();
        float[] c = new float[m * n];
        return Contestant.of(
                () -> blas.sgemm("N", "N", n, m, k, 1, b, n, a, k, 0, c, n),
                () -> Optional.of(in.allocate(work.type(), m, n).tensor().copyFrom(c)));
    }

    private Contestant doubles(Work.Product work, Inputs in) {
        int m = work.m();
        int n = work.n();
        int k = work.k();
        double[] a = in.a().tensor().toDoubles();
        double[] b = in.b().tensor().toDoubles();
        double[] c = new double[m * n];
        return Contestant.of(
                () -> blas.dgemm("N", "N", n, m, k, 1, b, n, a, k, 0, c, n),
                () -> Optional.of(in.allocate(work.type(), m, n).tensor().copyFrom(c)));
    }
}
