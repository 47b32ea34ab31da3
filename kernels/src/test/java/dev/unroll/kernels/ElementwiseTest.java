package dev.unroll.kernels;

import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against the formulas in double; a single operation is rounded once in every implementation, hence exact. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class ElementwiseTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** A factor that both types hold exactly. */
    private static final double ALPHA = -0.375;

    /** Rounded as the type rounds one operation on its own numbers. */
    private static double[][] expected(Tensor x, Tensor y, DoubleBinaryOperator operation) {
        double[][] a = values(x);
        double[][] b = values(y);
        for (int r = 0; r < a.length; r++) {
            for (int j = 0; j < a[r].length; j++) {
                double value = operation.applyAsDouble(a[r][j], b[r][j]);
                a[r][j] = x.type() == ElementType.F32 ? (float) value : value;
            }
        }
        return a;
    }

    @Property(tries = 60)
    void addIsTheSum(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns());
            Tensor y = samples.uniform(c.rows(), c.columns());
            Tensor z = samples.empty(c.rows(), c.columns());
            double[][] sum = expected(x, y, Double::sum);
            Elementwise.add(x, y, z, CALLER);
            assertExactly(sum, z);
            Elementwise.add(x, y, x, CALLER);
            assertExactly(sum, x);
        }
    }

    @Property(tries = 60)
    void multiplyIsTheProduct(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns());
            Tensor y = samples.uniform(c.rows(), c.columns());
            Tensor z = samples.empty(c.rows(), c.columns());
            double[][] product = expected(x, y, (a, b) -> a * b);
            Elementwise.multiply(x, y, z, CALLER);
            assertExactly(product, z);
            Elementwise.multiply(x, y, y, CALLER);
            assertExactly(product, y);
        }
    }

    @Property(tries = 60)
    void multiplyAddAddsTheProduct(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns());
            Tensor y = samples.uniform(c.rows(), c.columns());
            Tensor z = samples.uniform(c.rows(), c.columns());
            double[][] product = expected(samples.copyOf(x), y, (a, b) -> a * b);
            double[][] result = values(z);
            for (int r = 0; r < result.length; r++) {
                for (int j = 0; j < result[r].length; j++) {
                    result[r][j] += product[r][j];
                }
            }
            Elementwise.multiplyAdd(x, y, z, CALLER);
            assertClose(result, z, 3); // a rounding of the product, in the expectation or here, and one of a sum up to 2
        }
    }

    @Property(tries = 60)
    void axpyAddsAMultiple(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns());
            Tensor y = samples.uniform(c.rows(), c.columns());
            double[][] result = expected(x, y, (a, b) -> b + ALPHA * a);
            Elementwise.axpy(ALPHA, x, y, CALLER);
            assertClose(result, y, 3); // as above
        }
    }

    @Property(tries = 60)
    void lerpGoesAPartOfTheWay(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns());
            Tensor y = samples.uniform(c.rows(), c.columns());
            Tensor z = samples.empty(c.rows(), c.columns());
            for (double alpha : new double[] {0.375, 0.5, 0.875}) {
                double[][] result = expected(x, y, (a, b) -> (1 - alpha) * a + alpha * b);
                Elementwise.lerp(alpha, x, y, z, CALLER);
                assertClose(result, z, 3); // roundings of a difference up to 2, of its product and of the sum
            }
            double[][] quarter = expected(x, y, (a, b) -> 0.75 * a + 0.25 * b);
            Elementwise.lerp(0.25, x, y, x, CALLER);
            assertClose(quarter, x, 3);
        }
    }

    @Property(tries = 60)
    void lerpIsExactAtItsEndsAndBetweenEqualNumbers(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns());
            Tensor y = samples.uniform(c.rows(), c.columns());
            Elementwise.scale(1e-9, y, CALLER); // of which x + (y - x) would keep nothing
            Tensor z = samples.empty(c.rows(), c.columns());
            Elementwise.lerp(0, x, y, z, CALLER);
            assertExactly(values(x), z);
            Elementwise.lerp(1, x, y, z, CALLER);
            assertExactly(values(y), z);
            for (double alpha : new double[] {0.1, 0.9}) {
                Elementwise.lerp(alpha, x, samples.copyOf(x), z, CALLER);
                assertExactly(values(x), z);
            }
        }
    }

    @Property(tries = 60)
    void scaleMultiplies(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns());
            double[][] result = expected(x, x, (a, _) -> ALPHA * a);
            Elementwise.scale(ALPHA, x, CALLER);
            assertExactly(result, x);
        }
    }

    @Property(tries = 40)
    void copyToRowsMakesEveryRowTheSame(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor row = samples.uniform(1, c.columns());
            Tensor y = samples.empty(c.rows(), c.columns());
            Elementwise.copyToRows(row, y, CALLER);
            double[][] expected = new double[c.rows()][];
            Arrays.fill(expected, values(row)[0]);
            assertExactly(expected, y);
        }
    }

    @Property(tries = 60)
    void addColumnSumsAddsTheSumOfTheRows(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns());
            Tensor y = samples.uniform(1, c.columns());
            double[][] expected = values(y);
            for (double[] row : values(x)) {
                for (int j = 0; j < row.length; j++) {
                    expected[0][j] += row[j];
                }
            }
            Elementwise.addColumnSums(x, y, CALLER);
            assertClose(expected, y, 7 * 7); // up to 7 additions of numbers up to 7
        }
    }
}
