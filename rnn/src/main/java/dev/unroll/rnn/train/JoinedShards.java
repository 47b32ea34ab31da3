package dev.unroll.rnn.train;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.internal.NotSeparable;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.spec.LayerSpec;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.OutputLayer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Runs all shards of a worker as one batch, which takes less time than one after the other where they are small, and gives
 * the same bits. Networks whose sums over a batch cannot be told apart, and those with layers of users, which may mix
 * sequences, are left to run shard by shard.
 */
final class JoinedShards implements AutoCloseable {
    private static final int MOST_LAYOUTS = 1000;

    private final DeepRnn network;
    /** Layouts that were tried in vain. */
    private final Set<SequenceLayout> inseparable = new HashSet<>();
    private boolean isSeparable;
    private CarriedState joined;

    JoinedShards(DeepRnn network) {
        this.network = network;
        isSeparable = isBuiltIn(network);
    }

    private static boolean isBuiltIn(DeepRnn network) {
        try {
            ModelSpec spec = network.spec();
            return spec.output() instanceof OutputLayer && spec.layers().stream().allMatch(LayerSpec.class::isInstance);
        } catch (IllegalStateException e) { // user-defined layers have no description
            return false;
        }
    }

    /** Whether the shards of such a batch may be tried to run as one. */
    boolean mayJoin(SequenceLayout layout) {
        return isSeparable && !inseparable.contains(layout);
    }

    /**
     * Runs shards.
     *
     * @param all their sequences
     * @param parts of the shards
     * @param states of the shards
     * @param summed told of every shard whose gradients are those of the network now
     * @return the loss of every shard, or null if they cannot be told apart
     */
    double[] add(
            Batch all, List<BatchGradients.Part> parts, List<CarriedState> states, BatchGradients gradients,
            BatchGradients.Place place, IntConsumer summed) {
        for (int i = 0; i < parts.size(); i++) {
            states.get(i).begin(parts.get(i).batch());
        }
        if (joined == null) {
            joined = network.newState();
        }
        joined.become(all.layout().batch(), states.getFirst().isNew());
        for (int i = 0; i < parts.size(); i++) {
            copy(states.get(i), parts.get(i), true);
        }
        double[] losses;
        try {
            losses = gradients.addApart(all, parts, joined, place, summed);
        } catch (NotSeparable e) {
            isSeparable = e.isOfShape() && inseparable.size() < MOST_LAYOUTS;
            inseparable.add(all.layout());
            return null;
        }
        for (int i = 0; i < parts.size(); i++) {
            states.get(i).become(parts.get(i).sequences(), false);
            copy(states.get(i), parts.get(i), false);
        }
        return losses;
    }

    private void copy(CarriedState state, BatchGradients.Part part, boolean toJoined) {
        List<Tensor> whole = joined.tensors();
        List<Tensor> own = state.tensors();
        for (int i = 0; i < own.size(); i++) {
            Tensor rows = whole.get(i).rows(part.firstSequence(), part.sequences());
            (toJoined ? rows : own.get(i)).copyFrom(toJoined ? own.get(i) : rows);
        }
    }

    @Override
    public void close() {
        if (joined != null) {
            joined.close();
            joined = null;
        }
    }
}
