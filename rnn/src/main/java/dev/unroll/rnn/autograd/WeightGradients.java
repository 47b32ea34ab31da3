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
 * The weight gradients that wait for the end of backward: for every weight the pairs {@code (x, delta)} of all its uses,
 * and then {@code dW += sum x^T delta} as one product. Products of many rows run at the machine's speed, those of single
 * steps do not.
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
         * Backward runs through time from its end: what came last is the later step. Where the two lie behind each other,
         * as those of time loops do, they become one, whose rows the product may read where they lie.
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
        // First use first: the sum is then the same for steps that were run one by one as for those of a time loop.
        waiting.forEach((weight, uses) -> Gemm.tn(
                1, uses.x.reversed(), uses.delta.reversed(), 1, gradientOf.apply(weight), pool));
        waiting.clear();
    }
}
