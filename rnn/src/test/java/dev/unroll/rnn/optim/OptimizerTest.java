package dev.unroll.rnn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.init.Initializer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerTest {
    private static final WorkerPool CALLER = WorkerPool.caller();
    private static final double RATE = 0.1;

    /** One value of a formula: from the value and the gradient of update t to the next value. */
    private interface Formula {
        double next(double w, double g, int t);
    }

    /** An optimizer and a formula for one value, which keeps its state; the defaults are those of PyTorch's. */
    private record Case(String name, Supplier<Optimizer> optimizer, Supplier<Formula> formula) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("SGD", () -> new Sgd(RATE), () -> (w, g, t) -> w - RATE * g),
                new Case("SGD with decay", () -> new Sgd(RATE, 0.3), () -> (w, g, t) -> w - RATE * (g + 0.3 * w)),
                new Case("momentum", () -> new Momentum(RATE), () -> momentum(false)),
                new Case("Nesterov", () -> new Nesterov(RATE), () -> momentum(true)),
                new Case("RMSProp", () -> new RmsProp(RATE), OptimizerTest::rmsProp),
                new Case("Adadelta", Adadelta::new, OptimizerTest::adadelta),
                new Case("Adam", () -> new Adam(RATE), () -> adam(0)),
                new Case("AdamW", () -> new Adam(RATE, 0.9, 0.999, 1e-8, 0.3), () -> adam(0.3)));
    }

    private static Formula momentum(boolean nesterov) {
        double[] v = new double[1];
        return (w, g, t) -> {
            v[0] = 0.9 * v[0] + g;
            return w - RATE * (nesterov ? g + 0.9 * v[0] : v[0]);
        };
    }

    private static Formula rmsProp() {
        double[] s = new double[1];
        return (w, g, t) -> {
            s[0] = 0.99 * s[0] + 0.01 * g * g;
            return w - RATE * g / (Math.sqrt(s[0]) + 1e-8);
        };
    }

    private static Formula adadelta() {
        double[] s = new double[2];
        return (w, g, t) -> {
            s[0] = 0.9 * s[0] + 0.1 * g * g;
            double d = g * Math.sqrt(s[1] + 1e-6) / Math.sqrt(s[0] + 1e-6);
            s[1] = 0.9 * s[1] + 0.1 * d * d;
            return w - d;
        };
    }

    private static Formula adam(double decay) {
        double[] m = new double[2];
        return (w, g, t) -> {
            m[0] = 0.9 * m[0] + 0.1 * g;
            m[1] = 0.999 * m[1] + 0.001 * g * g;
            double mean = m[0] / (1 - Math.pow(0.9, t));
            double meanSquare = m[1] / (1 - Math.pow(0.999, t));
            return w - RATE * mean / (Math.sqrt(meanSquare) + 1e-8) - RATE * decay * w;
        };
    }

    /** A matrix and a bias, with room between them in the slab. */
    private static Parameters parameters(Workspace workspace) {
        Parameters parameters = new Parameters();
        parameters.declare("weight", Initializer.uniformByUnits(4), 5, 7);
        parameters.declare("bias", Initializer.uniformByUnits(4), 3);
        parameters.allocate(workspace, ElementType.F64, new Random(3));
        return parameters;
    }

    private static void fillGradients(Parameters parameters, Random random) {
        for (Parameter parameter : parameters.list()) {
            double[] gradient = random.doubles(parameter.value().size(), -1, 1).toArray();
            parameter.gradient().copyFrom(gradient);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void severalUpdatesFollowTheFormulaAndLeaveGradientsOfZero(Case c) {
        try (Workspace workspace = new Workspace("a test")) {
            Parameters parameters = parameters(workspace);
            Optimizer optimizer = c.optimizer.get();
            double[] expected = parameters.values().toDoubles();
            Formula[] formulas = Stream.generate(c.formula).limit(expected.length).toArray(Formula[]::new);
            Random random = new Random(5);
            for (int t = 1; t <= 8; t++) {
                fillGradients(parameters, random);
                double[] gradients = parameters.gradients().toDoubles();
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = formulas[i].next(expected[i], gradients[i], t);
                }
                optimizer.update(parameters, CALLER);
                // Eight updates of a dozen roundings each, of numbers that a quotient may have made 10 times as large.
                assertArrayEquals(expected, parameters.values().toDoubles(), 1e-12);
                assertArrayEquals(new double[expected.length], parameters.gradients().toDoubles());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void paddingBetweenParametersStaysZero(Case c) {
        try (Workspace workspace = new Workspace("a test")) {
            Parameters parameters = parameters(workspace);
            Optimizer optimizer = c.optimizer.get();
            for (int t = 0; t < 3; t++) {
                fillGradients(parameters, new Random(t));
                optimizer.update(parameters, CALLER);
            }
            double[] slab = parameters.values().toDoubles();
            double[] padding = Arrays.copyOfRange(slab, 35, 40); // of the matrix, up to a line of 8
            assertArrayEquals(new double[5], padding);
            assertTrue(slab[34] != 0 && slab[40] != 0, "the matrix ends and the bias begins there");
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void factorsScaleTheRateAndTheGradientsAndCutElements(Case c) {
        try (Workspace workspace = new Workspace("a test")) {
            Parameters scaled = parameters(workspace);
            Parameters plain = parameters(workspace);
            Optimizer first = c.optimizer.get();
            Optimizer second = c.optimizer.get();
            for (int t = 0; t < 4; t++) {
                fillGradients(scaled, new Random(t));
                double[] gradients = scaled.gradients().toDoubles();
                for (int i = 0; i < gradients.length; i++) {
                    gradients[i] = Math.max(-0.25, Math.min(0.25, 0.5 * gradients[i]));
                }
                plain.gradients().copyFrom(gradients);
                first.update(scaled, new Optimizer.Factors(1, 0.5, 0.25), CALLER);
                second.update(plain, CALLER);
            }
            assertArrayEquals(plain.values().toDoubles(), scaled.values().toDoubles());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aParameterWithAFactorLearnsAsWithARateOfItsOwn(Case c) {
        try (Workspace workspace = new Workspace("a test")) {
            Parameters plain = parameters(workspace);
            Parameters slower = parameters(workspace);
            Parameters grouped = parameters(workspace);
            List<Optimizer> optimizers = Stream.generate(c.optimizer).limit(3).toList();
            grouped.list().getLast().learningRateMultiplier(0.25);
            for (int t = 0; t < 4; t++) {
                fillGradients(plain, new Random(t));
                fillGradients(slower, new Random(t));
                fillGradients(grouped, new Random(t));
                optimizers.get(0).update(plain, CALLER);
                optimizers.get(1).update(slower, Optimizer.Factors.NONE.withRate(0.25), CALLER);
                optimizers.get(2).update(grouped, CALLER);
            }
            double[] values = grouped.values().toDoubles();
            assertArrayEquals(
                    Arrays.copyOf(plain.values().toDoubles(), 40), Arrays.copyOf(values, 40),
                    "the matrix, 35 and padding");
            assertArrayEquals(
                    Arrays.copyOfRange(slower.values().toDoubles(), 40, 48), Arrays.copyOfRange(values, 40, 48));
            assertArrayEquals(new double[48], grouped.gradients().toDoubles());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aRateOfZeroChangesNoValue(Case c) {
        try (Workspace workspace = new Workspace("a test")) {
            Parameters parameters = parameters(workspace);
            double[] before = parameters.values().toDoubles();
            fillGradients(parameters, new Random(1));
            c.optimizer.get().update(parameters, Optimizer.Factors.NONE.withRate(0), CALLER);
            assertArrayEquals(before, parameters.values().toDoubles());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void parametersWhoseMemoryIsClosedAreRefused(Case c) {
        Workspace workspace = new Workspace("gone");
        Parameters parameters = parameters(workspace);
        Optimizer optimizer = c.optimizer.get();
        optimizer.update(parameters, CALLER);
        workspace.close();
        Exception e = assertThrows(IllegalStateException.class, () -> optimizer.update(parameters, CALLER));
        assertTrue(e.getMessage().contains("gone is closed"), e.getMessage());
        Optimizer other = c.optimizer.get();
        assertThrows(IllegalStateException.class, () -> other.update(parameters, CALLER));
    }

    @Test
    void stateOfOtherParametersIsRefusedAndTheyStayAsTheyAre() {
        try (Workspace workspace = new Workspace("a test")) {
            Optimizer adam = new Adam(RATE);
            adam.update(parameters(workspace), CALLER);
            Parameters others = parameters(workspace);
            fillGradients(others, new Random(1));
            double[] before = others.values().toDoubles();
            Exception e = assertThrows(IllegalStateException.class, () -> adam.update(others, CALLER));
            assertTrue(e.getMessage().contains("make a new one for every model"), e.getMessage());
            assertArrayEquals(before, others.values().toDoubles());
            new Sgd(RATE).update(others, CALLER); // keeps nothing, serves all
        }
    }

    @Test
    void parametersWithoutMemoryAreRefused() {
        Exception e = assertThrows(
                IllegalStateException.class, () -> new Adam(RATE).update(new Parameters(), CALLER));
        assertTrue(e.getMessage().contains("call Parameters.allocate first"), e.getMessage());
    }

    @Test
    void ratesAndDecaysThatAreNoneAreRefused() {
        for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> new Sgd(wrong));
            assertThrows(IllegalArgumentException.class, () -> new Adam(wrong));
            assertThrows(IllegalArgumentException.class, () -> new Momentum(wrong));
        }
        for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> new Sgd(1, wrong));
            assertThrows(IllegalArgumentException.class, () -> new RmsProp(1, 0.9, 1e-8, wrong));
        }
        assertThrows(IllegalArgumentException.class, () -> new Nesterov(1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Adadelta(1, 0.9, 0, 0));
    }

    @Test
    void clippingByTheNormScalesLargerOnesDownToIt() {
        Clip clip = Clip.norm(2);
        assertEquals(new Optimizer.Factors(1, 1, Double.POSITIVE_INFINITY), clip.factors(2));
        assertEquals(new Optimizer.Factors(1, 0.25, Double.POSITIVE_INFINITY), clip.factors(8));
        assertEquals(new Optimizer.Factors(1, 1, 0.5), Clip.value(0.5).factors(1e9));
        assertEquals(new Optimizer.Factors(1, 0.5, 3), new Clip(2, 3).factors(4));
        assertEquals(Optimizer.Factors.NONE, Clip.none().factors(1e9));
        assertThrows(IllegalArgumentException.class, () -> Clip.norm(0));
        assertThrows(IllegalArgumentException.class, () -> Clip.value(Double.NaN));
    }
}
