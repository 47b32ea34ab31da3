package dev.unroll.rnn.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.parallel.ShardTree.Node;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardSumsTest {
    private static double[] slab(int shard, int columns) {
        return new Random(shard).doubles(columns, -1, 1).map(x -> x * StrictMath.pow(10, 6 * x)).toArray();
    }

    private static double[] sum(int shards, int columns, ElementType type, Exchange exchange) {
        ShardTree tree = new ShardTree(shards);
        Node own = tree.shardsOf(exchange.worker(), exchange.workers());
        try (Workspace workspace = new Workspace("test");
                ShardSums sums = new ShardSums(tree, exchange, type, columns, WorkerPool.caller())) {
            Tensor slab = workspace.zeros(type, columns);
            for (int round = 0; round < 2; round++) { // the second one in the memory of the first
                for (int shard = own.from(); shard < own.to(); shard++) {
                    sums.add(shard, fill(slab, slab(shard, columns)));
                }
                sums.finish(slab);
            }
            return type == ElementType.F64 ? slab.toDoubles() : doubles(slab.toFloats());
        }
    }

    private static Tensor fill(Tensor slab, double... values) {
        for (int i = 0; i < values.length; i++) {
            slab.set(0, i, values[i]);
        }
        return slab;
    }

    private static double[] doubles(float... values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private static double[] expected(int shards, int columns, boolean isFloat) {
        double[] sum = new double[columns];
        ShardTree tree = new ShardTree(shards);
        for (int column = 0; column < columns; column++) {
            int at = column;
            sum[column] = sum(tree.root(), at, columns, isFloat);
        }
        return sum;
    }

    private static double sum(Node node, int column, int columns, boolean isFloat) {
        double sum = node.isLeaf()
                ? slab(node.from(), columns)[column]
                : sum(node.left(), column, columns, isFloat) + sum(node.right(), column, columns, isFloat);
        return isFloat ? (float) sum : sum;
    }

    @ParameterizedTest
    @CsvSource({"1,1,5", "2,1,37", "3,3,37", "6,1,1", "6,2,40", "6,3,40", "12,4,65", "12,3,16", "16,8,200", "5,5,3"})
    void everyWorkerGetsTheSumInTheOrderOfTheTree(int shards, int workers, int columns) {
        for (ElementType type : List.of(ElementType.F32, ElementType.F64)) {
            double[] expected = expected(shards, columns, type == ElementType.F32);
            for (double[] sum : Workers.results(workers, exchange -> sum(shards, columns, type, exchange))) {
                assertArrayEquals(expected, sum, shards + " shards, " + workers + " workers, " + type);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "0"})
    void shardsThatAreMissingOrOutOfOrderAreRefused(int shard) {
        try (Workspace workspace = new Workspace("test");
                ShardSums sums = new ShardSums(
                        new ShardTree(2), Exchange.alone(), ElementType.F32, 4, WorkerPool.caller())) {
            Tensor slab = workspace.zeros(ElementType.F32, 4);
            if (shard == 0) {
                sums.add(0, slab);
            }
            assertThrows(IllegalArgumentException.class, () -> sums.add(shard, slab));
            assertThrows(IllegalStateException.class, () -> sums.finish(slab));
            sums.clear();
            sums.add(0, slab.copyFrom(1f, 2f, 3f, 4f));
            sums.add(1, slab);
            sums.finish(slab);
            assertEquals("[2.0, 4.0, 6.0, 8.0]", Arrays.toString(slab.toFloats()));
        }
    }
}
