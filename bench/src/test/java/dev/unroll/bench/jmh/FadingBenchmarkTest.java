package dev.unroll.bench.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Kernels;
import java.util.List;
import org.junit.jupiter.api.Test;

class FadingBenchmarkTest {
    private static void run(ElementType type, String cell, String fading) {
        FadingBenchmark benchmark = new FadingBenchmark();
        benchmark.type = type;
        benchmark.threads = 1;
        benchmark.cell = cell;
        benchmark.fading = fading;
        benchmark.open(); // which requires states that are subnormal, or not
        try {
            double output = benchmark.forward(new Amounts());
            double loss = benchmark.forwardAndBackward(new Amounts());
            assertTrue(Math.abs(output) < 1, cell + " " + fading + ": " + output);
            assertEquals((output - 1) * (output - 1), loss, 1e-6, cell + " " + fading);
        } finally {
            benchmark.closeNetwork();
            benchmark.close();
        }
    }

    @Test
    void statesOfEveryCellFadeIntoTheSubnormalNumbers() {
        assumeTrue(Kernels.vectorBits() > 0, "benchmarks refuse the scalar kernels");
        for (String cell : List.of("lstm", "gru", "rnn", "example.mgu")) {
            run(ElementType.F32, cell, "fading");
            run(ElementType.F32, cell, "saturated");
            run(ElementType.F32, cell, "ordinary");
        }
        run(ElementType.F64, "rnn", "fading");
    }
}
