package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Weight gradients that are computed at the end of backward: the pairs {@code (x, delta)} of all uses of a weight are
 * collected, and {@code dW += sum x^T delta} is one product, which is faster with many rows than with those of one
 * step.
 */
final class WeightGradients {
    /** The uses of one weight, last one first. */
    private static final class Uses {
        final List<Tensor> x = new ArrayList<>();
        final List<Tensor> delta = new ArrayList<>();

        void add(Tensor nextX, Tensor nextDelta) {
            if (!x.isEmpty() && joinEarlier(nextX, nextDelta)) {
                return;
            }
            x.add(nextX);
            delta.add(nextDelta);
        }

        /**
         * Joins a use with the one before, which is the later step, as backward runs from the end of time. Tensors that
         * are adjacent in memory, as those of time loops are, become one tensor.
         */
        private boolean joinEarlier(Tensor earlierX, Tensor earlierDelta) {
            Tensor joinedX = earlierX.join(x.getLast());
            Tensor joinedDelta = joinedX == null ? null : earlierDelta.join(delta.getLast());
            if (joinedDelta == null) {
                return false;
            }
            x.set(x.size() - 1, joinedX);
            delta.set(delta.size() - 1, joinedDelta);
            return true;
        }
    }

    private final Map<Variable, Uses> waiting = new LinkedHashMap<>();

    void add(Variable weight, Tensor x, Tensor delta) {
        waiting.computeIfAbsent(weight, w -> new Uses()).add(x, delta);
    }

    void finish(WorkerPool pool, Function<Variable, Tensor> gradientOf) {
        // First use first: so steps that were run one by one give the same sum as those of a time loop.
        waiting.forEach((weight, uses) -> Gemm.tn(
                1, uses.x.reversed(), uses.delta.reversed(), 1, gradientOf.apply(weight), pool));
        waiting.clear();
    }
}
