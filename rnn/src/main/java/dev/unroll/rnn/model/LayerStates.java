package dev.unroll.rnn.model;

import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.State;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The states that a layer went through. A state has the parts that {@link dev.unroll.rnn.operator.Layer#stateSizes} lists:
 * the hidden state, then for an LSTM its cell state; a bidirectional layer has those of its forward and then those of its
 * backward direction. Immutable and safe for any thread.
 *
 * @param steps of every part the values after every step, a row per row of the inputs; in the padding a sequence keeps its
 *     state. The backward direction comes to a step from behind. Empty if the layer has no state, or does not give those
 *     of all steps
 * @param last of every part the values at the end, row b of sequence b, PyTorch's {@code h_n} and {@code c_n}: forward
 *     after the last step of the sequence, backward after its first; empty if the layer has no state
 */
public record LayerStates(List<Frames> steps, List<Frames> last) {
    /** Copies the lists. */
    public LayerStates {
        steps = List.copyOf(Nulls.require("LayerStates", "steps", steps));
        last = List.copyOf(Nulls.require("LayerStates", "last", last));
    }

    static LayerStates copyOf(State last, List<State> steps) {
        int parts = steps.isEmpty() ? 0 : steps.getFirst().parts().size();
        return new LayerStates(
                IntStream.range(0, parts)
                        .mapToObj(
                                i -> Frames.copyOf(steps.stream().map(state -> state.parts().get(i).value()).toList()))
                        .toList(),
                last.parts().stream().map(Variable::value).map(Frames::copyOf).toList());
    }
}
