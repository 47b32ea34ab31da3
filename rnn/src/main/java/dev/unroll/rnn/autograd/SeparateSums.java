package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Embedding;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What flows back to parameters from several parts of the sequences of a tape, kept until all has flowed, and then summed
 * part by part: with the order of sums, and so the bits, of a tape that ran the sequences of one part alone.
 */
final class SeparateSums {
    private sealed interface Step {}

    /** Rows that are added up in a bias, or, with ids, to some rows of a table. */
    private record Sum(Variable target, Tensor idsOrNull, Tensor delta) implements Step {}

    /** A call that computes weights from parameters alone. */
    private record OfWeights(Call call) implements Step {}

    private final List<Step> steps = new ArrayList<>();
    private final Set<Storage> computedWeights = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<List<Object>, Tensor> memory = new HashMap<>();

    /** Begins a further recording, in the same memory. */
    void restart() {
        steps.clear();
        computedWeights.clear();
    }

    /** Finds the calls whose inputs are parameters, or were computed from these alone; calls come in their order. */
    void find(Call call) {
        if (call.needsGradient() && Arrays.stream(call.inputs()).allMatch(this::isWeight)) {
            call.outputs().forEach(output -> computedWeights.add(output.storage()));
        }
    }

    /** Whether a variable is a parameter, or was computed from these alone. */
    boolean isWeight(Variable variable) {
        return variable.storage().isOfParameter() || computedWeights.contains(variable.storage());
    }

    /** Whether these values were computed from parameters alone. */
    boolean isComputed(Storage storage) {
        return !computedWeights.isEmpty() && computedWeights.contains(storage);
    }

    /** Whether a call computes weights; it runs backward when the sums of a part are known. */
    boolean defers(Call call) {
        boolean isOfWeights = !computedWeights.isEmpty() && call.outputs().stream()
                .anyMatch(output -> computedWeights.contains(output.storage()));
        if (isOfWeights) {
            steps.add(new OfWeights(call));
        }
        return isOfWeights;
    }

    /** The memory is gone. */
    void forget() {
        restart();
        memory.clear();
    }

    void addColumnSums(Variable bias, Tensor delta) {
        steps.add(new Sum(bias, null, delta));
    }

    void addToRows(Variable table, Tensor ids, Tensor delta) {
        steps.add(new Sum(table, ids, delta));
    }

    /** Sums what sequences of one part gave; deltas that several sums read are copied once. */
    void finish(
            SequencePart part, WorkerPool pool, Function<Variable, Tensor> gradientOf,
            BiFunction<ElementType, long[], Tensor> allocator) {
        steps.forEach(step -> clear(step, gradientOf));
        Tensor last = null;
        Tensor copy = null;
        for (Step step : steps) {
            switch (step) {
                case OfWeights(Call call) -> call.backward();
                case Sum(Variable target, Tensor idsOrNull, Tensor delta) -> {
                    if (delta != last) {
                        copy = copyOf(part, delta, allocator);
                        last = delta;
                    }
                    Tensor gradient = gradientOf.apply(target);
                    if (idsOrNull == null) {
                        Elementwise.addColumnSums(copy, gradient, pool);
                    } else {
                        Embedding.scatterAdd(copyOf(part, idsOrNull, allocator), copy, gradient, pool);
                    }
                }
            }
        }
    }

    /** What flowed to computed weights from the part before has flowed on. */
    private static void clear(Step step, Function<Variable, Tensor> gradientOf) {
        if (step instanceof OfWeights(Call call)) {
            call.outputs().forEach(output -> gradientOf.apply(output).clear());
        }
    }

    private Tensor copyOf(SequencePart part, Tensor whole, BiFunction<ElementType, long[], Tensor> allocator) {
        long[] shape = whole.shape();
        shape[0] = part.rowsOf(whole);
        List<Object> key = List.of(whole.type(), Arrays.stream(shape).boxed().toList());
        return part.copy(whole, memory.computeIfAbsent(key, _ -> allocator.apply(whole.type(), shape)));
    }
}
