package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against plain sums in double. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class ReductionsTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    @Property(tries = 60)
    void sumsAreThoseOfTheElements(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            check(samples.uniform(c.rows(), c.columns()));
        }
    }

    @Example
    void chunksMeetWithoutALostElement() {
        int[][] sizes = {{1, 4095}, {1, 4096}, {1, 4097}, {3, 5000}, {5000, 3}};
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (int[] size : sizes) {
                for (int gap = 0; gap < 2; gap++) {
                    try (Samples samples = new Samples(type, gap, size[1])) {
                        check(samples.uniform(size[0], size[1]));
                    }
                }
            }
        }
    }

    private static void check(Tensor x) {
        double sum = 0;
        double sumOfSquares = 0;
        double size = 0;
        for (double[] row : Samples.values(x)) {
            for (double element : row) {
                sum += element;
                size += Math.abs(element);
                sumOfSquares += element * element;
            }
        }
        // A lane of a chunk adds up to 256 numbers in the tensor's type, a tree 4 levels more.
        double tolerance = 260 * (x.type() == ElementType.F32 ? 0x1p-24 : 0x1p-53);
        assertEquals(sum, Reductions.sum(x, CALLER), tolerance * size);
        assertEquals(sumOfSquares, Reductions.sumOfSquares(x, CALLER), tolerance * sumOfSquares);
        assertEquals(Math.sqrt(Reductions.sumOfSquares(x, CALLER)), Reductions.norm(x, CALLER));
        checkLargest(x);
    }

    @Property(tries = 20)
    void anEmptyTensorSumsToZero(@ForAll @IntRange(min = 0, max = 3) int rows) {
        try (Samples samples = new Samples(ElementType.F32, 2, 1)) {
            assertEquals(0.0, Reductions.sum(samples.empty(rows, 0), CALLER));
            assertEquals(0.0, Reductions.sumOfSquares(samples.empty(0, rows), CALLER));
            assertEquals(Double.NEGATIVE_INFINITY, Reductions.max(samples.empty(rows, 0), CALLER));
            assertEquals(-1, Reductions.argmax(samples.empty(0, rows), CALLER));
        }
    }

    /** NaN is the largest, and the first of equal ones is taken. */
    private static int argmax(double... row) {
        int largest = 0;
        for (int j = 1; j < row.length && !Double.isNaN(row[largest]); j++) {
            if (row[j] > row[largest] || Double.isNaN(row[j])) {
                largest = j;
            }
        }
        return largest;
    }

    private static void checkLargest(Tensor x) {
        if (x.size() > 0) {
            double[] all = Arrays.stream(Samples.values(x)).flatMapToDouble(Arrays::stream).toArray();
            int position = argmax(all);
            assertEquals(all[position] + 0.0, Reductions.max(x, CALLER)); // -0 + 0 is 0
            assertEquals(position, Reductions.argmax(x, CALLER));
            for (int r = 0; r < x.rows(); r++) {
                assertEquals(argmax(Samples.values(x)[r]), Reductions.argmax(x.rows(r, 1), CALLER));
            }
        }
    }

    /** Few kinds of numbers, so that most come more than once. */
    @Property(tries = 200)
    void theFirstOfTheLargestIsFoundAmongInfinitiesAndZerosOfEitherSign(@ForAll Case c) {
        double[] kinds = {Double.NEGATIVE_INFINITY, -1, -0.0, 0.0, 1, Double.POSITIVE_INFINITY};
        try (Samples samples = c.samples()) {
            Tensor x = samples.empty(c.rows(), c.columns());
            int count = 1 + samples.random().nextInt(kinds.length);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < c.columns(); j++) {
                    x.set(r, j, kinds[samples.random().nextInt(count)]);
                }
            }
            checkZeros(x);
        }
    }

    @Property(tries = 1)
    @Tag("every-width")
    void aZeroThatComesAfterANegativeOneIsNotLostInTheSameLane() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 0, 1)) {
                for (int at = 0; at < 64; at++) {
                    Tensor x = samples.empty(1, 64);
                    for (int j = 0; j < 64; j++) {
                        x.set(0, j, j == at ? 0.0 : j == 0 ? -0.0 : -1);
                    }
                    checkZeros(x);
                }
            }
        }
    }

    /** Where the largest are zeros it is 0, whatever their signs. */
    private static void checkZeros(Tensor x) {
        double[] all = Arrays.stream(Samples.values(x)).flatMapToDouble(Arrays::stream).toArray();
        double max = Arrays.stream(all).max().orElse(Double.NEGATIVE_INFINITY);
        assertEquals(Double.doubleToLongBits(max + 0.0), Double.doubleToLongBits(Reductions.max(x, CALLER)));
        if (all.length > 0) {
            assertEquals(argmax(all), Reductions.argmax(x, CALLER));
        }
    }

    /** Of either sign: what the processor makes of 0 / 0 has its sign bit set. */
    @Example
    void aNaNIsFoundWhereverItStands() {
        float[] nans = {Float.NaN, Float.intBitsToFloat(0xffc00000)};
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (int n : new int[] {1, 7, 16, 40, 67, 131}) {
                for (int at = 0; at < 2 * n; at++) {
                    try (Samples samples = new Samples(type, 1, at)) {
                        Tensor x = samples.uniform(2, n);
                        x.set(at / n, at % n, nans[at % 2]);
                        x.set(1, n - 1, Float.NaN);
                        assertEquals(Double.NaN, Reductions.max(x, CALLER));
                        assertEquals(at, Reductions.argmax(x, CALLER));
                        assertEquals(Double.NaN, Reductions.sum(x, CALLER));
                        assertEquals(Double.NaN, Reductions.norm(x, CALLER));
                    }
                }
            }
        }
    }

    @Example
    void aNumberThatIsNotFiniteIsFoundWhereverItStands() {
        double[] wrong = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            double largest = type == ElementType.F32 ? Float.MAX_VALUE : Double.MAX_VALUE;
            for (int n : new int[] {1, 7, 16, 40, 67, 131, 4100}) {
                try (Samples samples = new Samples(type, 1, n)) {
                    Tensor x = samples.uniform(2, n);
                    x.set(0, n / 2, largest);
                    x.set(1, n / 3, -largest);
                    assertTrue(Reductions.isFinite(x));
                    assertEquals(-1, Reductions.firstNotFinite(x));
                    for (int at = 2 * n - 1; at >= 0; at -= Math.max(1, n / 131)) {
                        x.set(at / n, at % n, wrong[at % 3]);
                        assertFalse(Reductions.isFinite(x));
                        assertEquals(at, Reductions.firstNotFinite(x));
                    }
                }
            }
        }
    }

    /** Squares of these are infinite or 0 in double, or would be in F32. */
    @Property(tries = 60)
    void aNormIsRightAsLongAsItIsANumber(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            double[] sizes = c.type() == ElementType.F32
                    ? new double[] {1e30, 1e-30, 1e38, 1e-44}
                    : new double[] {1e200, 1e-170, 1e305, 1e-305, 1e-320};
            for (double size : sizes) {
                Tensor x = samples.uniform(c.rows(), c.columns());
                for (int r = 0; r < c.rows(); r++) {
                    for (int j = 0; j < c.columns(); j++) {
                        x.set(r, j, size * x.get(r, j));
                    }
                }
                BigDecimal squares = Arrays.stream(Samples.values(x)).flatMapToDouble(Arrays::stream)
                        .mapToObj(BigDecimal::new).map(e -> e.multiply(e)).reduce(BigDecimal.ZERO, BigDecimal::add);
                double norm = squares.sqrt(MathContext.DECIMAL64).doubleValue();
                assertEquals(norm, Reductions.norm(x, CALLER), 1e-13 * norm + Double.MIN_VALUE, "size " + size);
            }
        }
    }

    @Example
    void aNormOfWhatIsNotFiniteIsNoNumber() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Tensor x = samples.uniform(3, 19);
                x.set(1, 5, Double.NEGATIVE_INFINITY);
                assertEquals(Double.POSITIVE_INFINITY, Reductions.norm(x, CALLER));
                x.set(2, 18, Double.NaN);
                assertEquals(Double.NaN, Reductions.norm(x, CALLER));
            }
        }
    }

    @Property(tries = 30)
    void theNormOfSomeRowsIsThatOfThemAlone(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(20, 100L * c.columns());
            Tensor ids = samples.ascendingIds(c.rows(), 20);
            double sum = 0;
            for (int id : ids.toInts()) {
                double row = 0;
                for (long from = 0; from < x.columns(); from += 4096) {
                    long count = Math.min(4096, x.columns() - from);
                    row += Reductions.sumOfSquares(x.rows(id, 1).columns(from, count), CALLER);
                }
                sum += row;
            }
            // The chunks of a row are added before those of the next one; sums of few numbers of like size.
            double norm = Math.sqrt(sum);
            assertEquals(norm, Reductions.normOfRows(ids, x, CALLER), 1e-14 * norm);
        }
    }

    @Property(tries = 30)
    void theNormOfTheChunksThatAreNotZeroHasTheBitsOfThatOfAll(@ForAll Case c) {
        double[] scales = c.type() == ElementType.F32 ? new double[] {1} : new double[] {1, 1e200, 1e-170};
        for (double scale : scales) {
            try (Samples samples = new Samples(c.type(), 0, c.rows());
                    WorkerPool two = new WorkerPool(2)) {
                Tensor x = samples.empty(40, Reductions.CHUNK);
                x.clear();
                Tensor ids = samples.ascendingIds(c.rows(), 40);
                for (int id : ids.toInts()) {
                    x.rows(id, 1).columns(0, c.columns()).copyFrom(samples.uniform(1, c.columns(), scale));
                }
                double norm = Reductions.norm(x, CALLER);
                assertEquals(norm, Reductions.normOfRows(ids, x, CALLER));
                assertEquals(norm, Reductions.normOfRows(ids, x, two));
            }
        }
    }
}
