package dev.unroll.bench.jmh;

import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.PackedMatrix;
import dev.unroll.kernels.Tensor;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Matrix products in every form. */
public class GemmBenchmark extends KernelBenchmark {
    /** Rows, columns, depth. */
    @Param({"1x1024x256", "8x1024x256", "32x1024x256", "64x64x64", "256x256x256", "512x512x512"})
    public String shape;

    private int m;
    private int n;
    private int k;
    private Tensor a;
    private Tensor aTransposed;
    private Tensor b;
    private Tensor bTransposed;
    private PackedMatrix packed;
    private Tensor c;

    @Override
    void allocate() {
        int[] sizes = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
        m = sizes[0];
        n = sizes[1];
        k = sizes[2];
        a = random(m, k);
        aTransposed = random(k, m);
        b = random(k, n);
        bTransposed = random(n, k);
        packed = PackedMatrix.of(workspace(), k, n, type).pack(b);
        c = zeros(m, n);
    }

    /**
     * With the right operand packed beforehand.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void packed(Amounts amounts) {
        Gemm.packed(1, a, packed, 0, c, pool());
        amounts.product(m, n, k);
    }

    /**
     * Neither transposed.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void nn(Amounts amounts) {
        Gemm.nn(1, a, b, 0, c, pool());
        amounts.product(m, n, k);
    }

    /**
     * The right operand transposed.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void nt(Amounts amounts) {
        Gemm.nt(1, a, bTransposed, 0, c, pool());
        amounts.product(m, n, k);
    }

    /**
     * The left operand transposed.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void tn(Amounts amounts) {
        Gemm.tn(1, aTransposed, b, 0, c, pool());
        amounts.product(m, n, k);
    }
}
