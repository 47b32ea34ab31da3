package dev.unroll.bench.jmh;

import dev.unroll.kernels.Optimizers;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** One update of 64 Ki parameters in cache. */
public class OptimizerBenchmark extends KernelBenchmark {
    private static final UpdateStep STEP = new UpdateStep(1, 1e-3);

    /** The rules, with their usual numbers. */
    public enum Algorithm {
        /** Plain. */
        SGD(new UpdateRule.Sgd()),
        /** Momentum. */
        MOMENTUM(new UpdateRule.Momentum(0.9, false)),
        /** Momentum in Nesterov's form. */
        NESTEROV(new UpdateRule.Momentum(0.9, true)),
        /** RMSProp. */
        RMS_PROP(new UpdateRule.RmsProp(0.99, 1e-8)),
        /** Adadelta. */
        ADADELTA(new UpdateRule.Adadelta(0.9, 1e-6)),
        /** Adam. */
        ADAM(new UpdateRule.Adam(0.9, 0.999, 1e-8));

        private final UpdateRule rule;

        Algorithm(UpdateRule rule) {
            this.rule = rule;
        }
    }

    /** Which one; without a list JMH takes all of them. */
    @Param
    public Algorithm rule;

    private Tensor values;
    private Tensor gradients;
    private Tensor state;

    /** The gradients are 0, as an update leaves them: states that fade away would become slow, subnormal numbers. */
    @Override
    void allocate() {
        values = random(1, PeakBenchmark.ELEMENTS);
        gradients = zeros(1, PeakBenchmark.ELEMENTS);
        state = zeros(rule.rule.states(), PeakBenchmark.ELEMENTS);
    }

    /**
     * Reads and writes values, gradients and states.
     *
     * @param amounts counts parameters
     */
    @Benchmark
    public void update(Amounts amounts) {
        Optimizers.update(rule.rule, STEP, values, gradients, state, pool());
        amounts.pass(values.size(), 2 * (2 + rule.rule.states()) * type.bytes());
    }
}
