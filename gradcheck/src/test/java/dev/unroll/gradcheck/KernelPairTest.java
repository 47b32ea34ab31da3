package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.ids;
import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Activations;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.LstmCell;
import dev.unroll.kernels.RnnCell;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import org.junit.jupiter.api.Test;

class KernelPairTest {
    private static final WorkerPool POOL = WorkerPool.caller();

    private static KernelPair product(double factor) {
        return KernelPair.of(
                (in, out) -> Gemm.nn(1, in[0], in[1], 0, out[0], POOL),
                (in, out, delta, gradient) -> {
                    Gemm.nt(1, delta[0], in[1], 1, gradient[0], POOL);
                    Gemm.tn(factor, in[0], delta[0], 1, gradient[1], POOL);
                }).output(3, 2);
    }

    @Test
    void theKernelsOfAProductAreChecked() {
        Result result = GradCheck.check(product(1), shape(3, 4), shape(4, 2));
        assertEquals((12 + 8) * 6, result.comparisons());
        assertEquals("a kernel pair", result.name());
    }

    @Test
    void aWrongKernelIsFound() {
        Result result = GradCheck.of(product(-1), shape(3, 4), shape(4, 2)).run();
        assertEquals(Hint.Kind.SIGN, result.hint().kind());
    }

    @Test
    void severalOutputsAndWhatIsKeptForBackward() {
        KernelPair lstm = KernelPair.of(
                (in, out) -> {
                    out[2].clear();
                    LstmCell.forward(in[0], out[2], in[1], out[1], out[3], out[0], POOL);
                },
                (in, out, delta, gradient) -> {
                    try (var workspace = new Workspace("delta")) {
                        Tensor gates = workspace.zeros(in[0].type(), in[0].shape());
                        LstmCell.backward(out[2], in[1], out[3], delta[0], delta[1], gates, gradient[1], POOL);
                        Elementwise.axpy(1, gates, gradient[0], POOL);
                    }
                }).output(2, 3).output(2, 3).kept(2, 12).kept(2, 3);
        GradCheck.check(lstm, shape(2, 12), shape(2, 3));
    }

    @Test
    void aBackwardThatOverwritesIsCheckedAsSuch() {
        KernelPair.Forward forward = (in, out) -> {
            out[0].clear();
            RnnCell.forward(Activation.TANH, in[0], out[0], POOL);
        };
        KernelPair.Backward backward =
                (in, out, delta, gradient) -> RnnCell.backward(Activation.TANH, out[0], delta[0], gradient[0], POOL);
        GradCheck.check(KernelPair.of(forward, backward).output(2, 3).overwriting(), shape(2, 3));
        Result adding = GradCheck.of(KernelPair.of(forward, backward).output(2, 3), shape(2, 3)).run();
        assertEquals(Kind.DOES_NOT_ACCUMULATE, adding.faults().getFirst().kind());
        KernelPair.Backward part = (in, out, delta, gradient) -> RnnCell.backward(
                Activation.TANH, out[0].rows(0, 1), delta[0].rows(0, 1), gradient[0].rows(0, 1), POOL);
        Result unwritten = GradCheck.of(KernelPair.of(forward, part).output(2, 3).overwriting(), shape(2, 3)).run();
        assertEquals("the gradient of input 0 [1, 0] is NaN", unwritten.faults().getFirst().text());
    }

    @Test
    void idsGetNoGradientAndShapesMayHaveAnyRank() {
        KernelPair lookup = KernelPair.of(
                (in, out) -> {
                    for (long r = 0; r < in[0].columns(); r++) {
                        out[0].rows(r, 1).copyFrom(in[1].rows((long) in[0].get(0, r), 1));
                    }
                },
                (in, out, delta, gradient) -> {
                    assertEquals(null, gradient[0]);
                    for (long r = 0; r < in[0].columns(); r++) {
                        Elementwise.axpy(1, delta[0].rows(r, 1), gradient[1].rows((long) in[0].get(0, r), 1), POOL);
                    }
                }).output(2, 2, 3);
        GradCheck.check(lookup, ids(5, 4), shape(5, 3));
        KernelPair tanh = KernelPair.of(
                (in, out) -> Activations.forward(Activation.TANH, in[0], out[0], POOL),
                (in, out, delta, gradient) -> Activations.backward(Activation.TANH, out[0], delta[0], gradient[0],
                        POOL))
                .output(6);
        assertEquals(Verdict.RIGHT, GradCheck.check(tanh, shape(6)).verdict());
    }

    @Test
    void aPairWithoutOutputsIsRefused() {
        KernelPair pair = KernelPair.of((in, out) -> {}, (in, out, delta, gradient) -> {});
        assertThrows(IllegalArgumentException.class, () -> GradCheck.check(pair, shape(2)));
        assertThrows(IllegalArgumentException.class, () -> pair.output(2, 0));
    }
}
