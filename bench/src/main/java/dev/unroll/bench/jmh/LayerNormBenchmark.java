package dev.unroll.bench.jmh;

import dev.unroll.kernels.LayerNorm;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Layer normalization of 64 rows, as wide as the gates of an LSTM of 256 units. */
public class LayerNormBenchmark extends KernelBenchmark {
    private static final int ROWS = 64;

    private Tensor x;
    private Tensor y;
    private Tensor dx;
    private Tensor gain;
    private Tensor bias;
    private Tensor mean;
    private Tensor rstd;
    private Tensor dGain;
    private Tensor dBias;

    @Override
    void allocate() {
        int columns = PeakBenchmark.ELEMENTS / ROWS;
        x = random(ROWS, columns);
        y = zeros(ROWS, columns);
        dx = zeros(ROWS, columns);
        gain = random(1, columns);
        bias = random(1, columns);
        mean = zeros(ROWS, 1);
        rstd = zeros(ROWS, 1);
        dGain = zeros(1, columns);
        dBias = zeros(1, columns);
        LayerNorm.forward(1e-5, x, gain, bias, y, mean, rstd, pool());
    }

    /**
     * The normalized rows.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void layerNorm(Amounts amounts) {
        LayerNorm.forward(1e-5, x, gain, bias, y, mean, rstd, pool());
        amounts.pass(x.size(), 2 * type.bytes());
    }

    /**
     * The gradient of the input.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void layerNormBackward(Amounts amounts) {
        LayerNorm.backward(x, gain, mean, rstd, y, dx, pool());
        amounts.pass(x.size(), 4 * type.bytes());
    }

    /**
     * The gradients of gain and bias.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void layerNormParametersBackward(Amounts amounts) {
        LayerNorm.parametersBackward(x, mean, rstd, y, dGain, dBias, pool());
        amounts.pass(x.size(), 2 * type.bytes());
    }
}
