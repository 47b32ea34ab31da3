package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.provider.MeanSquares;
import dev.unroll.kernels.provider.OptimizerKernel;
import java.lang.foreign.MemorySegment;

/** Updates, each as its formula. */
final class ScalarOptimizerF32 implements OptimizerKernel {
    @Override
    public void update(
            UpdateRule rule, UpdateStep step, int n,
            MemorySegment values, long valuesOffset, MemorySegment gradients, long gradientsOffset,
            MemorySegment state, long firstOffset, long secondOffset) {
        float scale = (float) step.scale();
        boolean hasSquares = !(rule instanceof UpdateRule.Sgd || rule instanceof UpdateRule.Momentum);
        float limit = (float) (hasSquares ? MeanSquares.limit(step.limit(), Float.MAX_VALUE) : step.limit());
        float keep = (float) step.keep();
        float rate = (float) (rule instanceof UpdateRule.Adam adam ? adam.meanFactor(step) : step.rate());
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            float g = gradients.get(JAVA_FLOAT, gradientsOffset + at) * scale;
            g = g > limit ? limit : g < -limit ? -limit : g; // NaN stays NaN
            long a = firstOffset + at;
            long b = secondOffset + at;
            float direction = switch (rule) {
                case UpdateRule.Sgd _ -> g;
                case UpdateRule.Momentum r -> momentum(r, g, state, a);
                case UpdateRule.RmsProp r -> rmsProp(r, g, state, a);
                case UpdateRule.Adadelta r -> adadelta(r, g, state, a, b);
                case UpdateRule.Adam r -> adam(r, (float) r.rootFactor(step), g, state, a, b);
            };
            float w = values.get(JAVA_FLOAT, valuesOffset + at);
            values.set(JAVA_FLOAT, valuesOffset + at, w * keep - rate * direction);
            gradients.set(JAVA_FLOAT, gradientsOffset + at, 0);
        }
    }

    private static float momentum(UpdateRule.Momentum rule, float g, MemorySegment state, long at) {
        float momentum = (float) rule.momentum();
        float v = store(momentum * state.get(JAVA_FLOAT, at) + g, state, at);
        return rule.nesterov() ? g + momentum * v : v;
    }

    private static float rmsProp(UpdateRule.RmsProp rule, float g, MemorySegment state, long at) {
        float s = mean(rule.decay(), g * g, state, at);
        return g / (root(s) + (float) rule.epsilon());
    }

    private static float adadelta(UpdateRule.Adadelta rule, float g, MemorySegment state, long first, long second) {
        float epsilon = (float) rule.epsilon();
        float s = mean(rule.decay(), g * g, state, first);
        float larger = (float) MeanSquares.quotientScale(rule.epsilon());
        float root = root((state.get(JAVA_FLOAT, second) + epsilon) * larger / (s + epsilon));
        float direction = g * (root / root(larger));
        mean(rule.decay(), direction * direction, state, second);
        return direction;
    }

    private static float adam(
            UpdateRule.Adam rule, float rootFactor, float g, MemorySegment state, long first, long second) {
        float m = mean(rule.beta1(), g, state, first);
        float s = mean(rule.beta2(), g * g, state, second);
        return m / (root(s) * rootFactor + (float) rule.epsilon());
    }

    /** {@code mean = decay mean + (1 - decay) x}. */
    private static float mean(double decay, float x, MemorySegment state, long at) {
        return store((float) decay * state.get(JAVA_FLOAT, at) + (float) (1 - decay) * x, state, at);
    }

    private static float store(float x, MemorySegment state, long at) {
        float normal = Math.abs(x) < Float.MIN_NORMAL ? 0 : x;
        state.set(JAVA_FLOAT, at, normal);
        return normal;
    }

    private static float root(float x) {
        return (float) Math.sqrt(x);
    }
}
