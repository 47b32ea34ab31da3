package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import dev.unroll.rnn.train.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What a network says of inputs that do not fit it and of work after its end: in its own words, not in those of a kernel. */
class MisuseTest {
    private static final Task TASK = Task.everyStep(Loss.squaredError());

    private static Batch batch(int columns) {
        return new Batch(SequenceLayout.of(2, 2), new Frames(columns, new float[4 * columns]),
                new Frames(2, new float[8]));
    }

    @Test
    void framesOfTheWrongSizeAreRefusedAtEveryEntryWithTheSizeThatIsExpected() {
        for (String model : List.of("lstm:4", "embedding:4/gru:3", "mlp:5/rnn:4", "gru:4:bidirectional")) {
            try (DeepRnn network = NetworkBuilder.of(model, 3).outputs(2).build();
                    Trainer trainer = new Trainer(network, TASK, new Sgd(0.1), Clip.norm(1))) {
                for (int columns : new int[] {1, 2, 4, 300}) {
                    Batch batch = batch(columns);
                    for (Executable entry : new Executable[] {
                        () -> trainer.step(batch),
                        () -> Evaluation.of(network, TASK, List.of(batch)),
                        () -> network.predict(batch, Readout.EVERY_STEP),
                        () -> network.predict(batch.inputs(), SequenceLayout.of(2, 2), Readout.LAST_STEP)}) {
                        String message =
                                assertThrows(IllegalArgumentException.class, entry).getMessage();
                        assertTrue(
                                message.startsWith(
                                        "this network has inputs of 3 numbers, not of " + columns + "; give"),
                                message);
                    }
                }
                trainer.step(batch(3)); // and is as good as before
            }
        }
    }

    @Test
    void aClosedNetworkSaysThatItIsClosedWhateverItIsAskedFor(@TempDir Path temp) {
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "ab");
        LanguageModel model = new LanguageModel(NetworkBuilder.of("lstm:4", 3).build(), vocabulary);
        DeepRnn network = model.network();
        Trainer trainer = new Trainer(network, TASK, new Sgd(0.1), Clip.norm(1));
        try (CarriedState state = network.newState(1)) {
            network.close();
            network.close();
            for (Executable work : new Executable[] {
                () -> trainer.step(batch(3)),
                () -> Evaluation.of(network, TASK, List.of(batch(3))),
                () -> network.predict(batch(3), Readout.EVERY_STEP),
                () -> network.predict(state, new Frames(3, 1, 2, 3)),
                () -> network.newState(1),
                () -> network.reserve("work of one's own"),
                () -> network.save(temp.resolve("m")),
                () -> model.sample("a", 3),
                () -> model.perplexity(new Tokens(1, 2, 1))}) {
                String message = assertThrows(IllegalStateException.class, work).getMessage();
                assertTrue(message.startsWith("this network is closed; build or load it again"), message);
            }
        }
        trainer.close();
    }

    @Test
    void aClosedStateSaysThatItIsClosed() {
        try (DeepRnn network = NetworkBuilder.of("lstm:4", 3).build()) {
            CarriedState state = network.newState(1);
            state.close();
            state.close();
            for (Executable work : new Executable[] {
                () -> network.predict(state, new Frames(3, 1, 2, 3)),
                () -> network.inference("work of one's own", state),
                state::clear}) {
                String message = assertThrows(IllegalStateException.class, work).getMessage();
                assertEquals("this state is closed; take a new one from newState, and close it after its work",
                        message);
            }
        }
    }

    @Test
    void textsOfUnequalLengthsAreToldByTwoOfThemAndNotByAll() {
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "ab");
        try (LanguageModel model = new LanguageModel(NetworkBuilder.of("lstm:4", 3).build(), vocabulary)) {
            List<Tokens> texts = new ArrayList<>(Collections.nCopies(500, new Tokens(1, 2, 1)));
            texts.add(new Tokens(1, 2));
            String message = assertThrows(IllegalArgumentException.class, () -> model.perplexity(texts)).getMessage();
            assertEquals(
                    "a perplexity needs texts of one length of at least 2 tokens, not of 3 and 2; give longer texts,"
                            + " or each alone",
                    message);
        }
    }

    @Test
    void aPassRunsOnceWhileItIsOpenOnAStateOfItsSequences() {
        Frames inputs = new Frames(3, new float[6]);
        SequenceLayout two = SequenceLayout.of(1, 2);
        try (DeepRnn network = NetworkBuilder.of("lstm:4", 3).build();
                CarriedState state = network.newState(2);
                CarriedState unsized = network.newState()) {
            assertRefused("a state of 0 sequences cannot run", () -> network.predict(unsized, inputs));
            Pass pass = network.inference("a test", state);
            assertRefused("a state of 2 sequences cannot run 1; take newState(1)",
                    () -> pass.run(new Frames(3, new float[3]), SequenceLayout.of(1, 1), Readout.EVERY_STEP));
            assertThrows(IllegalStateException.class, pass::keep);
            pass.run(inputs, two, Readout.EVERY_STEP);
            assertThrows(IllegalStateException.class, () -> pass.run(inputs, two, Readout.EVERY_STEP));
            pass.close();
            for (Executable use : new Executable[] {pass::tape, pass::keep,
                () -> pass.run(inputs, two, Readout.EVERY_STEP)}) {
                assertEquals("this pass is closed; begin another one",
                        assertThrows(IllegalStateException.class, use).getMessage());
            }
        }
    }

    /** The gradient is that of the state before, whether it is replaced before the tape runs backward or after. */
    @Test
    void theStateMayBeKeptBeforeTheTapeRunsBackward() {
        assertArrayEquals(gradients(false), gradients(true));
    }

    private static float[] gradients(boolean isKeptFirst) {
        Batch batch = batch(3);
        try (DeepRnn network = NetworkBuilder.of("gru:4", 3).outputs(2).seed(1).build();
                CarriedState state = network.newState(2)) {
            network.predict(state, new Frames(3, 1, 2, 3, 4, 5, 6));
            try (Pass pass = network.recording("a test", state)) {
                Variable loss = TASK.loss(pass.tape(), pass.run(batch, TASK.readout()), batch);
                if (isKeptFirst) {
                    pass.keep();
                }
                pass.backward(loss, 1);
            }
            return network.parameters().gradients().toFloats();
        }
    }

    private static void assertRefused(String beginning, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.startsWith(beginning), message);
    }
}
