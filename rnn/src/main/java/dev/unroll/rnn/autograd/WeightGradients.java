package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import java.util.ArrayList;
import java.util.HashMap;
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

    /** One use of a weight. */
    private record Use(Variable weight, Tensor x, Tensor delta) {
        boolean is(Variable otherWeight, Tensor otherX, Tensor otherDelta) {
            return weight == otherWeight && x == otherX && delta == otherDelta;
        }
    }

    /** A product at the end of backward. */
    private record Product(Variable weight, List<Tensor> x, List<Tensor> delta) {}

    private final List<Use> waiting = new ArrayList<>();
    private final List<Product> products = new ArrayList<>();
    private final Map<SequencePart, List<Product>> ofParts = new HashMap<>();
    private int at;

    /** Begins a further recording: as long as it has the uses of the one before, their products are the same. */
    void restart() {
        at = 0;
    }

    void forget() {
        restart();
        waiting.clear();
        products.clear();
        ofParts.clear();
    }

    void add(Variable weight, Tensor x, Tensor delta) {
        if (at == waiting.size() || !waiting.get(at).is(weight, x, delta)) {
            waiting.subList(at, waiting.size()).clear();
            products.clear();
            waiting.add(new Use(weight, x, delta));
        }
        at++;
    }

    void finish(WorkerPool pool, Function<Variable, Tensor> gradientOf) {
        joinIfNew();
        compute(products, pool, gradientOf);
    }

    /** Computes what the rows of some sequences give, with the bits of a tape of these alone. */
    void finish(SequencePart part, WorkerPool pool, Function<Variable, Tensor> gradientOf) {
        joinIfNew();
        compute(ofParts.computeIfAbsent(part, this::productsOf), pool, gradientOf);
    }

    private static void compute(List<Product> some, WorkerPool pool, Function<Variable, Tensor> gradientOf) {
        for (int i = 0; i < some.size(); i++) {
            Product product = some.get(i);
            Gemm.tn(1, product.x, product.delta, 1, gradientOf.apply(product.weight), pool);
        }
    }

    private List<Product> productsOf(SequencePart part) {
        return products.stream()
                .map(product -> new Product(product.weight, blocks(part, product.x), blocks(part, product.delta)))
                .toList();
    }

    private static List<Tensor> blocks(SequencePart part, List<Tensor> whole) {
        return whole.stream().flatMap(tensor -> part.blocksOf(tensor).stream()).toList();
    }

    private void joinIfNew() {
        if (at < waiting.size() || products.isEmpty()) {
            waiting.subList(at, waiting.size()).clear();
            join();
        }
    }

    private void join() {
        Map<Variable, Uses> byWeight = new LinkedHashMap<>();
        waiting.forEach(use -> byWeight.computeIfAbsent(use.weight, _ -> new Uses()).add(use.x, use.delta));
        products.clear();
        ofParts.clear();
        // First use first: so steps that were run one by one give the same sum as those of a time loop.
        byWeight.forEach((weight, uses) -> products.add(new Product(
                weight, List.copyOf(uses.x.reversed()), List.copyOf(uses.delta.reversed()))));
    }
}
