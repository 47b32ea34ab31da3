package dev.unroll.bench.peak;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Fused multiply-adds and nothing else, at the widest vectors of the processor: the floating-point peak. Twelve sums
 * are independent of each other, more than any processor needs to start two such instructions every cycle while each of
 * them takes four or five.
 */
public final class FmaLoop extends Peak {
    private static final int SUMS = 12;
    private static final int TURNS = 10_000;

    private final ElementType type;
    private final int lanes;

    /** Results of the loops, kept so that the compiler cannot remove them. */
    private volatile double sink;

    /**
     * A loop.
     *
     * @param type F32 or F64
     */
    public FmaLoop(ElementType type) {
        this.type = type;
        VectorSpecies<?> species = type == ElementType.F32
                ? FloatVector.SPECIES_PREFERRED
                : DoubleVector.SPECIES_PREFERRED;
        this.lanes = species.length();
    }

    @Override
    public long run(WorkerPool pool, long count) {
        pool.run(pool.threads(), _ -> {
            double sum = 0;
            for (long i = 0; i < count; i++) {
                sum += type == ElementType.F32 ? floats() : doubles();
            }
            sink = sum;
        });
        return 2L * SUMS * lanes * TURNS * count * pool.threads();
    }

    private static double floats() {
        FloatVector x = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, 0.5f);
        FloatVector y = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, 1f);
        FloatVector a = x;
        FloatVector b = x;
        FloatVector c = x;
        FloatVector d = x;
        FloatVector e = x;
        FloatVector f = x;
        FloatVector g = x;
        FloatVector h = x;
        FloatVector i = x;
        FloatVector j = x;
        FloatVector k = x;
        FloatVector l = x;
        for (int turn = 0; turn < TURNS; turn++) {
            a = a.fma(x, y);
            b = b.fma(x, y);
            c = c.fma(x, y);
            d = d.fma(x, y);
            e = e.fma(x, y);
            f = f.fma(x, y);
            g = g.fma(x, y);
            h = h.fma(x, y);
            i = i.fma(x, y);
            j = j.fma(x, y);
            k = k.fma(x, y);
            l = l.fma(x, y);
        }
        return a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k).add(l).lane(0);
    }

    private static double doubles() {
        DoubleVector x = DoubleVector.broadcast(DoubleVector.SPECIES_PREFERRED, 0.5);
        DoubleVector y = DoubleVector.broadcast(DoubleVector.SPECIES_PREFERRED, 1);
        DoubleVector a = x;
        DoubleVector b = x;
        DoubleVector c = x;
        DoubleVector d = x;
        DoubleVector e = x;
        DoubleVector f = x;
        DoubleVector g = x;
        DoubleVector h = x;
        DoubleVector i = x;
        DoubleVector j = x;
        DoubleVector k = x;
        DoubleVector l = x;
        for (int turn = 0; turn < TURNS; turn++) {
            a = a.fma(x, y);
            b = b.fma(x, y);
            c = c.fma(x, y);
            d = d.fma(x, y);
            e = e.fma(x, y);
            f = f.fma(x, y);
            g = g.fma(x, y);
            h = h.fma(x, y);
            i = i.fma(x, y);
            j = j.fma(x, y);
            k = k.fma(x, y);
            l = l.fma(x, y);
        }
        return a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k).add(l).lane(0);
    }
}
