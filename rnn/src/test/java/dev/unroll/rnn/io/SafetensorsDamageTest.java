package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsDamageTest {
    private static final TensorInfo WEIGHT = new TensorInfo("wé", ElementType.F32, 2, 3);
    private static final TensorInfo BIAS = new TensorInfo("b", ElementType.F64, 2);

    private static final int DATA = 40;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("x");
    }

    /** A small sound file whose bytes of data are 0, 1, 2 and so on. */
    private static byte[] sound() throws IOException {
        MemorySegment data = MemorySegment.ofArray(new byte[DATA]);
        for (int i = 0; i < DATA; i++) {
            data.set(ValueLayout.JAVA_BYTE, i, (byte) i);
        }
        SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
        tensors.put(BIAS, data.asSlice(0, BIAS.byteSize()));
        tensors.put(WEIGHT, data.asSlice(BIAS.byteSize()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Safetensors.write(Channels.newChannel(bytes), Map.of("by", "unroll"), tensors);
        return bytes.toByteArray();
    }

    /** The message of a refusal, without the file's name. */
    private String refusal(byte[] bytes) throws IOException {
        Files.write(file, bytes);
        String message = assertThrows(MalformedFileException.class, () -> Safetensors.open(file))
                .getMessage();
        assertTrue(message.startsWith(file + ": "), message);
        assertTrue(message.codePoints().noneMatch(Character::isISOControl), message);
        return message.substring(file.toString().length() + 2);
    }

    private static byte[] file(String header, int data) {
        return file(header.getBytes(StandardCharsets.UTF_8), data);
    }

    private static byte[] file(byte[] header, int data) {
        return ByteBuffer.allocate(8 + header.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    @Test
    void everyProperPrefixIsRefused() throws IOException {
        byte[] sound = sound();
        for (int length = 0; length < sound.length; length++) {
            assertTrue(refusal(Arrays.copyOf(sound, length)).contains("cut short"));
        }
    }

    @Test
    void appendedBytesAreRefused() throws IOException {
        byte[] sound = sound();
        String message = refusal(Arrays.copyOf(sound, sound.length + 1));
        assertEquals(
                "the header describes 40 bytes of data but the file has 41; something was appended, copy it again",
                message);
    }

    /**
     * The format has no check sum, so that three kinds of change cannot be seen: of a name, of the text of the
     * metadata, and from one type to another of the same width, or to one that is not read, which is then skipped.
     * Everything else must be refused or change nothing.
     */
    @Test
    void aChangedByteOfTheHeaderIsRefusedOrLeavesEveryNumberInItsPlace() throws IOException {
        byte[] sound = sound();
        Files.write(file, sound);
        int refused = 0;
        int header = sound.length - DATA;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int at = 0; at < header; at++) {
                for (int change = 1; change < 256; change++) {
                    channel.write(ByteBuffer.wrap(new byte[] {(byte) (sound[at] ^ change)}), at);
                    refused += isRefused() ? 1 : 0;
                }
                channel.write(ByteBuffer.wrap(sound, at, 1), at);
            }
        }
        // Without this the test would pass if nothing were ever read, or nothing ever refused.
        assertTrue(refused > header * 200 && refused < header * 255, refused + " refused of " + header * 255);
    }

    private boolean isRefused() throws IOException {
        try (Safetensors in = Safetensors.open(file)) {
            byte[] data = new byte[DATA];
            MemorySegment memory = MemorySegment.ofArray(data);
            List<TensorInfo> found = in.tensors();
            assertEquals(2, found.size() + in.skipped().size());
            for (TensorInfo info : found) {
                boolean isBias = info.shape().length == 1;
                if (isBias && info.type() == ElementType.I32) { // of I64, whose numbers are too large here
                    assertThrows(MalformedFileException.class,
                            () -> in.read(info.name(), MemorySegment.ofArray(new int[2])));
                    continue;
                }
                sameButNameAndKind(isBias ? BIAS : WEIGHT, info);
                long from = isBias ? 0 : BIAS.byteSize();
                in.read(info.name(), memory.asSlice(from, info.byteSize()));
                for (int i = (int) from; i < from + info.byteSize(); i++) {
                    assertEquals(i, data[i]);
                }
            }
            return false;
        } catch (MalformedFileException e) {
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
            return true;
        }
    }

    private static void sameButNameAndKind(TensorInfo expected, TensorInfo found) {
        assertEquals(
                new TensorInfo("", found.type(), expected.shape()), new TensorInfo("", found.type(), found.shape()));
        assertEquals(expected.type().bytes(), found.type().bytes());
    }

    @ParameterizedTest
    @CsvSource({"-1, 18446744073709551615", "-9223372036854775808, 9223372036854775808", "9223372036854775807,",
        "4294967296,", "100000001,", "2147483647,", "193,"})
    void anImpossibleHeaderLengthIsRefusedBeforeMemoryIsTaken(long length, String shown) throws IOException {
        byte[] bytes = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
        String announced = shown == null ? Long.toString(length) : shown;
        String message = refusal(bytes);
        assertTrue(message.startsWith("announces a header of " + announced
                + " bytes; expected at most 192, the bytes that follow it; it is cut short"), message);
    }

    @Test
    void aHeaderOverTheLimitIsRefusedThoughTheFileIsLongEnough() throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(Safetensors.MAX_HEADER + 1L)
                    .array());
            sparse.setLength(1L << 32);
        }
        String message = assertThrows(MalformedFileException.class, () -> Safetensors.open(file))
                .getMessage();
        assertTrue(message.contains("100000001 bytes"), message);
    }

    private static String tensor(String name, String type, String shape, String offsets) {
        return "\"%s\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}".formatted(name, type, shape, offsets);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                                        | does not begin with '{'
            ` {}`                                                     | does not begin with '{'
            []                                                        | does not begin with '{'
            {"a":1}                                                   | a: expected an object but found 1
            {"__metadata__":{"k":1}}                                  | __metadata__.k: expected a string but found 1
            {"__metadata__":{},"__metadata__":{}}                     | the key "__metadata__" is given twice
            {"a":{},"a":{}}                                           | the key "a" is given twice
            {"a":{"dtype":"F32","dtype":"I32"}}                       | the key "dtype" is given twice
            {"a":{"dtype":"F32","shape":[]}}                          | a.data_offsets is missing
            {"a":{"dtype":"F32","shape":[],"data_offsets":[],"x":0}}  | a.x is not known
            """)
    void aHeaderThatIsNotATableOfTensorsIsRefused(String header, String problem) throws IOException {
        String message = refusal(file(header, 0));
        assertTrue(message.contains(problem), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "BF16" | []                        | [0,2]     | describes 2 bytes of data but the file has 4
            "BF16" | []                        | [0,4]     | F32 [] "a" takes 2 bytes, but its data_offsets are 0 and 4
            "F16"  | [3]                       | [0,4]     | takes 6 bytes, but its data_offsets are 0 and 4
            "I64"  | []                        | [0,4]     | takes 8 bytes, but its data_offsets are 0 and 4
            "U8"   | [3]                       | [0,4]     | U8 "a" takes 3 bytes, but its data_offsets are 0 and 4
            "F4"   | [9]                       | [0,4]     | F4 "a" takes 5 bytes, but its data_offsets are 0 and 4
            "NEW"  | [3]                       | [0,3]     | describes 3 bytes of data but the file has 4
            "NEW"  | [3]                       | [4,0]     | NEW "a" has data_offsets of 4 and 0
            "NEW"  | [3]                       | [-4,0]    | NEW "a" has data_offsets of -4 and 0
            "NEW"  | [-1]                      | [0,4]     | has a negative size
            "I64"  | [2305843009213693951]     | [0,9223372036854775807] | cut short
            "BOOL" | [1152921504606846976]     | [0,4]     | is more than 2^63 - 1 bytes
            "f32"  | []                        | [0,4]     | a.dtype: expected the name of a type, such as F64, F32
            "f32"  | []                        | [0,4]     | but found "f32"
            ""     | []                        | [0,4]     | a.dtype: expected the name of a type
            "LONGLONGLONGLONGLONG" | []        | [0,4]     | a.dtype: expected the name of a type
            32     | []                        | [0,4]     | a.dtype: expected a string but found 32
            "F32"  | 1                         | [0,4]     | a.shape: expected an array
            "F32"  | [1.0]                     | [0,4]     | a.shape[0]: expected an integer
            "F32"  | [-1]                      | [0,4]     | tensor "a": shape [-1] has a negative size
            "F32"  | [-1,-1]                   | [0,4]     | has a negative size
            "F32"  | [2305843009213693952]     | [0,0]     | is more than 2^63 - 1 bytes
            "F32"  | [4294967296,4294967296]   | [0,0]     | is more than 2^63 - 1 bytes
            "F32"  | [4294967296,4294967296,0] | [0,0]     | is more than 2^63 - 1 bytes
            "F32"  | [18446744073709551616]    | [0,0]     | is out of the range of a 64-bit integer
            "F32"  | []                        | [0]       | a.data_offsets: expected [begin, end]
            "F32"  | []                        | [0,4,4]   | a.data_offsets: expected [begin, end]
            "F32"  | []                        | [0,"4"]   | a.data_offsets[1]: expected an integer
            "F32"  | []                        | [-4,0]    | data_offsets are -4 and 0
            "F32"  | []                        | [4,0]     | data_offsets are 4 and 0
            "F32"  | [2]                       | [0,4]     | takes 8 bytes, but its data_offsets are 0 and 4
            "F32"  | []                        | [4,8]     | begins at byte 4 of the data
            "F32"  | [2]                       | [0,8]     | describes 8 bytes of data but the file has 4; cut short
            "F32"  | [0]                       | [0,0]     | something was appended
            "F32"  | [2305843009213693951] | [0,9223372036854775804]  | cut short
            "F32"  | [2305843009213693951] | [4,-9223372036854775808] | data_offsets are 4 and -9223372036854775808
            """)
    void aTensorThatCannotBeInFourBytesOfDataIsRefused(String type, String shape, String offsets, String problem)
            throws IOException {
        String message = refusal(file("{" + tensor("a", type, shape, offsets) + "}", 4));
        assertTrue(message.contains(problem), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [1] | [0,4]  | [1] | [0,4]
            [2] | [0,8]  | [1] | [4,8]
            [3] | [0,12] | [1] | [4,8]
            [1] | [0,4]  | [1] | [8,12]
            [1] | [8,12] | [1] | [4,8]
            [3] | [0,12] | [0] | [4,4]
            [0] | [4,4]  | [3] | [0,12]
            """)
    void tensorsThatOverlapOrLeaveAHoleAreRefused(String a, String placeOfA, String b, String placeOfB)
            throws IOException {
        String header = "{" + tensor("a", "\"F32\"", a, placeOfA) + "," + tensor("b", "\"F32\"", b, placeOfB) + "}";
        String message = refusal(file(header, 12));
        assertTrue(message.contains("of the data, but those before it end at"), message);
    }

    @Test
    void hostileSizesOfTheHeaderAreRefusedByShortMessages() throws IOException {
        assertTrue(refusal(file("{\"a\":" + "[".repeat(100_000), 0)).contains("nested deeper"));
        String zeros = "0,".repeat(100_000) + "0";
        assertTrue(refusal(file("{" + tensor("a", "\"F32\"", "[" + zeros + "]", "[0,0]") + "}", 0))
                .contains("at most 32"));
        assertTrue(refusal(file("{" + tensor("a", "\"F32\"", "[0]", "[" + zeros + "]") + "}", 0))
                .contains("[begin, end]"));
        String name = "\\n".repeat(100_000);
        assertTrue(refusal(file("{\"" + name + "\":1}", 0)).length() < 200);
        assertTrue(refusal(file("{\"a\":{},".repeat(100_000), 0)).length() < 200);
    }

    @Test
    void aHeaderThatIsNotUtf8IsRefused() throws IOException {
        assertTrue(refusal(file(new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}'}, 0)).contains("not UTF-8"));
    }

    @Test
    void tensorsWithoutDataMayLieWhereOthersMeet() throws IOException {
        String f32 = "\"F32\"";
        String header = "{"
                + String.join(
                        ",",
                        tensor("a", f32, "[]", "[0,4]"),
                        tensor("e", f32, "[0]", "[4,4]"),
                        tensor("b", f32, "[]", "[4,8]"),
                        tensor("z", "\"F64\"", "[3,0]", "[8,8]"),
                        tensor("s", "\"I32\"", "[0]", "[0,0]"))
                + "}";
        Files.write(file, file(header, 8));
        try (Safetensors in = Safetensors.open(file)) {
            assertEquals(
                    List.of("s", "a", "e", "b", "z"),
                    in.tensors().stream().map(TensorInfo::name).toList());
            in.read("e", MemorySegment.ofArray(new float[0]));
        }
    }

    @Test
    void aFileThatShrinksWhileItIsReadEndsInAnException() throws IOException {
        byte[] sound = sound();
        Files.write(file, sound);
        try (Safetensors in = Safetensors.open(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(sound.length - 1);
            }
            in.read("b", MemorySegment.ofArray(new double[2]));
            MemorySegment weight = MemorySegment.ofArray(new float[6]);
            String message = assertThrows(MalformedFileException.class, () -> in.read("wé", weight))
                    .getMessage();
            assertTrue(message.contains("ends at byte " + (sound.length - 1)), message);
        }
    }

    /** Pages of the mapped file are gone: an access to one of them is a fault that the virtual machine reports. */
    @Test
    void aFileThatLosesPagesWhileATensorIsReadEndsInAnException() throws IOException {
        TensorInfo large = new TensorInfo("large", ElementType.F32, 1 << 20);
        SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
        tensors.put(large, MemorySegment.ofArray(new float[1 << 20]));
        Safetensors.write(file, Map.of(), tensors);
        try (Safetensors in = Safetensors.open(file);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            MemorySegment memory = MemorySegment.ofArray(new float[1 << 20]);
            String fault = assertThrows(MalformedFileException.class, () -> in.read("large", (_, numbers) -> {
                channel.truncate(100_000);
                memory.copyFrom(numbers);
            })).getMessage();
            assertTrue(fault.contains("cut short") && fault.contains("copy it again"), fault);
            String message = assertThrows(MalformedFileException.class, () -> in.read("large", memory)).getMessage();
            assertTrue(message.contains("ends at byte 100000; cut short"), message);
        }
    }
}
