package dev.unroll.gradcheck;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.ModelSampler;
import dev.unroll.gradcheck.input.Samplers;
import dev.unroll.gradcheck.numeric.Difference;
import dev.unroll.gradcheck.subject.PlacedInput;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Domain;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.RowOps;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SamplersTest {
    @Property
    void aLetterIsTheSameSizeInAllInputsOfAnOp(@ForAll long seed) {
        List<Input> inputs = Samplers.inputs(CellOps.LSTM, Randoms.of(seed), 7);
        long b = inputs.get(2).shape()[0];
        long n = inputs.get(2).shape()[1];
        long m = inputs.get(1).shape()[1];
        assertTrue(1 <= b && b <= 7 && 1 <= n && n <= 7 && 1 <= m && m <= 7);
        assertArrayEquals(new long[] {b, 4 * n}, inputs.get(0).shape());
        assertArrayEquals(new long[] {b, m}, inputs.get(1).shape());
        assertArrayEquals(new long[] {m, 4 * n}, inputs.get(3).shape());
    }

    @Property
    void idsAreRowsOfTheTable(@ForAll long seed) {
        RandomGenerator random = Randoms.of(seed);
        List<Input> inputs = Samplers.inputs(RowOps.LOOKUP, random, 7);
        long rows = inputs.get(1).shape()[0];
        for (double id : inputs.get(0).values(random)) {
            assertTrue(id >= 0 && id < rows && id == (int) id);
        }
    }

    @Property
    void valuesStayAwayFromAKinkByMoreThanTheSteps(@ForAll long seed) {
        for (double x : Samplers.values(Range.KINK_AT_ZERO, 0, Randoms.of(seed), 3, 50)) {
            assertTrue(Math.abs(x) > 10 * Difference.step(x, 1), () -> x + " is near 0");
        }
    }

    @Property
    void positiveValuesStayAwayFromZero(@ForAll long seed) {
        for (double x : Samplers.values(Range.POSITIVE, 0, Randoms.of(seed), 3, 50)) {
            assertTrue(x > 10 * Difference.step(x, 1), () -> x + " is near 0");
        }
    }

    @Property
    void targetsAreFromZeroToOneAndSomeWeightIsAboveZero(@ForAll long seed) {
        for (double t : Samplers.values(Range.TARGET, 0, Randoms.of(seed), 3, 50)) {
            assertTrue(t >= 0 && t <= 1);
        }
        double[] weights = Samplers.values(Range.WEIGHT, 0, Randoms.of(seed), 50);
        assertTrue(Arrays.stream(weights).allMatch(w -> w >= 0));
        assertTrue(Arrays.stream(weights).sum() > 0);
    }

    @Example
    void allSizesAreDrawnAndOneOften() {
        RandomGenerator random = Randoms.of(1);
        Set<Long> sizes = new HashSet<>();
        int ones = 0;
        for (int i = 0; i < 400; i++) {
            long size = Samplers.inputs(ArithmeticOps.ADD, random, 5).getFirst().shape()[0];
            sizes.add(size);
            ones += size == 1 ? 1 : 0;
        }
        assertEquals(Set.of(1L, 2L, 3L, 4L, 5L), sizes);
        assertTrue(ones > 120, ones + " of 400"); // 160 are expected, with a standard deviation of 10
    }

    @Example
    void theSameSeedDrawsTheSameValues() {
        double[] first = Samplers.values(Range.REAL, 0, Randoms.of(3), 4);
        assertArrayEquals(first, Samplers.values(Range.REAL, 0, Randoms.of(3), 4));
        assertTrue(!Arrays.equals(first, Samplers.values(Range.REAL, 0, Randoms.of(4), 4)));
    }

    @Example
    void aDomainThatCannotBeReadIsNamed() {
        Op op = new Op("odd", List.of(new Domain("b 2x3", Range.REAL, "")), ArithmeticOps.ADD.forward(),
                ArithmeticOps.ADD.backward());
        String message = assertThrows(IllegalArgumentException.class, () -> GradCheck.check(op)).getMessage();
        assertTrue(message.startsWith("op odd: the size \"2x3\" of domain \"b 2x3\""), message);
    }

    @Property(tries = 100)
    void lengthsAreWithinTheStepsAndOneFillsThem(
            @ForAll @IntRange(min = 1, max = 9) int batch, @ForAll @IntRange(min = 1, max = 9) int steps,
            @ForAll long seed) {
        int[] lengths = Samplers.lengths(Randoms.of(seed), batch, steps);
        assertEquals(batch, lengths.length);
        assertTrue(Arrays.stream(lengths).allMatch(length -> 1 <= length && length <= steps));
        assertEquals(steps, Arrays.stream(lengths).max().orElseThrow());
    }

    @Property(tries = 100)
    void shapesAreWithinTheLargestSize(@ForAll @IntRange(min = 1, max = 9) int largest, @ForAll long seed) {
        long[] shape = Samplers.shape(Randoms.of(seed), 3, largest);
        assertEquals(3, shape.length);
        assertTrue(Arrays.stream(shape).allMatch(size -> 1 <= size && size <= largest));
    }

    @Example
    void aStridedTensorHasNaNBetweenItsRows() {
        try (Workspace workspace = new Workspace("test")) {
            for (ElementType type : ElementType.values()) {
                Tensor tensor = PlacedInput.wide(workspace, type, 3, 4).columns(PlacedInput.LEFT, 4);
                assertArrayEquals(new long[] {3, 4}, tensor.shape());
                assertEquals(7, tensor.rowStride());
                assertEquals(type.isFloating() ? Double.NaN : Integer.MIN_VALUE, tensor.get(2, 3));
            }
        }
    }

    @Property
    void sampledNetworksCanBeBuilt(@ForAll long seed) {
        String text = ModelSampler.text(Randoms.of(seed), 4);
        assertTrue(ModelSpec.parse(text, 3, 5).parameters().count() > 0, text);
    }

    @Example
    void allKindsOfNetworksAreSampled() {
        RandomGenerator random = Randoms.of(1);
        String all = IntStream.range(0, 500).mapToObj(_ -> ModelSampler.text(random, 4)).collect(joining("/"));
        for (String part : List.of("embedding:", "/rnn:", "/srnn:2x", "/gru:", "/lstm:", "/di:", "/do:", "/dt:",
                "/dts:",
                "/dot:", "/dots:", "/mlp:", ":f=sigmoid", ":shortcuts", ":bias=false", ":forget=1", ":projection=",
                ":gates=", ":reset=before", ":norm", ":bidirectional", ":bidirectional=sum", ":learned", ":zoneout=",
                ":dropout=",
                ":variational")) {
            assertTrue(all.contains(part), part);
        }
    }
}
