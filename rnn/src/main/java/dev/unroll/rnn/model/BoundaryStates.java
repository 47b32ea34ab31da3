package dev.unroll.rnn.model;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.operator.State;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The states of all layers at the boundaries between the segments of a batch, and the gradient of those at one boundary.
 */
final class BoundaryStates {
    private final int batch;
    /** Of every part of every layer the states after each segment, and the gradient. */
    private final List<List<Tensor>> layers = new ArrayList<>();
    private final List<Tensor> gradients = new ArrayList<>();

    BoundaryStates(List<List<Integer>> sizes, int batch, int segments, BiFunction<Long, Long, Tensor> allocator) {
        this.batch = batch;
        for (List<Integer> parts : sizes) {
            layers.add(parts.stream().map(size -> allocator.apply((long) segments * batch, (long) size)).toList());
            parts.forEach(size -> gradients.add(allocator.apply((long) batch, (long) size)));
        }
    }

    /** Keeps the states that a segment ended with. */
    void keep(int segment, List<State> last) {
        for (int l = 0; l < layers.size(); l++) {
            for (int i = 0; i < layers.get(l).size(); i++) {
                of(layers.get(l).get(i), segment).copyFrom(last.get(l).parts().get(i).value());
            }
        }
    }

    /** The states that a segment ended with, each part made a variable by a function. */
    List<State> after(int segment, Function<Tensor, Variable> variable) {
        return layers.stream()
                .map(parts -> new State(parts.stream().map(part -> variable.apply(of(part, segment))).toList()))
                .toList();
    }

    private Tensor of(Tensor part, int segment) {
        return part.rows((long) segment * batch, batch);
    }

    /** Keeps what flowed back to the states that a segment began with. */
    void keepGradients(List<State> initial) {
        List<Variable> parts = flat(initial);
        for (int i = 0; i < gradients.size(); i++) {
            Tensor gradient = parts.get(i).gradient();
            if (gradient == null) {
                gradients.get(i).clear();
            } else {
                gradients.get(i).copyFrom(gradient);
            }
        }
    }

    /** What flowed back to the states at the boundary that was reached last, part after part. */
    List<Tensor> gradients() {
        return gradients;
    }

    static List<Variable> flat(List<State> states) {
        return states.stream().flatMap(state -> state.parts().stream()).toList();
    }
}
