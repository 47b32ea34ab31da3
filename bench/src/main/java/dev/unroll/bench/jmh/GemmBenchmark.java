package dev.unroll.bench.jmh;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Epilogue;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.PackedMatrix;
import dev.unroll.kernels.Tensor;
import java.util.Arrays;
import java.util.List;
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
    private Epilogue epilogue;
    private List<Tensor> aBlocks;
    private List<Tensor> bBlocks;
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
        epilogue = Epilogue.bias(random(n)).then(Activation.TANH);
        aBlocks = halves(aTransposed);
        bBlocks = halves(b);
        c = zeros(m, n);
    }

    private static List<Tensor> halves(Tensor x) {
        long half = x.rows() / 2;
        return List.of(x.rows(0, half), x.rows(half, x.rows() - half));
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

    /**
     * Both transposed.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void tt(Amounts amounts) {
        Gemm.tt(1, aTransposed, bTransposed, 0, c, pool());
        amounts.product(m, n, k);
    }

    /**
     * The left operand transposed, and both in two blocks along the sums.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void tnOfBlocks(Amounts amounts) {
        Gemm.tn(1, aBlocks, bBlocks, 0, c, pool());
        amounts.product(m, n, k);
    }

    /**
     * Packed, with a bias and a nonlinearity of the result; only the product's operations count.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void packedThenBiasAndTanh(Amounts amounts) {
        Gemm.packed(1, a, packed, 0, c, epilogue, pool());
        amounts.product(m, n, k);
    }
}
