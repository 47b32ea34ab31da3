package dev.unroll.rnn.parallel;

import java.util.ArrayList;
import java.util.List;

/**
 * The order in which what the shards of a batch give is added: a binary tree over the shards, whose nodes are cut in halves.
 * It depends on the number of shards alone, so that a sum has the same bits however the shards are spread over workers.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param shards number of leaves
 */
public record ShardTree(int shards) {
    /** The most shards of a batch. */
    public static final int MOST = 4096;

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if it is less than 1 or more than {@value #MOST}
     */
    public ShardTree {
        if (shards < 1 || shards > MOST) {
            throw new IllegalArgumentException("a batch has 1 to " + MOST + " shards, not " + shards);
        }
    }

    /**
     * A node: some shards in succession.
     *
     * @param from the first shard
     * @param to the shard after the last one
     */
    public record Node(int from, int to) {
        boolean isLeaf() {
            return to - from == 1;
        }

        Node left() {
            return new Node(from, (from + to) / 2);
        }

        Node right() {
            return new Node((from + to) / 2, to);
        }

        boolean contains(Node other) {
            return from <= other.from && other.to <= to;
        }
    }

    /**
     * Returns the node of all shards.
     *
     * @return the root
     */
    public Node root() {
        return new Node(0, shards);
    }

    /** Returns whether a range of shards is a node. */
    boolean contains(Node range) {
        Node node = root();
        while (!node.equals(range) && !node.isLeaf()) {
            node = node.left().contains(range) ? node.left() : node.right();
        }
        return node.equals(range);
    }

    /**
     * Returns the shards of one of several workers, each of which has as many.
     *
     * @param worker from 0
     * @param workers a divisor of the number of shards
     * @return shards in succession, which need not be a node of the tree
     * @throws IllegalArgumentException if the workers cannot have equally many
     */
    public Node shardsOf(int worker, int workers) {
        if (workers < 1 || shards % workers != 0) {
            throw new IllegalArgumentException(shards + " shards cannot be divided equally among " + workers
                    + " workers; choose a number of shards that " + workers + " divides");
        }
        int each = shards / workers;
        return new Node(worker * each, (worker + 1) * each);
    }

    /**
     * Returns the nodes whose sums somebody can compute who has some of the shards: the largest ones that lie in a range.
     *
     * @param range of shards
     * @return from the first shard to the last
     */
    public List<Node> largestIn(Node range) {
        List<Node> largest = new ArrayList<>();
        collect(root(), range, largest);
        return largest;
    }

    private static void collect(Node node, Node range, List<Node> largest) {
        if (range.contains(node)) {
            largest.add(node);
        } else if (!node.isLeaf()) {
            collect(node.left(), range, largest);
            collect(node.right(), range, largest);
        }
    }

    /**
     * Adds numbers, one for each shard, in the order of the tree.
     *
     * @param numbers as many as there are shards
     * @return their sum
     */
    public double sum(double... numbers) {
        return sum(root(), numbers);
    }

    private static double sum(Node node, double... numbers) {
        return node.isLeaf() ? numbers[node.from()] : sum(node.left(), numbers) + sum(node.right(), numbers);
    }
}
