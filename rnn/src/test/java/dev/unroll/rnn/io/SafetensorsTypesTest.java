package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Types that are converted when they are read, and those that are skipped. */
class SafetensorsTypesTest {
    @TempDir
    Path folder;

    private Safetensors open(String header, ByteBuffer data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + data.capacity()).order(ByteOrder.LITTLE_ENDIAN);
        return Safetensors.open(Files.write(folder.resolve("x.safetensors"),
                file.putLong(json.length).put(json).put(data.rewind()).array()));
    }

    private static ByteBuffer data(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String tensor(String name, String type, int size, int begin, int end) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[%d,%d]}"
                .formatted(name, type, size, begin, end);
    }

    /** All 65,536 numbers of a type of 16 bits. */
    private int[] all(String type) throws IOException {
        ByteBuffer data = data(2 << 16);
        for (int i = 0; i < 1 << 16; i++) {
            data.putShort((short) i);
        }
        // Off the alignment of every element by the one byte of the tensor before it.
        ByteBuffer shifted = data(1 + data.capacity()).put((byte) 7).put(data.rewind());
        String header = "{" + tensor("b", "I8", 1, 0, 1) + "," + tensor("a", type, 1 << 16, 1, 1 + (2 << 16)) + "}";
        try (Safetensors file = open(header, shifted)) {
            assertEquals(List.of(new TensorInfo("a", ElementType.F32, 1 << 16)), file.tensors());
            float[] floats = new float[1 << 16];
            file.read("a", MemorySegment.ofArray(floats));
            int[] bits = new int[floats.length];
            MemorySegment.copy(
                    MemorySegment.ofArray(floats), 0, MemorySegment.ofArray(bits), 0, 4L * floats.length);
            return bits;
        }
    }

    @Test
    void everyHalfBecomesTheFloatOfItsValue() throws IOException {
        int[] bits = all("F16");
        for (int i = 0; i < bits.length; i++) {
            int exponent = i >> 10 & 31;
            int fraction = i & 1023;
            float value = Float.intBitsToFloat(bits[i]);
            assertEquals(i >> 15, bits[i] >>> 31, "the sign of " + Integer.toHexString(i));
            if (exponent == 31) {
                assertEquals(fraction == 0, Float.isInfinite(value), Integer.toHexString(i));
                assertEquals(fraction << 13, bits[i] & 0x7fffff, "the payload of " + Integer.toHexString(i));
            } else {
                // IEEE 754: subnormals have the exponent of the smallest normal numbers, and no leading one.
                double expected = exponent == 0
                        ? fraction * 0x1p-24
                        : (1 + fraction / 1024.0) * StrictMath.pow(2, exponent - 15);
                assertEquals(0, new BigDecimal(expected).compareTo(new BigDecimal(Math.abs(value))), value + "");
            }
        }
    }

    @Test
    void everyBrainFloatIsTheUpperHalfOfItsFloat() throws IOException {
        int[] bits = all("BF16");
        for (int i = 0; i < bits.length; i++) {
            assertEquals(i << 16, bits[i]);
        }
        assertTrue(Float.isNaN(Float.intBitsToFloat(bits[0x7f81])));
        assertEquals(Float.NEGATIVE_INFINITY, Float.intBitsToFloat(bits[0xff80]));
        assertEquals(0x1p-133f, Float.intBitsToFloat(bits[1]));
    }

    @Test
    void halvesOfSeveralChunksAreReadIntoATensor() throws IOException {
        int count = (1 << 20) + 3;
        ByteBuffer data = data(2 * count);
        for (int i = 0; i < count; i++) {
            data.putShort(Float.floatToFloat16(i % 1000));
        }
        try (Safetensors file = open("{" + tensor("a", "F16", count, 0, 2 * count) + "}", data);
                Workspace workspace = new Workspace("test")) {
            Tensor tensor = workspace.allocate(ElementType.F32, 1, count);
            file.read("a", tensor);
            float[] found = tensor.toFloats();
            for (int i = 0; i < count; i++) {
                assertEquals(i % 1000, found[i]);
            }
        }
    }

    @Test
    void longsAreReadAsIntsIfTheyFit() throws IOException {
        ByteBuffer data = data(24).putLong(-5).putLong(Integer.MAX_VALUE).putLong(1L << 31);
        String header = "{" + tensor("a", "I64", 2, 0, 16) + "," + tensor("b", "I64", 1, 16, 24) + "}";
        try (Safetensors file = open(header, data)) {
            int[] found = new int[2];
            file.read("a", MemorySegment.ofArray(found));
            assertArrayEquals(new int[] {-5, Integer.MAX_VALUE}, found);
            String message = assertThrows(MalformedFileException.class,
                    () -> file.read("b", MemorySegment.ofArray(new int[1]))).getMessage();
            assertTrue(message.contains("the tensor \"b\" holds an integer that is none of 32 bits"), message);
        }
    }

    @Test
    void tensorsOfOtherTypesAreSkippedByName() throws IOException {
        ByteBuffer data = data(17).putFloat(0, 2.5f);
        String header = "{" + tensor("w", "F32", 1, 0, 4) + "," + tensor("mask", "BOOL", 3, 4, 7) + ","
                + tensor("q", "F8_E4M3", 2, 7, 9) + "," + tensor("f", "F4", 3, 9, 11) + ","
                + tensor("later", "X9_NEW", 5, 11, 17) + "}";
        try (Safetensors file = open(header, data)) {
            assertEquals(List.of(new TensorInfo("w", ElementType.F32, 1)), file.tensors());
            assertEquals(Map.of("mask", "BOOL", "q", "F8_E4M3", "f", "F4", "later", "X9_NEW"), file.skipped());
            assertEquals(List.of("mask", "q", "f", "later"), List.copyOf(file.skipped().keySet()));
            float[] w = new float[1];
            file.read("w", MemorySegment.ofArray(w));
            assertEquals(2.5f, w[0]);
            String message = assertThrows(MalformedFileException.class,
                    () -> file.read("mask", MemorySegment.ofArray(new byte[3]))).getMessage();
            assertTrue(message.contains("\"mask\" is of type BOOL, which is not read; convert it"), message);
            String all = assertThrows(MalformedFileException.class, () -> file.require(file.tensors())).getMessage();
            assertTrue(all.contains("the tensor BOOL \"mask\" does not belong to this model"), all);
        }
    }
}
