package dev.unroll.rnn.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.parallel.ShardTree.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShardTreeTest {
    /** The text of the sum that workers compute from their largest nodes. */
    private static String expression(Node node, Map<Node, String> parts) {
        String part = parts.get(node);
        return part != null
                ? part
                : "(" + expression(node.left(), parts) + "+" + expression(node.right(), parts) + ")";
    }

    private static String ofOneWorker(Node node) {
        return node.isLeaf()
                ? String.valueOf(node.from())
                : "(" + ofOneWorker(node.left()) + "+" + ofOneWorker(node.right()) + ")";
    }

    @Property(tries = 200)
    void everyNumberOfWorkersAddsInTheSameOrder(@ForAll @IntRange(min = 1, max = 100) int shards) {
        ShardTree tree = new ShardTree(shards);
        String expected = ofOneWorker(tree.root());
        for (int workers = 1; workers <= shards; workers++) {
            if (shards % workers > 0) {
                continue;
            }
            Map<Node, String> parts = new HashMap<>();
            List<Integer> covered = new ArrayList<>();
            for (int worker = 0; worker < workers; worker++) {
                Node own = tree.shardsOf(worker, workers);
                for (Node node : tree.largestIn(own)) {
                    assertTrue(own.contains(node) && tree.contains(node), node.toString());
                    parts.put(node, ofOneWorker(node));
                    IntStream.range(node.from(), node.to()).forEach(covered::add);
                }
            }
            assertEquals(IntStream.range(0, shards).boxed().toList(), covered, "each shard once, in order");
            assertEquals(expected, expression(tree.root(), parts));
        }
    }

    @Test
    void workersOfAPowerOfTwoHaveOneNodeEach() {
        ShardTree tree = new ShardTree(16);
        for (int workers : new int[] {1, 2, 4, 8, 16}) {
            for (int worker = 0; worker < workers; worker++) {
                Node own = tree.shardsOf(worker, workers);
                assertEquals(List.of(own), tree.largestIn(own));
            }
        }
    }

    @Test
    void numbersAreAddedInPairs() {
        assertEquals((1e16 + 1) + (1 + -1e16), new ShardTree(4).sum(1e16, 1, 1, -1e16));
        assertEquals(5, new ShardTree(1).sum(5));
    }

    @Test
    void badNumbersAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ShardTree(0));
        assertThrows(IllegalArgumentException.class, () -> new ShardTree(ShardTree.MOST + 1));
        String message = assertThrows(IllegalArgumentException.class, () -> new ShardTree(16).shardsOf(0, 3))
                .getMessage();
        assertTrue(message.startsWith("16 shards cannot be divided equally among 3 workers; "), message);
    }
}
