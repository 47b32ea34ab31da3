package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    /** What the reference implementation, version 0.8.0, writes for the tensors of {@link #tensors}. */
    private static final String REFERENCE_HEADER =
            """
            {"__metadata__":{"a":"ü","format":"unroll"},\
            "a":{"dtype":"F64","shape":[0,4],"data_offsets":[0,0]},\
            "b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},\
            "layer.0.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},\
            "é\\"\\n":{"dtype":"F32","shape":[],"data_offsets":[32,36]}}\
            """
                    + "       ";

    private static final String REFERENCE_DATA =
            "182d4454fb2109400000c03f000000c000004040000080400000a0400000c07f00000080";

    @TempDir
    Path folder;

    private static byte[] reference() {
        byte[] header = REFERENCE_HEADER.getBytes(StandardCharsets.UTF_8);
        byte[] data = HexFormat.of().parseHex(REFERENCE_DATA);
        byte[] file = new byte[8 + header.length + data.length];
        file[0] = (byte) header.length;
        file[1] = (byte) (header.length >> 8);
        System.arraycopy(header, 0, file, 8, header.length);
        System.arraycopy(data, 0, file, 8 + header.length, data.length);
        return file;
    }

    private static SequencedMap<TensorInfo, MemorySegment> tensors() {
        SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
        tensors.put(
                new TensorInfo("layer.0.weight", ElementType.F32, 2, 3),
                MemorySegment.ofArray(new float[] {1.5f, -2, 3, 4, 5, Float.NaN}));
        tensors.put(new TensorInfo("a", ElementType.F64, 0, 4), MemorySegment.ofArray(new double[0]));
        tensors.put(new TensorInfo("é\"\n", ElementType.F32), MemorySegment.ofArray(new float[] {-0f}));
        tensors.put(new TensorInfo("b", ElementType.F64, 1), MemorySegment.ofArray(new double[] {Math.PI}));
        return tensors;
    }

    private static byte[] write(SequencedMap<TensorInfo, MemorySegment> tensors) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Safetensors.write(Channels.newChannel(bytes), Map.of("format", "unroll", "a", "ü"), tensors);
        return bytes.toByteArray();
    }

    private Safetensors open(byte[] bytes) throws IOException {
        return Safetensors.open(Files.write(folder.resolve("model.safetensors"), bytes));
    }

    private void refused(String problem, Executable call) {
        String message = assertThrows(MalformedFileException.class, call).getMessage();
        assertEquals(folder.resolve("model.safetensors") + ": " + problem, message);
    }

    @Test
    void theFileIsTheReferenceImplementationsByteForByte() throws IOException {
        assertEquals(0, REFERENCE_HEADER.getBytes(StandardCharsets.UTF_8).length % 8);
        assertArrayEquals(reference(), write(tensors()));
    }

    @Test
    void theReferenceImplementationsFileIsRead() throws IOException {
        try (Safetensors file = open(reference())) {
            assertEquals(Map.of("format", "unroll", "a", "ü"), file.metadata());
            assertEquals(
                    List.of("a", "b", "layer.0.weight", "é\"\n"),
                    file.tensors().stream().map(TensorInfo::name).toList());
            float[] weight = new float[6];
            file.read("layer.0.weight", MemorySegment.ofArray(weight));
            assertArrayEquals(new float[] {1.5f, -2, 3, 4, 5, Float.NaN}, weight);
            double[] b = new double[1];
            file.read("b", MemorySegment.ofArray(b));
            assertEquals(Math.PI, b[0]);
        }
    }

    @Test
    void aFileWithoutTensorsIsAFile() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Safetensors.write(Channels.newChannel(bytes), Map.of(), new LinkedHashMap<>());
        assertEquals("{}      ", bytes.toString(StandardCharsets.UTF_8).substring(8));
        try (Safetensors file = open(bytes.toByteArray())) {
            assertEquals(List.of(), file.tensors());
        }
    }

    @Test
    void otherTensorsThanExpectedAreNamed() throws IOException {
        List<TensorInfo> all = List.copyOf(tensors().keySet());
        try (Safetensors file = open(write(tensors()))) {
            file.require(all);
            refused(
                    "the tensor F32 [] \"é\\\"\\n\" does not belong to this model; give the file of the same model",
                    () -> file.require(all.stream().filter(t -> t.shape().length > 0).toList()));
            refused(
                    "expected F64 [2] \"b\" but found F64 [1] \"b\"; give the file of the same model",
                    () -> file.require(List.of(new TensorInfo("b", ElementType.F64, 2))));
            refused(
                    "there is no tensor \"c\" in it; there are [a, b, layer.0.weight, é\"U+000A]",
                    () -> file.require(List.of(new TensorInfo("c", ElementType.F32, 1))));
            refused(
                    "there is no tensor \"c\" in it; there are [a, b, layer.0.weight, é\"U+000A]",
                    () -> file.read("c", MemorySegment.NULL));
        }
    }

    @Test
    void aDestinationThatDoesNotFitIsRefusedUntouched() throws IOException {
        try (Safetensors file = open(write(tensors()))) {
            double[] two = {1, 2};
            assertThrows(IllegalArgumentException.class, () -> file.read("b", MemorySegment.ofArray(two)));
            MemorySegment readOnly = MemorySegment.ofArray(new double[1]).asReadOnly();
            assertThrows(IllegalArgumentException.class, () -> file.read("b", readOnly));
            assertArrayEquals(new double[] {1, 2}, two);
            assertEquals(0, readOnly.get(ValueLayout.JAVA_DOUBLE, 0));
        }
    }

    @Test
    void whatCannotBeReadBackIsNotWritten() {
        MemorySegment four = MemorySegment.ofArray(new float[1]);
        SequencedMap<TensorInfo, MemorySegment> sizes = new LinkedHashMap<>();
        sizes.put(new TensorInfo("a", ElementType.F32, 2), four);
        assertThrows(IllegalArgumentException.class, () -> write(sizes));
        SequencedMap<TensorInfo, MemorySegment> twice = new LinkedHashMap<>();
        twice.put(new TensorInfo("a", ElementType.F32, 1), four);
        twice.put(new TensorInfo("a", ElementType.I32, 1), four);
        assertThrows(IllegalArgumentException.class, () -> write(twice));
        assertThrows(IllegalArgumentException.class, () -> new TensorInfo("__metadata__", ElementType.F32));
        assertThrows(IllegalArgumentException.class, () -> new TensorInfo("\ud800", ElementType.F32));
        assertThrows(IllegalArgumentException.class, () -> new TensorInfo("a", ElementType.F32, -1));
        assertThrows(IllegalArgumentException.class, () -> new TensorInfo("a", ElementType.F32, 1L << 61));
        assertThrows(IllegalArgumentException.class, () -> new TensorInfo("a", ElementType.F32, 0, 1L << 40, 1L << 40));
        assertThrows(IllegalArgumentException.class, () -> new TensorInfo("a", ElementType.F32, new long[33]));
    }

    @Test
    void aShapeCannotBeChangedFromOutside() {
        long[] shape = {2, 3};
        TensorInfo info = new TensorInfo("a", ElementType.F32, shape);
        shape[0] = 9;
        info.shape()[1] = 9;
        assertEquals(new TensorInfo("a", ElementType.F32, 2, 3), info);
        assertEquals(24, info.byteSize());
    }

    @Test
    void aMissingFileAFolderAndAClosedFileAreNamed() throws IOException {
        Path missing = folder.resolve("none.safetensors");
        String message = assertThrows(NoSuchFileException.class, () -> Safetensors.open(missing))
                .getMessage();
        assertEquals(missing + ": no such file; check the path or save it again", message);
        assertTrue(assertThrows(IOException.class, () -> Safetensors.open(folder))
                .getMessage()
                .contains("not a regular file"));
        Safetensors file = open(write(tensors()));
        file.close();
        assertThrows(ClosedChannelException.class, () -> file.read("b", MemorySegment.ofArray(new double[1])));
    }
}
