package dev.unroll.rnn.train;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.parallel.AllGather;
import dev.unroll.rnn.parallel.Exchange;
import dev.unroll.rnn.parallel.ShardSums;
import dev.unroll.rnn.parallel.ShardTree;
import dev.unroll.rnn.parallel.ShardTree.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The gradients of batches that are cut into shards, of which this worker runs its part. The sums over all of them have
 * the same bits for any number of workers.
 */
final class ShardedGradients implements Resumable, AutoCloseable {
    private final DeepRnn network;
    private final ShardTree tree;
    private final Exchange exchange;
    private final Node own;
    private final AllGather gather;
    private final WorkersAgreement agreement;
    private final ShardSums sums;
    private final CarriedState[] states;
    private final JoinedShards joined;
    private long gathered = -1;

    /** Of the updates from one on, and the runs of the network from one on. */
    record Start(long update, long pass) {}

    ShardedGradients(DeepRnn network, int shards, Exchange exchange, Supplier<Map<String, Object>> settings) {
        this.network = network;
        this.exchange = exchange;
        tree = new ShardTree(shards);
        own = tree.shardsOf(exchange.worker(), exchange.workers());
        states = new CarriedState[shards];
        Tensor slab = network.parameters().values();
        joined = new JoinedShards(network);
        sums = new ShardSums(tree, exchange, slab.type(), slab.columns(), network.pool());
        gather = new AllGather(exchange);
        agreement = new WorkersAgreement(network.parameters(), gather, settings);
    }

    int shards() {
        return tree.shards();
    }

    int worker() {
        return exchange.worker();
    }

    int workers() {
        return exchange.workers();
    }

    /**
     * Makes the network's gradients those of some batches together, whichever worker runs which shards.
     *
     * @return the mean loss of all rows
     * @throws ArithmeticException if the loss of any shard is not finite, in all workers
     */
    double add(List<Batch> batches, double rows, BatchGradients gradients, Start start) {
        batches.forEach(this::requireEnough);
        boolean isWhole = false;
        boolean isAgreed = false;
        try {
            double loss = addTogether(batches, rows, gradients, start);
            isWhole = true;
            return loss;
        } catch (ArithmeticException e) {
            isAgreed = true; // all workers have come as far, and know
            throw e;
        } finally {
            sums.clear();
            if (!isWhole) {
                beginAnew();
            }
            if (!isWhole && !isAgreed) {
                exchange.close(); // the others must not wait for this one
            }
        }
    }

    /** Some shards may have kept their states, and others not: in all workers, new sequences begin. */
    private void beginAnew() {
        for (CarriedState state : states) {
            if (state != null) {
                state.clear();
            }
        }
    }

    private double addTogether(List<Batch> batches, double rows, BatchGradients gradients, Start start) {
        agreement.check(start);
        Tensor slab = network.parameters().gradients();
        network.parameters().clearGradients();
        double[] losses = new double[own.to() - own.from()];
        ArithmeticException divergence = null;
        try {
            addOwn(losses, batches, rows, gradients, start);
        } catch (ArithmeticException e) {
            Arrays.fill(losses, Double.NaN);
            divergence = e;
        }
        double loss = sumOf(losses, divergence, start.update, batches);
        sums.finish(slab);
        return loss;
    }

    /** Runs the shards of this worker: as one batch, or one after the other, with the same bits. */
    private void addOwn(
            double[] losses, List<Batch> batches, double rows, BatchGradients gradients, Start start) {
        boolean mayJoin = losses.length > 1 && batches.size() == 1 && gradients.mayRunApart(batches.getFirst());
        if (mayJoin && addJoined(losses, batches.getFirst(), rows, gradients, start)) {
            return;
        }
        for (int shard = own.from(); shard < own.to(); shard++) {
            losses[shard - own.from()] = addShard(shard, batches, rows, gradients, start);
            take(shard);
        }
    }

    /** Adds the gradients of the network to the sums, and clears them. */
    private void take(int shard) {
        sums.add(shard, network.parameters().gradients());
        network.parameters().clearGradients();
    }

