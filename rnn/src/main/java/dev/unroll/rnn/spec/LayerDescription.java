package dev.unroll.rnn.spec;

import dev.unroll.rnn.operator.LayerFactory;
import java.util.List;

/**
 * One layer of a network as data: a built-in one, or a user-defined one of {@link Kinds}. Descriptions of equal text are
 * equal. Immutable.
 */
public sealed interface LayerDescription extends LayerFactory permits LayerSpec, CustomLayer {
    /**
     * Returns the sizes of the layer.
     *
     * @return unmodifiable; may be empty for a user-defined layer
     */
    List<Integer> sizes();

    /**
     * Returns the layer as {@link ModelSpec#parse} reads it.
     *
     * @return such as {@code lstm:256:norm}
     */
    @Override
    String toString();
}
