package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.BatchFirst;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Readout;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private static final Task CLASSES = Task.everyStep(Loss.crossEntropy());
    private static final Task NUMBERS = Task.everyStep(Loss.squaredError());

    private static Batch batch(Frames outputs, Ids targets, int... lengths) {
        int steps = outputs.count() / lengths.length;
        return new Batch(SequenceLayout.padded(steps, lengths), outputs, targets);
    }

    @Test
    void paddingIgnoredTargetsAndWeightsOfZeroDoNotCount() {
        Frames outputs = new Frames(3, //
                5.0, 1, 0, /* */ 0, 2, 1, //
                0, 0, 9, /*   */ Double.NaN, 0, 0, // step 1: sequence 1 has ended
                1, 1, 0, /*   */ 0, 0, Double.NaN);
        Batch batch = batch(outputs, new Ids(0, 2, Batch.NO_TARGET, 77, 1, -5), 3, 1);
        ConfusionMatrix matrix = ConfusionMatrix.of(outputs, batch);
        assertEquals(3, matrix.classes());
        assertEquals(3, matrix.total());
        assertEquals(1, matrix.count(0, 0));
        assertEquals(1, matrix.count(2, 1));
        assertEquals(1, matrix.count(1, 0), "the first of equal outputs");
        assertEquals(1 / 3.0, matrix.accuracy());
        assertEquals(1, matrix.recall(0));
        assertEquals(0.5, matrix.precision(0));
        assertEquals(0, matrix.recall(2));
        assertTrue(Double.isNaN(matrix.precision(2)));
        ConfusionMatrix weighted = ConfusionMatrix.of(outputs, batch.weighted(2, 0.5f, 1, 1, 0, 1));
        assertEquals(2.5, weighted.total());
        assertEquals(0.8, weighted.accuracy());
        assertTrue(matrix.toString().contains("actual 2: [0.0, 1.0, 0.0]"), matrix::toString);
    }

    @Test
    void whatCannotBeJudgedIsRefused() {
        Frames nan = new Frames(2, 0.0, 1, 2, Double.NaN);
        assertEquals(
                "output 1 of prediction 1 is NaN: it cannot be judged; look at the parameters of the network",
                assertThrows(ArithmeticException.class, () -> ConfusionMatrix.of(nan, batch(nan, new Ids(0, 1), 2)))
                        .getMessage());
        Frames outputs = new Frames(2, 0.0, 1, 2, 3);
        assertEquals(
                "target 1 is class 2; the network predicts classes 0 to 1",
                assertThrows(
                        IllegalArgumentException.class,
                        () -> ConfusionMatrix.of(outputs, batch(outputs, new Ids(0, 2), 2))).getMessage());
        assertThrows(
                IllegalArgumentException.class, () -> ConfusionMatrix.of(outputs, batch(outputs, new Ids(0, -2), 2)));
        assertThrows(
                IllegalArgumentException.class,
                () -> ConfusionMatrix.of(new Frames(2, 0.0, 1), batch(outputs, new Ids(0, 1), 2)), "too few");
        assertThrows(
                IllegalArgumentException.class,
                () -> ConfusionMatrix.of(outputs, new Batch(SequenceLayout.of(2, 1), outputs, outputs)), "no ids");
        ConfusionMatrix matrix = ConfusionMatrix.of(outputs, batch(outputs, new Ids(0, 1), 2));
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.count(0, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.recall(-1));
    }

    private static DeepRnn trained(int outputs) {
        return NetworkBuilder.of("gru:5", 2).outputs(outputs).type(ElementType.F64).pool(WorkerPool.caller()).seed(2)
                .build();
    }

    private static BatchFirst sequences() {
        return BatchFirst.of(new double[][][] {{{1, 2}, {0, 1}, {2, 1}}, {{3, 1}}, {{0, 1}, {-1, 1}}});
    }

    @Test
    void ofANetworkTheyAreThoseOfItsPredictions() {
        try (DeepRnn network = trained(3)) {
            var examples = sequences().everyStep(BatchFirst.of(new int[][] {{0, 1, 2}, {1}, {Batch.NO_TARGET, 2}}));
            Batch all = examples.all();
            ConfusionMatrix expected = ConfusionMatrix.of(network.predict(all, Readout.EVERY_STEP), all);
            assertEquals(5, expected.total());
            ConfusionMatrix actual = Evaluation.confusion(network, CLASSES, examples.batches(1));
            assertEquals(expected.toString(), actual.toString(), "the same alone as side by side with padding");
            assertEquals(expected.accuracy(), Evaluation.accuracy(network, CLASSES, examples.batches(2)));
        }
    }

    @Test
    void theAbsoluteErrorIsTheMeanOfWhatCounts() {
        try (DeepRnn network = trained(2)) {
            var x = sequences();
            var examples = x.everyStep(x);
            Frames outputs = network.predict(x.values(), x.layout(), Readout.EVERY_STEP);
            Frames targets = (Frames) x.values();
            double sum = 0;
            for (int row = 0; row < targets.count(); row++) {
                for (int c = 0; c < 2 && !x.layout().isPadding(row); c++) {
                    sum += Math.abs(outputs.get(row, c) - targets.get(row, c));
                }
            }
            // Sums of 12 numbers in another order.
            assertEquals(sum / 12, Evaluation.meanAbsoluteError(network, NUMBERS, examples.batches(2)), 1e-14);
            Batch weighted = examples.batch(1).weighted(3);
            assertEquals(
                    Evaluation.meanAbsoluteError(network, NUMBERS, List.of(examples.batch(1))),
                    Evaluation.meanAbsoluteError(network, NUMBERS, List.of(weighted)), 1e-15, "one row, a rounding");
        }
    }

    @Test
    void statesCarryOverAsInTraining() {
        try (DeepRnn network = trained(2)) {
            Frames x = new Frames(2, 1.0, 2, 3, 4);
            Batch whole = new Batch(SequenceLayout.of(2, 1), x, x);
            Batch first = new Batch(SequenceLayout.of(1, 1), x.frames(0, 1), x.frames(0, 1));
            Batch next = new Batch(SequenceLayout.of(1, 1), x.frames(1, 1), x.frames(1, 1)).continuing();
            assertEquals(
                    Evaluation.meanAbsoluteError(network, NUMBERS, List.of(whole)),
                    Evaluation.meanAbsoluteError(network, NUMBERS, List.of(first, next)));
        }
    }

    @Test
    void whatAnEvaluationCannotJudgeIsRefused() {
        try (DeepRnn network = trained(2)) {
            var x = sequences();
            Batch nothing = x.everyStep(x).batch(1).weighted(0);
            Batch ids = x.classes(0, 1, 0).all();
            Batch nan = new Batch(SequenceLayout.of(1, 1), new Frames(2, 1.0, 2), new Frames(2, 1.0, Double.NaN));
            Task last = new Task(Readout.LAST_STEP, Loss.crossEntropy());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Evaluation.meanAbsoluteError(network, NUMBERS, List.of(nothing)), "nothing counts");
            assertThrows(
                    IllegalArgumentException.class, () -> Evaluation.accuracy(network, CLASSES, List.of()), "no batch");
            assertThrows(
                    IllegalArgumentException.class, () -> Evaluation.accuracy(network, CLASSES, List.of(ids)),
                    "one target per sequence, read at every step");
            assertThrows(
                    IllegalArgumentException.class, () -> Evaluation.meanAbsoluteError(network, last, List.of(ids)),
                    "classes");
            assertEquals(
                    "number 1 of target 0 is NaN; expected a finite number, or a weight of 0",
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Evaluation.meanAbsoluteError(network, NUMBERS, List.of(nan))).getMessage());
            network.parameters().list().getLast().write(bias -> bias.set(0, 0, Double.NaN));
            assertThrows(ArithmeticException.class, () -> Evaluation.accuracy(network, last, List.of(ids)));
            assertThrows(
                    ArithmeticException.class, () -> Evaluation.meanAbsoluteError(
                            network, NUMBERS, List.of(x.everyStep(x).all())));
        }
    }
}