    private boolean addJoined(double[] losses, Batch whole, double rows, BatchGradients gradients, Start start) {
        int first = firstSequence(own.from(), whole);
        Batch all = whole.sequences(first, firstSequence(own.to(), whole) - first);
        if (!joined.mayJoin(all.layout())) {
            return false;
        }
        List<BatchGradients.Part> parts = new ArrayList<>();
        List<CarriedState> ofParts = new ArrayList<>();
        for (int shard = own.from(); shard < own.to(); shard++) {
            Batch part = part(shard, whole);
            parts.add(new BatchGradients.Part(part, firstSequence(shard, whole) - first, share(part, rows)));
            ofParts.add(state(shard));
        }
        double[] means = joined.add(
                all, parts, ofParts, gradients, new BatchGradients.Place(start.update, start.pass, first),
                part -> take(own.from() + part));
        if (means == null) {
            sums.clear();
            network.parameters().clearGradients();
            return false;
        }
        for (int i = 0; i < losses.length; i++) {
            losses[i] = parts.get(i).share() * means[i];
        }
        return true;
    }

    private double addShard(int shard, List<Batch> batches, double rows, BatchGradients gradients, Start start) {
        double loss = 0;
        for (int i = 0; i < batches.size(); i++) {
            Batch part = part(shard, batches.get(i));
            double share = share(part, rows);
            var place = new BatchGradients.Place(
                    start.update, start.pass + (long) i * shards() + shard, firstSequence(shard, batches.get(i)));
            loss += share * gradients.add(part, share, state(shard), place);
        }
        return loss;
    }

    private Batch part(int shard, Batch whole) {
        int first = firstSequence(shard, whole);
        return whole.sequences(first, firstSequence(shard + 1, whole) - first);
    }

    private double share(Batch part, double rows) {
        return rows == 0 ? 1.0 / shards() : part.predicted() / rows;
    }

    private int firstSequence(int shard, Batch batch) {
        return (int) ((long) batch.layout().batch() * shard / shards());
    }

    private void requireEnough(Batch batch) {
        if (batch.layout().batch() < shards()) {
            throw new IllegalArgumentException("a batch of " + batch.layout().batch() + " sequences cannot be cut into "
                    + shards() + " shards; give batches of at least as many sequences, or choose fewer shards");
        }
    }

    private CarriedState state(int shard) {
        if (states[shard] == null) {
            states[shard] = network.newState();
        }
        return states[shard];
    }

    private double sumOf(double[] losses, ArithmeticException divergence, long update, List<Batch> batches) {
        List<double[]> all = workers() == 1
                ? List.of(losses)
                : agreement.gatherWithBatches("the losses of update " + (update + 1), losses, batches, update);
        if (divergence != null) {
            throw divergence;
        }
        for (int worker = 0; worker < all.size(); worker++) {
            for (double loss : all.get(worker)) {
                if (!Double.isFinite(loss)) {
                    throw Divergence.ofLossThere(loss, update, worker);
                }
            }
        }
        return tree.sum(all.stream().flatMapToDouble(Arrays::stream).toArray());
    }

    /** Lets worker 0 have the carried states of all shards; all workers call it after the same update. */
    void gatherStates(long update) {
        if (workers() == 1) {
            return;
        }
        for (int shard = 0; shard < shards(); shard++) {
            state(shard);
        }
        uninterrupted(() -> {
            new StateGathering(exchange, tree, gather).toFirst(List.of(states));
            return null;
        });
        gathered = update;
    }

    /** Refuses to save what this worker does not have. */
    void requireStatesOfAll(long update) {
        if (workers() > 1 && (worker() != 0 || gathered != update)) {
            throw new IllegalStateException(
                    "worker " + worker() + " does not have the states of all shards after update "
                            + update + "; save a training that workers share by Checkpoints, which all of them have");
        }
    }

    /** Whether any worker wishes something; all workers ask at the same time. */
    boolean anyWishes(String what, boolean isWished) {
        if (workers() == 1) {
            return isWished;
        }
        return uninterrupted(() -> gather.numbers(what, isWished ? 1 : 0).stream().anyMatch(wish -> wish[0] != 0));
    }

    /** An interrupted thread may take part in a round that all wait for, and is interrupted still. */
    private static <T> T uninterrupted(Supplier<T> work) {
        boolean isInterrupted = Thread.interrupted();
        try {
            return work.get();
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        for (int shard = 0; shard < shards(); shard++) {
            state(shard).saveState(checkpoint.part(String.valueOf(shard)));
        }
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        for (int shard = own.from(); shard < own.to(); shard++) {
            state(shard).restoreState(checkpoint.part(String.valueOf(shard)));
        }
        gathered = -1;
        agreement.renew();
    }

    Exchange exchange() {
        return exchange;
    }

    /** Returns the memory; the exchange is closed by whoever made it. */
    @Override
    public void close() {
        for (int shard = 0; shard < states.length; shard++) {
            if (states[shard] != null) {
                states[shard].close();
                states[shard] = null;
            }
        }
        joined.close();
        sums.close();
        gather.close();
    }
}
