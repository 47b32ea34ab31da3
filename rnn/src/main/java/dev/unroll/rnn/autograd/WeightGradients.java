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
 * The weight gradients that wait for the end of backward: for every weight the pairs {@code (x, delta)} of all its uses.
 * Then {@code dW += sum x^T delta} is as few products as the memory allows: pairs that follow each other in memory are
 * one. Products with many rows run at the machine's speed, those of single steps do not.
 */
final class WeightGradients {
    private record Pair(Tensor x, Tensor delta) {
        /** Joins an earlier step's pair and this one, or gives null where they do not follow each other. */
        Pair after(Pair earlier) {
            Tensor joinedX = earlier.x.join(x);
            Tensor joinedDelta = joinedX == null ? null : earlier.delta.join(delta);
            return joinedDelta == null ? null : new Pair(joinedX, joinedDelta);
        }
    }

    private final Map<Variable, List<Pair>> waiting = new LinkedHashMap<>();

    void add(Variable weight, Tensor x, Tensor delta) {
        List<Pair> pairs = waiting.computeIfAbsent(weight, w -> new ArrayList<>());
        Pair pair = new Pair(x, delta);
        // Backward runs through time from its end: the pair that came last is the later step.
        Pair joined = pairs.isEmpty() ? null : pairs.getLast().after(pair);
        if (joined == null) {
            pairs.add(pair);
        } else {
            pairs.set(pairs.size() - 1, joined);
        }
    }

    void finish(WorkerPool pool, Function<Variable, Tensor> gradientOf) {
        waiting.forEach((weight, pairs) -> {
            for (Pair pair : pairs) {
                Gemm.tn(1, pair.x, pair.delta, 1, gradientOf.apply(weight), pool);
            }
        });
        waiting.clear();
    }
}
