package dev.unroll.bench.peers;

import dev.unroll.kernels.Activations;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.LstmCell;
import dev.unroll.kernels.PackedMatrix;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import java.util.Optional;

/** The contestant of Unroll itself. */
final class Unroll {
    private Unroll() {}

    static Contestant enter(Work work, Inputs inputs, WorkerPool pool) {
        return switch (work) {
            case Work.Product product when product.isPacked() -> packed(product, inputs, pool);
            case Work.Product product -> plain(product, inputs, pool);
            case Work.Nonlinearity f -> nonlinearity(f, inputs, pool);
            case Work.LstmPass pass -> lstm(pass, inputs, pool);
            case Work.Network network -> Networks.enter(network, inputs, pool);
        };
    }

    private static Contestant packed(Work.Product work, Inputs in, WorkerPool pool) {
        Tensor a = in.a().tensor();
        PackedMatrix b = PackedMatrix.of(in.workspace(), work.k(), work.n(), work.type()).pack(in.b().tensor());
        Tensor c = in.allocate(work.type(), work.m(), work.n()).tensor();
        return Contestant.of(() -> Gemm.packed(1, a, b, 0, c, pool), c);
    }

    private static Contestant plain(Work.Product work, Inputs in, WorkerPool pool) {
        Tensor a = in.a().tensor();
        Tensor b = in.b().tensor();
        Tensor c = in.allocate(work.type(), work.m(), work.n()).tensor();
        return Contestant.of(() -> Gemm.nn(1, a, b, 0, c, pool), c);
    }

    private static Contestant nonlinearity(Work.Nonlinearity work, Inputs in, WorkerPool pool) {
        Tensor x = in.a().tensor();
        Tensor y = in.allocate(work.type(), work.size()).tensor();
        return Contestant.of(() -> Activations.forward(work.f(), x, y, pool), y);
    }

    /** The gates are overwritten; activated again and again they stay small numbers, which cost the same. */
    private static Contestant lstm(Work.LstmPass work, Inputs in, WorkerPool pool) {
        Tensor p = in.a().tensor();
        Tensor c = in.b().tensor();
        Tensor gates = in.allocate(work.type(), work.batch(), 4L * work.hidden()).tensor();
        Tensor nextC = in.allocate(work.type(), work.batch(), work.hidden()).tensor();
        Tensor tanhC = in.allocate(work.type(), work.batch(), work.hidden()).tensor();
        Tensor nextH = in.allocate(work.type(), work.batch(), work.hidden()).tensor();
        return Contestant.of(() -> LstmCell.forward(p, gates, c, nextC, tanhC, nextH, pool), Optional::empty);
    }

    /** Returns Unroll with one thread as a peer, to see the speedup of more. */
    static final class OneThread implements Peer {
        @Override
        public String name() {
            return Peers.ONE_THREAD;
        }

        @Override
        public String version() {
            return Kernels.describe();
        }

        @Override
        public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
            return threads > 1
                    ? Optional.of(Unroll.enter(work, inputs, WorkerPool.caller()))
                    : Optional.empty();
        }
    }
}
