package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.cell.GruPlus;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.io.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cells without a network are saved and loaded by their parameters. */
class ParameterFileTest {
    private final Workspace workspace = new Workspace("a test");

    @TempDir
    Path temp;

    @AfterEach
    void close() {
        workspace.close();
    }

    private record Cell(Parameters parameters, GruPlus plus) {}

    private Cell cell(ElementType type, int size, int seed) {
        Parameters parameters = new Parameters();
        GruPlus plus = new GruPlus(parameters, "plus", 5, size);
        parameters.allocate(workspace, type, new Random(seed));
        return new Cell(parameters, plus);
    }

    private double[] run(Cell cell, ElementType type) {
        Tape tape = Tape.inference(workspace, type, WorkerPool.caller());
        Tensor x = workspace.allocate(type, 6, 5);
        Initializer.gaussian(1).fill(x, new Random(8));
        Tensor outputs = cell.plus.run(tape, tape.constant(x), SequenceLayout.of(3, 2), cell.plus.initial(tape, 2))
                .outputs().value();
        double[] all = new double[(int) outputs.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = outputs.get(i / outputs.columns(), i % outputs.columns());
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void aCellIsLoadedAsItWasSaved(ElementType type) throws IOException {
        Path file = temp.resolve("cell.safetensors");
        Cell saved = cell(type, 7, 1);
        saved.parameters.save(file);
        Cell loaded = cell(type, 7, 2);
        double[] before = run(loaded, type); // which packs the old values
        loaded.parameters.load(file);
        assertFalse(Arrays.equals(before, run(loaded, type)));
        assertArrayEquals(run(saved, type), run(loaded, type));
        try (Safetensors tensors = Safetensors.open(file)) {
            assertEquals(saved.parameters.list().stream().map(Parameter::name).toList(),
                    tensors.tensors().stream().map(TensorInfo::name).toList());
        }
    }

    @Test
    void whatDoesNotFitIsRefusedAndNothingChanges() throws IOException {
        Path file = temp.resolve("cell.safetensors");
        cell(ElementType.F32, 7, 1).parameters.save(file);
        refuse(cell(ElementType.F32, 8, 2).parameters, file, "plus.input.weight");
        refuse(cell(ElementType.F64, 7, 2).parameters, file, "plus.input.weight");
        Parameters more = new Parameters();
        new GruPlus(more, "plus", 5, 7);
        more.declare("more", Initializer.zeros(), 3);
        more.allocate(workspace, ElementType.F32, new Random(3));
        refuse(more, file, "there is no tensor \"more\"");
        Parameters fewer = new Parameters();
        fewer.declare("plus.recurrent", Initializer.gaussian(1), 7, 21);
        fewer.allocate(workspace, ElementType.F32, new Random(3));
        refuse(fewer, file, "does not belong to this model");
        Files.write(file, new byte[] {1, 2, 3});
        refuse(cell(ElementType.F32, 7, 2).parameters, file, "cell.safetensors");
        assertThrows(NoSuchFileException.class,
                () -> cell(ElementType.F32, 7, 2).parameters.load(temp.resolve("none")));
    }

    /** The last tensor is at fault, so that the others were read before. */
    @Test
    void aNumberThatIsNotFiniteChangesNothing() throws IOException {
        Path file = temp.resolve("cell.safetensors");
        Parameters parameters = cell(ElementType.F32, 7, 1).parameters;
        SequencedMap<TensorInfo, Tensor> tensors = new LinkedHashMap<>();
        for (Parameter parameter : parameters.list()) {
            Tensor tensor = workspace.zeros(ElementType.F32, parameter.shape());
            tensor.set(0, 0, parameter == parameters.list().getLast() ? Double.NaN : 1);
            tensors.put(new TensorInfo(parameter.name(), ElementType.F32, parameter.shape()), tensor);
        }
        Safetensors.writeTensors(file, Map.of(), tensors);
        refuse(parameters, file, "not finite");
        Path again = temp.resolve("again.safetensors");
        Parameters broken = cell(ElementType.F32, 7, 1).parameters;
        broken.write("a change", values -> values.set(0, 0, Double.POSITIVE_INFINITY));
        String message = assertThrows(ArithmeticException.class, () -> broken.save(again)).getMessage();
        assertTrue(message.contains("plus.input.weight"), message);
        assertTrue(Files.notExists(again));
    }

    private static void refuse(Parameters parameters, Path file, String part) {
        float[] before = floats(parameters);
        String message = assertThrows(MalformedFileException.class, () -> parameters.load(file)).getMessage();
        assertTrue(message.contains(part), message);
        assertTrue(message.length() <= Shown.MAX_MESSAGE, message);
        assertArrayEquals(before, floats(parameters));
    }

    private static float[] floats(Parameters parameters) {
        Tensor values = parameters.values();
        float[] floats = new float[(int) values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values.get(0, i);
        }
        return floats;
    }

    @Test
    void withoutMemoryOrWhileOthersWorkItIsRefused() throws Exception {
        Path file = temp.resolve("cell.safetensors");
        assertThrows(IllegalStateException.class, () -> new Parameters().save(file));
        assertThrows(IllegalStateException.class, () -> new Parameters().load(file));
        Parameters parameters = cell(ElementType.F32, 7, 1).parameters;
        parameters.save(file);
        try (var _ = parameters.share("a reader")) {
            parameters.save(file);
            assertThrows(IllegalStateException.class, () -> parameters.load(file));
        }
        parameters.load(file);
    }

    @Test
    void aTensorOfAnotherTypeIsNotWritten() {
        SequencedMap<TensorInfo, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(new TensorInfo("a", ElementType.F32, 2), workspace.zeros(ElementType.F64, 2));
        String message = assertThrows(IllegalArgumentException.class,
                () -> Safetensors.writeTensors(temp.resolve("t"), Map.of(), tensors)).getMessage();
        assertTrue(message.contains("is of type F64"), message);
        assertTrue(Files.notExists(temp.resolve("t")));
    }
}
