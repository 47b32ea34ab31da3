package dev.unroll.bench.peers;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Activations;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import java.util.Optional;

/**
 * The five activations of an LSTM step and nothing else, three sigmoids and two tanh, over as many elements: what the
 * fused pass can hope for at best, if all of its other arithmetic hides behind them.
 */
final class FiveActivations implements Peer {
    private WorkerPool pool = WorkerPool.caller();

    @Override
    public String name() {
        return "activations alone";
    }

    @Override
    public String version() {
        return Kernels.describe();
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        if (!(work instanceof Work.LstmPass pass)) {
            return Optional.empty();
        }
        if (pool.threads() != threads) {
            pool.close();
            pool = new WorkerPool(threads);
        }
        return Optional.of(contestant(pass, inputs, pool));
    }

    private static Contestant contestant(Work.LstmPass work, Inputs in, WorkerPool pool) {
        long n = work.elements();
        Tensor p = in.a().tensor().reshape(4, n);
        Tensor gates = in.allocate(work.type(), 4, n).tensor();
        Tensor c = in.b().tensor();
        Tensor tanhC = in.allocate(work.type(), work.batch(), work.hidden()).tensor();
        Tensor sigmoidInput = p.rows(0, 3);
        Tensor sigmoidOutput = gates.rows(0, 3);
        Tensor tanhInput = p.rows(3, 1);
        Tensor tanhOutput = gates.rows(3, 1);
        return Contestant.of(() -> {
            Activations.forward(Activation.SIGMOID, sigmoidInput, sigmoidOutput, pool);
            Activations.forward(Activation.TANH, tanhInput, tanhOutput, pool);
            Activations.forward(Activation.TANH, c, tanhC, pool);
        }, Optional::empty);
    }

    @Override
    public void close() {
        pool.close();
    }
}
