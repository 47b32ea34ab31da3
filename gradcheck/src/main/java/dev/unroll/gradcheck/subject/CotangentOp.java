package dev.unroll.gradcheck.subject;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Op;
import java.util.List;

/**
 * An op that starts backward: it gives every input a gradient. As the last op of a tape it starts from several
 * outputs in one run, and gives an input of the checked function a gradient before the function's own ops add theirs.
 */
public final class CotangentOp {
    private CotangentOp() {}

    /**
     * The op.
     *
     * @param cotangents the gradient of each input
     * @return an op whose output has no meaning but as a loss
     */
    public static Op of(List<Tensor> cotangents) {
        return new Op("cotangents", List.of(), call -> call.output(1, 1).clear(), call -> {
            for (int i = 0; i < cotangents.size(); i++) {
                if (call.wants(i)) {
                    Elementwise.axpy(1, cotangents.get(i), call.gradient(i), call.pool());
                }
            }
        });
    }
}
