package dev.unroll.rnn.init;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitializerTest {
    private final Workspace workspace = new Workspace("test");
    private final RandomGenerator random = Randoms.of(1);

    @AfterEach
    void close() {
        workspace.close();
    }

    private Tensor filled(Initializer initializer, long... shape) {
        Tensor parameter = workspace.allocate(ElementType.F64, shape);
        initializer.fill(parameter, random);
        return parameter;
    }

    @ParameterizedTest
    @CsvSource({"1,1", "7,7", "5,12", "12,5", "1,9", "9,1", "100,100"})
    void orthogonalMatricesHaveOrthonormalRowsOrColumns(int rows, int columns) {
        Tensor a = filled(Initializer.orthogonal(), rows, columns);
        int n = Math.min(rows, columns);
        Tensor product = workspace.allocate(ElementType.F64, n, n);
        if (rows < columns) {
            Gemm.nt(1, a, a, 0, product, WorkerPool.caller());
        } else {
            Gemm.tn(1, a, a, 0, product, WorkerPool.caller());
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                // Sums of at most 100 products of numbers below 1, each rounded to 2^-53.
                assertEquals(i == j ? 1 : 0, product.get(i, j), 1e-13);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,20,1", "30,30,20", "200,200,1.5", "60,200,1", "200,60,0.25", "400,400,1"})
    void sparseMatricesHaveTheirLinksAndLargestSingularValue(int inputs, int units, double norm) {
        Tensor a = filled(Initializer.sparse(20, norm), inputs, units);
        for (int j = 0; j < units; j++) {
            int links = 0;
            for (int i = 0; i < inputs; i++) {
                links += a.get(i, j) != 0 ? 1 : 0;
            }
            assertEquals(Math.min(20, inputs), links);
        }
        assertEquals(norm, largestSingularValue(a), 1e-6 * norm); // what the power iteration below leaves
    }

    /** By squaring {@code A^T A} 20 times, which is a power iteration of a million steps. */
    private double largestSingularValue(Tensor a) {
        long n = a.columns();
        Tensor power = workspace.allocate(ElementType.F64, n, n);
        Tensor square = workspace.allocate(ElementType.F64, n, n);
        Gemm.tn(1, a, a, 0, power, WorkerPool.caller());
        double log = 0;
        double scale = 1;
        for (int i = 0; i < 20; i++) {
            double norm = Math.sqrt(Reductions.sumOfSquares(power, WorkerPool.caller()));
            log += scale * Math.log(norm);
            scale /= 2;
            Gemm.nn(1 / (norm * norm), power, power, 0, square, WorkerPool.caller());
            power.copyFrom(square);
        }
        return Math.exp(log / 2);
    }

    @Test
    void gaussianAndGlorotHaveTheirVariance() {
        int n = 250;
        assertVariance(0.01 * 0.01, filled(Initializer.gaussian(0.01), n, n));
        assertVariance(2.0 / (n + 3 * n), filled(Initializer.glorot(), n, 3 * n));
    }

    private static void assertVariance(double expected, Tensor a) {
        double variance = Reductions.sumOfSquares(a, WorkerPool.caller()) / a.size();
        // The squares of normal numbers have standard deviation sqrt(2); of the mean of n of them 5 of those.
        assertEquals(expected, variance, expected * 5 * Math.sqrt(2.0 / a.size()));
    }

    @Test
    void blocksFillTheirOwnColumns() {
        Tensor bias = filled(
                Initializer.blocks(
                        Initializer.zeros(), Initializer.constant(1), Initializer.zeros(), Initializer.constant(-2)),
                12);
        for (int j = 0; j < 12; j++) {
            assertEquals(new double[] {0, 1, 0, -2}[j / 3], bias.get(0, j));
        }
    }

    @Test
    void valuesThatCannotBeMeantAreRefused() {
        for (Runnable call : new Runnable[] {
            () -> Initializer.sparse(0, 1),
            () -> Initializer.sparse(20, -1),
            () -> Initializer.gaussian(0),
            () -> Initializer.uniform(Double.NaN),
            () -> Initializer.constant(Double.POSITIVE_INFINITY),
            () -> filled(Initializer.blocks(Initializer.zeros(), Initializer.zeros()), 3)}) {
            String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
            assertTrue(message.matches(".*(positive|at least 1|finite|equal width).*"), message);
        }
    }
}
