package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.kernels.Bfloat16;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Vocabulary;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A network whose weights are kept as bfloat16 is the F32 network of the rounded weights, to the bit. */
class Bfloat16Test {
    private static final int INPUTS = 7;
    private static final Task TASK = Task.everyStep(Loss.squaredError());

    private static DeepRnn network(String model) {
        return NetworkBuilder.of(model, INPUTS).outputs(INPUTS).seed(1).build();
    }

    /** The same network in F32, with matrices that were rounded one number at a time. */
    private static DeepRnn rounded(String model) {
        DeepRnn network = network(model);
        for (Parameter parameter : network.parameters().list()) {
            if (parameter.shape().length > 1) {
                parameter.write(values -> {
                    for (int i = 0; i < values.rows(); i++) {
                        for (int j = 0; j < values.columns(); j++) {
                            values.set(i, j, Bfloat16.round((float) values.get(i, j)));
                        }
                    }
                });
            }
        }
        return network;
    }

    private static Values inputs(String model, int count) {
        SplittableRandom random = new SplittableRandom(count);
        if (model.startsWith("embedding")) {
            return new Ids(random.ints(count, 0, INPUTS).toArray());
        }
        float[] numbers = new float[count * INPUTS];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1);
        }
        return new Frames(INPUTS, numbers);
    }

    private static float[] predict(DeepRnn network, String model, int steps, int batch) {
        return network.predict(inputs(model, steps * batch), SequenceLayout.of(steps, batch), Readout.EVERY_STEP)
                .toFloats();
    }

    private static Vocabulary vocabulary() {
        return Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "abcdef");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"rnn:9", "lstm:2x70", "gru:2x33", "gru:6:reset=before", "dts:9,8", "dots:30,25,24",
                "lstm:9/mlp:4",
                "embedding:20/gru:20/tied", "embedding:5/lstm:66", "lstm:9:projection=4", "lstm:6:norm",
                "lstm:7:gates=4",
                "gru:6:bidirectional", "mlp:6:maxout=2/dts:5,4:lp=2", "gru:6:learned"})
    void predictionsHaveTheBitsOfTheRoundedWeights(String model) {
        try (DeepRnn f32 = rounded(model);
                DeepRnn bf16 = network(model)) {
            float[] before = predict(bf16, model, 6, 3); // with packed forms of F32, which must not be read again
            assertEquals(bf16, bf16.toBfloat16().toBfloat16());
            assertFalse(Arrays.equals(before, predict(bf16, model, 6, 3)));
            for (int batch : new int[] {1, 2, 3, 5, 20}) {
                assertArrayEquals(predict(f32, model, 6, batch), predict(bf16, model, 6, batch));
            }
            assertArrayEquals(f32.parameters().values().toFloats(), bf16.parameters().values().toFloats());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm:2x70", "gru:33", "dots:30,25,24", "embedding:20/gru:20/tied"})
    void sessionsHaveTheBitsOfTheRoundedWeights(String model) {
        try (DeepRnn f32 = rounded(model);
                DeepRnn bf16 = network(model).toBfloat16();
                CarriedState state = f32.newState(1);
                Session session = open(bf16, model)) {
            for (int step = 1; step <= 10; step++) {
                float[] expected = f32.predict(state, inputs(model, 1)).toFloats();
                switch (inputs(model, 1)) {
                    case Ids ids -> session.step(ids.toInts());
                    case Frames frames -> session.step(frames.toFloats());
                }
                assertArrayEquals(expected, session.output().toFloats());
            }
        }
    }

    private static Session open(DeepRnn network, String model) {
        return (model.startsWith("embedding") ? network.session().ids() : network.session()).open();
    }

    @Test
    void aSavedNetworkTakesHalfTheFileAndComesBackAsItWas(@TempDir Path temp) throws IOException {
        try (DeepRnn f32 = network("lstm:2x70");
                DeepRnn bf16 = network("lstm:2x70").toBfloat16()) {
            f32.save(temp.resolve("f32"));
            bf16.requireSavable(temp.resolve("bf16"));
            bf16.save(temp.resolve("bf16"));
            long full = Files.size(temp.resolve("f32").resolve(ModelFolder.NUMBERS));
            long half = Files.size(temp.resolve("bf16").resolve(ModelFolder.NUMBERS));
            assertEquals(2 * f32.parameters().weights(), full - half, 100); // headers differ a little
            assertFalse(Files.readString(temp.resolve("f32").resolve(ModelFolder.DESCRIPTION)).contains("weights"));
            try (DeepRnn loaded = DeepRnn.load(temp.resolve("bf16"), WorkerPool.caller())) {
                assertTrue(loaded.parameters().isBfloat16());
                assertArrayEquals(predict(bf16, "lstm", 5, 2), predict(loaded, "lstm", 5, 2));
                loaded.save(temp.resolve("again"));
            }
            for (String file : new String[] {ModelFolder.NUMBERS, ModelFolder.DESCRIPTION}) {
                assertEquals(-1,
                        Files.mismatch(temp.resolve("bf16").resolve(file), temp.resolve("again").resolve(file)));
            }
        }
    }

    @Test
    void theFileHasTheTypesOfTheFormat(@TempDir Path temp) throws IOException {
        try (DeepRnn network = network("gru:5").toBfloat16()) {
            network.save(temp);
            String header = new String(
                    Files.readAllBytes(temp.resolve(ModelFolder.NUMBERS)), StandardCharsets.ISO_8859_1);
            for (Parameter parameter : network.parameters().list()) {
                String type = parameter.shape().length > 1 ? "BF16" : "F32";
                assertTrue(header.contains("\"" + parameter.name() + "\":{\"dtype\":\"" + type + "\""), header);
            }
            try (Safetensors file = Safetensors.open(temp.resolve(ModelFolder.NUMBERS))) {
                for (TensorInfo tensor : file.tensors()) { // as which it is read
                    assertEquals(ElementType.F32, tensor.type());
                }
            }
        }
    }

    @Test
    void aLanguageModelComesBackToo(@TempDir Path temp) throws IOException {
        Vocabulary vocabulary = vocabulary();
        try (LanguageModel model = new LanguageModel(
                NetworkBuilder.of("embedding:8/gru:8/tied", vocabulary.size()).seed(1).build(), vocabulary)) {
            model.network().toBfloat16();
            model.save(temp);
            try (LanguageModel loaded = LanguageModel.load(temp, WorkerPool.caller())) {
                assertTrue(loaded.network().parameters().isBfloat16());
                assertArrayEquals(
                        model.network().parameters().values().toFloats(),
                        loaded.network().parameters().values().toFloats());
            }
        }
    }

    @Test
    void parametersOfACellAreSavedAsSuchAndLoadedInF32(@TempDir Path temp) throws IOException {
        Path file = temp.resolve("cell.safetensors");
        try (DeepRnn bf16 = network("gru:5").toBfloat16();
                DeepRnn f32 = network("gru:5")) {
            bf16.parameters().save(file);
            f32.parameters().load(file); // which may be trained further
            assertArrayEquals(bf16.parameters().values().toFloats(), f32.parameters().values().toFloats());
            assertFalse(f32.parameters().isBfloat16());
        }
    }

    @Test
    void whatTrainsOrChangesItIsRefusedWithWhatToDo(@TempDir Path temp) throws IOException {
        try (DeepRnn bf16 = network("gru:5");
                DeepRnn f32 = network("gru:5");
                Trainer before = new Trainer(bf16, TASK, new Adam(0.1), Clip.none());
                CarriedState state = bf16.newState(1);
                Workspace workspace = new Workspace("a tape")) {
            bf16.toBfloat16();
            f32.parameters().save(temp.resolve("p"));
            Parameters parameters = bf16.parameters();
            Parameter weight = parameters.list().getFirst();
            Frames frames = (Frames) inputs("gru", 2);
            var batch = new dev.unroll.rnn.data.Batch(SequenceLayout.of(2, 1), frames, frames);
            Tape tape = Tape.recording(workspace, ElementType.F32, WorkerPool.caller());
            Tensor x = workspace.zeros(ElementType.F32, 1, INPUTS);
            for (Executable refused : new Executable[] {
                () -> new Trainer(bf16, TASK, new Adam(0.1), Clip.none()), () -> before.step(batch),
                () -> bf16.recording("a training step", state), parameters::gradients, () -> parameters.slabs(1),
                () -> parameters.write("an update", _ -> {}), () -> weight.write(_ -> {}),
                () -> parameters.copyFrom(f32.parameters(), ""), () -> parameters.load(temp.resolve("p")),
                () -> tape.matmul(tape.constant(x), weight)}) {
                String message = assertThrows(IllegalStateException.class, refused).getMessage();
                assertTrue(message.contains("kept as bfloat16, for inference only; train"), message);
                assertTrue(message.length() <= 300, message);
            }
            f32.parameters().copyFrom(parameters, ""); // the other way round it is a source like any other
            assertEquals(2, bf16.predict(state, frames).count());
        }
    }

    @Test
    void whatCannotBeKeptAsBfloat16StaysAsItIs() {
        try (DeepRnn wide = NetworkBuilder.of("gru:5", INPUTS).outputs(2).type(ElementType.F64).build()) {
            String message = assertThrows(IllegalStateException.class, wide::toBfloat16).getMessage();
            assertTrue(message.contains("F64") && message.contains("in F32"), message);
            assertFalse(wide.parameters().isBfloat16());
        }
        try (DeepRnn network = network("gru:5")) {
            network.parameters().list().getLast().write(values -> values.set(0, 0, Float.MAX_VALUE)); // a bias may be
            Parameter weight = network.parameters().list().getFirst();
            weight.write(values -> values.set(0, 0, Float.MAX_VALUE));
            float[] values = network.parameters().values().toFloats();
            String message = assertThrows(ArithmeticException.class, network::toBfloat16).getMessage();
            assertTrue(message.contains(weight.name() + " are not finite in bfloat16"), message);
            assertArrayEquals(values, network.parameters().values().toFloats());
            weight.write(matrix -> matrix.set(0, 0, 1));
            try (Session _ = network.session().open()) {
                message = assertThrows(IllegalStateException.class, network::toBfloat16).getMessage();
                assertTrue(message.contains("a session"), message);
            }
            network.toBfloat16();
        }
        DeepRnn closed = network("gru:5");
        closed.close();
        assertThrows(IllegalStateException.class, closed::toBfloat16);
    }

    @Test
    void aDescriptionOfOtherWeightsIsRefused(@TempDir Path temp) throws IOException {
        try (DeepRnn network = network("gru:5").toBfloat16()) {
            network.save(temp);
        }
        Path description = temp.resolve(ModelFolder.DESCRIPTION);
        Files.writeString(description, Files.readString(description).replace("BF16", "F8"));
        String message = assertThrows(
                MalformedFileException.class, () -> DeepRnn.load(temp, WorkerPool.caller())).getMessage();
        assertTrue(message.contains("weights") && message.contains("BF16"), message);
    }

    @Tag("compiled")
    @ParameterizedTest
    @ValueSource(strings = {"lstm:2x33", "dots:30,25,24"})
    void aStepAllocatesNothing(String model) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (DeepRnn network = network(model).toBfloat16();
                Session session = network.session().open()) {
            float[] frame = ((Frames) inputs(model, 1)).toFloats();
            float[] output = new float[INPUTS];
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 40 && least > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 1_000; i++) {
                    session.step(frame).copyTo(output);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least, model + ": bytes of 1,000 steps");
        }
    }
}
