package dev.unroll.rnn.parallel;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.parallel.ShardTree.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Sums one slab of every shard of a batch over all workers: {@link #add} takes the slabs of this worker's shards one after
 * the other, and {@link #finish} gives every worker the sum of all, with the bits that one worker alone would get.
 *
 * <p>Sums of this worker's shards need at most {@code log2(shards) + 1} slabs at a time. Over workers it is a
 * reduce-scatter and an all-gather: each adds up a range of the columns in the order of the tree, and sends it to all.
 *
 * <p>For one thread.
 */
public final class ShardSums implements AutoCloseable {
    private final ShardTree tree;
    private final ElementType type;
    private final long columns;
    private final Exchange exchange;
    private final WorkerPool pool;
    private final Workspace memory = new Workspace("sums of shards");
    private final Node own;
    private final List<Part> parts = new ArrayList<>();
    private final Deque<Tensor> free = new ArrayDeque<>();
    private final Columns ofSlab;
    private final List<List<Part>> received;

    /** The sum of the shards of a node. */
    private record Part(Node node, Tensor sum) {}

    /**
     * Makes sums without memory, which is allocated when it is needed.
     *
     * @param tree of the shards
     * @param exchange of this worker
     * @param type of the slabs
     * @param columns of the slabs
     * @param pool to run kernels on
     * @throws IllegalArgumentException if the shards cannot be divided equally among the workers
     */
    public ShardSums(ShardTree tree, Exchange exchange, ElementType type, long columns, WorkerPool pool) {
        this.tree = Nulls.require("ShardSums", "tree", tree);
        this.exchange = Nulls.require("ShardSums", "exchange", exchange);
        this.type = Nulls.require("ShardSums", "type", type);
        this.columns = columns;
        this.pool = Nulls.require("ShardSums", "pool", pool);
        own = tree.shardsOf(exchange.worker(), exchange.workers());
        ofSlab = new Columns(columns, exchange.workers(), Workspace.ALIGNMENT / type.bytes());
        received = new ArrayList<>(exchange.workers());
    }

    /**
     * Adds the slab of one shard.
     *
     * @param shard of this worker; the shards come in their order
     * @param slab {@code [columns]}; not kept
     */
    public void add(int shard, Tensor slab) {
        int expected = parts.isEmpty() ? own.from() : parts.getLast().node.to();
        if (shard != expected || shard >= own.to()) {
            throw new IllegalArgumentException("the sums of shards " + own.from() + " to " + (own.to() - 1)
                    + " do not go on with shard " + shard + "; add each of them once, in their order");
        }
        Node node = new Node(shard, shard + 1);
        Tensor sum = slab;
        for (Node parent = parentWithLast(node); parent != null; parent = parentWithLast(node)) {
            Tensor left = parts.removeLast().sum;
            Elementwise.add(left, sum, left, pool);
            if (sum != slab) {
                free.push(sum);
            }
            node = parent;
            sum = left;
        }
        if (sum == slab) {
            sum = free.isEmpty() ? memory.allocate(type, columns) : free.pop();
            sum.copyFrom(slab);
        }
        parts.add(new Part(node, sum));
    }

    /** The node whose halves are the last part and a node, or null. */
    private Node parentWithLast(Node node) {
        if (parts.isEmpty()) {
            return null;
        }
        Node parent = new Node(parts.getLast().node.from(), node.to());
        boolean isCutThere = parent.left().to() == node.from();
        return isCutThere && tree.contains(parent) ? parent : null;
    }

    /**
     * Sums over all workers, and begins anew.
     *
     * @param sum {@code [columns]}, overwritten; the same on every worker
     * @throws ExchangeException if a worker does not take part
     * @throws IllegalStateException if a shard of this worker was not added
     */
    public void finish(Tensor sum) {
        if (parts.isEmpty() || parts.getLast().node.to() != own.to()) {
            throw new IllegalStateException("shards " + own.from() + " to " + (own.to() - 1)
                    + " must be added before the sum is taken; " + (parts.isEmpty()
                            ? "none was"
                            : "the last one was shard " + (parts.getLast().node.to() - 1)));
        }
        if (exchange.workers() == 1) {
            sum.copyFrom(parts.getFirst().sum);
        } else {
            reduceScatter(sum);
            allGather(sum);
        }
        clear();
    }

    private void reduceScatter(Tensor sum) {
        int self = exchange.worker();
        exchange.round(
                worker -> parts.stream().map(part -> ofSlab.of(worker, part.sum)).toList(),
                worker -> received().get(worker).stream().map(Part::sum).toList());
        List<Part> all = new ArrayList<>();
        for (int worker = 0; worker < exchange.workers(); worker++) {
            if (worker == self) {
                parts.forEach(part -> all.add(new Part(part.node, ofSlab.of(self, part.sum))));
            } else {
                all.addAll(received().get(worker));
            }
        }
        if (ofSlab.size(self) > 0) {
            ofSlab.of(self, sum).copyFrom(sumOf(tree.root(), all));
        }
    }

    private void allGather(Tensor sum) {
        Tensor mine = ofSlab.of(exchange.worker(), sum);
        exchange.round(_ -> List.of(mine), worker -> List.of(ofSlab.of(worker, sum)));
    }

    /** Adds parts in the order of the tree, in the memory of those of left halves. */
    private Tensor sumOf(Node node, List<Part> all) {
        for (Part part : all) {
            if (part.node.equals(node)) {
                return part.sum;
            }
        }
        Tensor left = sumOf(node.left(), all);
        Elementwise.add(left, sumOf(node.right(), all), left, pool);
        return left;
    }

    /** Memory for this worker's columns of the parts of the others. */
    private List<List<Part>> received() {
        if (received.isEmpty()) {
            long size = ofSlab.size(exchange.worker());
            for (int worker = 0; worker < exchange.workers(); worker++) {
                List<Node> nodes = worker == exchange.worker()
                        ? List.of()
                        : tree.largestIn(tree.shardsOf(worker, exchange.workers()));
                received.add(nodes.stream().map(node -> new Part(node, memory.allocate(type, size))).toList());
            }
        }
        return received;
    }

    /** Forgets what was added, such as after an error. */
    public void clear() {
        parts.forEach(part -> free.push(part.sum));
        parts.clear();
    }

    /** Returns the memory. The exchange remains the caller's to close. */
    @Override
    public void close() {
        memory.close();
    }
}
