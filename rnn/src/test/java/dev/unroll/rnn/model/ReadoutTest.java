package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Readout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What readouts and states are, on networks without an output layer. */
class ReadoutTest {
    private static final int INPUTS = 3;
    private static final SequenceLayout WHOLE = SequenceLayout.of(4, 3);
    private static final SequenceLayout PADDED = SequenceLayout.padded(4, 2, 4, 0);

    private static DeepRnn network(String text) {
        return NetworkBuilder.of(text + "/bare", INPUTS)
                .outputs(Integer.parseInt(text.replaceAll(".*?:(\\d+).*", "$1"))
                        * (text.endsWith("bidirectional") ? 2 : 1))
                .type(ElementType.F64).pool(WorkerPool.caller()).seed(3).build();
    }

    private static Frames inputs(SequenceLayout layout) {
        double[] values = new double[(int) layout.rows() * INPUTS];
        for (int i = 0; i < values.length; i++) {
            values[i] = StrictMath.sin(i + 1);
        }
        return new Frames(INPUTS, values);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rnn:4", "gru:4", "lstm:4", "lstm:4:bidirectional"})
    void theMaximumIsThatOfTheStepsWithoutPadding(String text) {
        try (DeepRnn network = network(text)) {
            for (SequenceLayout layout : List.of(WHOLE, PADDED)) {
                Frames all = network.predict(inputs(layout), layout, Readout.EVERY_STEP);
                Frames read = network.predict(inputs(layout), layout, Readout.MAX);
                assertEquals(layout.batch(), read.count());
                for (int b = 0; b < layout.batch(); b++) {
                    Frames steps = all.sequence(layout, b);
                    for (int c = 0; c < network.outputs(); c++) {
                        double largest = steps.count() == 0 ? 0 : Double.NEGATIVE_INFINITY;
                        for (int t = 0; t < steps.count(); t++) {
                            largest = Math.max(largest, steps.get(t, c));
                        }
                        assertEquals(largest, read.get(b, c), "column " + c + " of sequence " + b);
                    }
                }
            }
        }
    }

    /** The states at the end are what {@code unroll run} gives as h_n, which is compared with PyTorch's. */
    @ParameterizedTest
    @ValueSource(strings = {"rnn:4:bidirectional", "gru:4:bidirectional", "lstm:4:bidirectional"})
    void bothEndsAreTheHiddenStatesThatHaveSeenTheWholeSequence(String text) {
        try (DeepRnn network = network(text)) {
            for (SequenceLayout layout : List.of(WHOLE, PADDED)) {
                Frames read = network.predict(inputs(layout), layout, Readout.BOTH_ENDS);
                Frames lastStep = network.predict(inputs(layout), layout, Readout.LAST_STEP);
                List<Frames> last = network.states(inputs(layout), layout).getFirst().last();
                Frames ahead = last.getFirst();
                Frames back = last.get(last.size() / 2);
                for (int b = 0; b < layout.batch(); b++) {
                    for (int c = 0; c < 4; c++) {
                        assertEquals(ahead.get(b, c), read.get(b, c));
                        assertEquals(back.get(b, c), read.get(b, 4 + c));
                        assertEquals(read.get(b, c), lastStep.get(b, c));
                        if (layout.length(b) > 1) {
                            assertNotEquals(
                                    read.get(b, 4 + c), lastStep.get(b, 4 + c),
                                    "of the last step the backward state has seen one step");
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm:4", "gru:3:bidirectional/gru:4"})
    void ofOneDirectionBothEndsAreTheLastStep(String text) {
        try (DeepRnn network = NetworkBuilder.of(text, INPUTS).pool(WorkerPool.caller()).build()) {
            assertEquals(
                    network.predict(inputs(PADDED), PADDED, Readout.LAST_STEP),
                    network.predict(inputs(PADDED), PADDED, Readout.BOTH_ENDS));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gru:4:bidirectional=sum", "gru:4:bidirectional/mlp:3"})
    void directionsThatAreMixedCannotBeReadAtBothEnds(String text) {
        try (DeepRnn network = NetworkBuilder.of(text, INPUTS).build()) {
            String message = assertThrows(
                    IllegalArgumentException.class,
                    () -> network.predict(inputs(WHOLE), WHOLE, Readout.BOTH_ENDS)).getMessage();
            assertTrue(message.contains("both ends") && message.length() <= 300, message);
        }
    }

    /** The state after a step is the last one of a run that ends, or backward begins, with that step. */
    @ParameterizedTest
    @ValueSource(strings = {
        "rnn:4", "gru:4", "lstm:4", "lstm:4:norm", "lstm:4:bidirectional", "gru:4:bidirectional=sum", "dt:3,4",
        "lstm:3/gru:4:learned", "gru:3:residual", "lstm:4:dropout=0.5", "rnn:4:zoneout=0.3"})
    void theStatesOfAllStepsAreThoseOfShorterRuns(String text) {
        try (DeepRnn network =
                NetworkBuilder.of(text, INPUTS).type(ElementType.F64).pool(WorkerPool.caller()).build()) {
            List<LayerStates> whole = network.states(inputs(WHOLE), WHOLE);
            int top = whole.size() - 1; // the layers below are not bidirectional
            for (int t = 0; t < WHOLE.steps(); t++) {
                List<LayerStates> head = runFor(network, 0, t + 1);
                List<LayerStates> tail = runFor(network, t, WHOLE.steps());
                for (int l = 0; l < whole.size(); l++) {
                    List<Frames> steps = whole.get(l).steps();
                    assertEquals(whole.get(l).last().size(), steps.size());
                    for (int part = 0; part < steps.size(); part++) {
                        boolean isBackward = text.contains("bidirectional") && l == top && part >= steps.size() / 2;
                        assertEquals(
                                (isBackward ? tail : head).get(l).last().get(part),
                                steps.get(part).frames(t * WHOLE.batch(), WHOLE.batch()),
                                "part " + part + " of layer " + l + " after step " + t);
                    }
                }
            }
        }
    }

    private static List<LayerStates> runFor(DeepRnn network, int from, int to) {
        SequenceLayout layout = SequenceLayout.of(to - from, WHOLE.batch());
        Frames steps = inputs(WHOLE).frames(from * WHOLE.batch(), (to - from) * WHOLE.batch());
        return network.states(steps, layout);
    }

    @Test
    void aSequenceThatHasEndedKeepsItsStates() {
        try (DeepRnn network = network("lstm:4")) {
            LayerStates states = network.states(inputs(PADDED), PADDED).getFirst();
            for (int part = 0; part < 2; part++) {
                Frames steps = states.steps().get(part);
                assertEquals(steps.frames(1 * 3, 1), steps.frames(3 * 3, 1), "sequence 0 of length 2");
                assertEquals(states.last().get(part).frames(0, 1), steps.frames(3 * 3, 1));
                assertEquals(new Frames(4, new double[4]), states.last().get(part).frames(2, 1), "of no steps");
            }
            assertEquals(network.predict(inputs(WHOLE), WHOLE, Readout.EVERY_STEP),
                    network.states(inputs(WHOLE), WHOLE).getFirst().steps().getFirst(), "the outputs");
        }
    }

    @Test
    void aLayerWithoutAStateHasNone() {
        try (DeepRnn network = NetworkBuilder.of("embedding:2/rnn:3", INPUTS).build()) {
            List<LayerStates> states = network.states(new Ids(0, 2), SequenceLayout.of(2, 1));
            assertEquals(new LayerStates(List.of(), List.of()), states.getFirst());
            assertEquals(2, states.get(1).steps().getFirst().count());
            try (CarriedState state = network.newState(1); Pass pass = network.inference("a test", state)) {
                assertThrows(IllegalStateException.class, pass::states);
            }
        }
    }
}
