package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.provider.ActivationKernel;
import java.lang.foreign.MemorySegment;

/** The nonlinearities and their derivatives; other scalar kernels use the functions of one number. */
final class ScalarActivationF32 implements ActivationKernel {
    @Override
    public void forward(Activation f, int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            y.set(JAVA_FLOAT, yOffset + at, apply(f, x.get(JAVA_FLOAT, xOffset + at)));
        }
    }

    @Override
    public void backward(
            Activation f, int n, MemorySegment y, long yOffset, MemorySegment dy, long dyOffset,
            MemorySegment dx, long dxOffset) {
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            float derivative = derivative(f, y.get(JAVA_FLOAT, yOffset + at));
            float gradient = gradient(f, derivative, dy.get(JAVA_FLOAT, dyOffset + at));
            dx.set(JAVA_FLOAT, dxOffset + at, dx.get(JAVA_FLOAT, dxOffset + at) + gradient);
        }
    }

    /** An inactive rectifier passes no gradient, not even an infinite one; only NaN. */
    private static float gradient(Activation f, float derivative, float dy) {
        return f == Activation.RELU && derivative == 0f && !Float.isNaN(dy) ? 0f : dy * derivative;
    }

    static float apply(Activation f, float x) {
        return switch (f) {
            case SIGMOID -> sigmoid(x);
            case TANH -> tanh(x);
            case RELU -> Math.max(0f, x);
            case EXP -> (float) Math.exp(x);
            case LOG -> (float) Math.log(x);
            case SOFTPLUS -> (float) (Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))));
        };
    }

    /** {@code f'(x)} from {@code y = f(x)}. */
    static float derivative(Activation f, float y) {
        return switch (f) {
            case SIGMOID -> y * (1f - y);
            case TANH -> 1f - y * y;
            case RELU -> y > 0f ? 1f : y <= 0f ? 0f : y; // NaN for NaN
            case EXP -> y;
            case LOG -> (float) Math.exp(-y);
            case SOFTPLUS -> (float) -Math.expm1(-y);
        };
    }

    static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    static float tanh(float x) {
        return (float) Math.tanh(x);
    }

    /**
     * Flushes a delta too small to matter to zero: deltas that fade over many steps would become subnormal, which takes
     * a slow path in every multiplication.
     */
    static float withoutTiny(float delta) {
        return Math.abs(delta) < 1e-30f ? 0f : delta;
    }
}
