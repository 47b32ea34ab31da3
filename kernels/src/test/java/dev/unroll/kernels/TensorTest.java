package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    private final Workspace workspace = new Workspace("a test");

    @AfterEach
    void close() {
        workspace.close();
    }

    /** {@code [2, 3, 4]} holding 0 to 23. */
    private Tensor counted() {
        return counted(2, 3, 4);
    }

    private Tensor counted(long... shape) {
        Tensor tensor = workspace.allocate(ElementType.F32, shape);
        float[] values = new float[(int) tensor.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return tensor.copyFrom(values);
    }

    private static String refusal(Class<? extends RuntimeException> type, Runnable call) {
        String message = assertThrows(type, call::run).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void countsAllSizesButTheLastAsRows() {
        Tensor tensor = counted();
        assertEquals(6, tensor.rows());
        assertEquals(4, tensor.columns());
        assertEquals(4, tensor.rowStride());
        assertEquals(24, tensor.size());
        assertTrue(tensor.isContiguous());
        assertArrayEquals(new long[] {2, 3, 4}, tensor.shape());
        assertEquals(17, tensor.get(4, 1));
        assertEquals("F32[2, 3, 4]", tensor.toString());
        Tensor vector = workspace.allocate(ElementType.F64, 7);
        assertEquals(1, vector.rows());
        assertEquals(7, vector.columns());
    }

    @Test
    void aShapeIsItsOwn() {
        long[] shape = {2, 3};
        Tensor tensor = workspace.allocate(ElementType.F32, shape);
        shape[0] = 9;
        tensor.shape()[1] = 9;
        assertArrayEquals(new long[] {2, 3}, tensor.shape());
    }

    @Test
    void viewsOfRowsAndColumnsShareTheMemory() {
        Tensor tensor = counted();
        Tensor view = tensor.rows(1, 3).columns(1, 2);
        assertArrayEquals(new float[] {5, 6, 9, 10, 13, 14}, view.toFloats());
        assertEquals("F32[3, 2] with row stride 4", view.toString());
        assertFalse(view.isContiguous());
        view.set(1, 1, -1);
        assertEquals(-1, tensor.get(2, 2));
        view.clear();
        assertArrayEquals(new float[6], view.toFloats());
        assertEquals(4, tensor.get(1, 0));
        assertEquals(7, tensor.get(1, 3));
        view.copyFrom(1f, 2, 3, 4, 5, 6);
        assertArrayEquals(new float[] {8, 3, 4, 11}, tensor.rows(2, 1).toFloats());
        assertTrue(tensor.columns(1, 2).rows(0, 1).isContiguous());
    }

    @Test
    void copiesBetweenViewsOfAnyStride() {
        Tensor tensor = counted();
        Tensor copy = workspace.zeros(ElementType.F32, 6, 6);
        copy.columns(3, 2).copyFrom(tensor.columns(2, 2));
        assertArrayEquals(new float[] {0, 0, 0, 6, 7, 0}, copy.rows(1, 1).toFloats());
        Tensor dense = workspace.allocate(ElementType.F32, 2, 3, 4).copyFrom(tensor);
        assertArrayEquals(tensor.toFloats(), dense.toFloats());
        assertEquals(
                "cannot copy F32[6, 4] into F32[2, 3, 4]",
                refusal(IllegalArgumentException.class, () -> dense.copyFrom(tensor.reshape(6, 4))));
    }

    @Test
    void emptyViewsAreAllowed() {
        Tensor tensor = counted();
        assertArrayEquals(new float[0], tensor.rows(6, 0).toFloats());
        assertArrayEquals(new float[0], tensor.columns(4, 0).toFloats());
        tensor.rows(2, 0).clear();
        tensor.columns(2, 0).clear();
        assertArrayEquals(counted().toFloats(), tensor.toFloats());
    }

    @Test
    void indicesThatAreNotThereAreRefused() {
        Tensor tensor = counted();
        Runnable[] calls = {
            () -> tensor.rows(5, 2), () -> tensor.rows(-1, 1), () -> tensor.rows(0, -1), () -> tensor.columns(4, 1),
            () -> tensor.columns(1, Long.MAX_VALUE), () -> tensor.get(6, 0), () -> tensor.get(0, 4),
            () -> tensor.get(-1, 0), () -> tensor.set(0, -1, 0)
        };
        for (Runnable call : calls) {
            assertTrue(refusal(IndexOutOfBoundsException.class, call).contains("of F32[2, 3, 4], which has "));
        }
        assertEquals(
                "rows 5 to 7 of F32[2, 3, 4], which has 6",
                refusal(IndexOutOfBoundsException.class, () -> tensor.rows(5, 2)));
    }

    @Test
    void reshapesWhereTheElementsStay() {
        Tensor tensor = counted();
        assertArrayEquals(tensor.toFloats(), tensor.reshape(4, 6).toFloats());
        assertEquals(24, tensor.reshape(24).columns());
        Tensor gaps = tensor.columns(1, 2);
        Tensor split = gaps.reshape(3, 2, 2);
        assertEquals(9, split.get(2, 0));
        assertArrayEquals(gaps.toFloats(), split.toFloats());
        assertEquals(
                "cannot reshape F32[2, 3, 4] to [5, 5]: the count of elements differs",
                refusal(IllegalArgumentException.class, () -> tensor.reshape(5, 5)));
        assertEquals(
                "cannot reshape F32[6, 2] with row stride 4 to [4, 3]: its rows have gaps",
                refusal(IllegalArgumentException.class, () -> gaps.reshape(4, 3)));
    }

    @Test
    void joinsRowsThatFollowEachOther() {
        Tensor tensor = counted();
        Tensor joined = tensor.rows(1, 2).join(tensor.rows(3, 1));
        assertArrayEquals(tensor.rows(1, 3).toFloats(), joined.toFloats());
        assertNull(tensor.rows(1, 2).join(tensor.rows(4, 1)));
        assertNull(tensor.rows(1, 2).join(tensor.rows(3, 1).columns(0, 3)));
        assertNull(tensor.rows(0, 6).join(counted()));
    }

    @Test
    void shapesThatAreNoneAreRefused() {
        assertEquals(
                "a shape needs at least one size; a scalar is [1]",
                refusal(IllegalArgumentException.class, () -> workspace.allocate(ElementType.F32)));
        assertEquals(
                "shape [2, -1]: a size cannot be negative",
                refusal(IllegalArgumentException.class, () -> workspace.allocate(ElementType.F32, 2, -1)));
        assertEquals(
                "shape [4294967296, 1073741824] of F32: more than 2^63 - 1 bytes",
                refusal(IllegalArgumentException.class, () -> workspace.allocate(ElementType.F32, 1L << 32, 1L << 30)));
        assertEquals(
                "a tensor: type is null", refusal(IllegalArgumentException.class, () -> workspace.allocate(null, 1)));
        assertEquals(0, workspace.allocate(ElementType.F32, 0, Long.MAX_VALUE).size());
    }

    @Test
    void valuesOfAnotherTypeOrCountAreRefused() {
        Tensor tensor = workspace.zeros(ElementType.F32, 2, 2);
        Runnable[] calls = {
            () -> tensor.copyFrom(1f, 2f, 3f), () -> tensor.copyFrom(1.0, 2.0, 3.0, 4.0),
            () -> tensor.copyFrom(1, 2, 3, 4),
        };
        for (Runnable call : calls) {
            assertTrue(refusal(IllegalArgumentException.class, call).endsWith(" into F32[2, 2]"));
        }
        assertEquals("F32[2, 2] holds F32, not F64", refusal(IllegalArgumentException.class, tensor::toDoubles));
        assertEquals("F32[2, 2] holds F32, not I32", refusal(IllegalArgumentException.class, tensor::toInts));
        assertArrayEquals(new float[4], tensor.toFloats());
    }

    @Test
    void copiesFromAndToBuffers() {
        ByteBuffer buffer = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
        buffer.asIntBuffer().put(new int[] {1, -2, 3, -4});
        Tensor tensor = workspace.allocate(ElementType.I32, 2, 2).copyFrom(MemorySegment.ofBuffer(buffer));
        assertArrayEquals(new int[] {1, -2, 3, -4}, tensor.toInts());
        tensor.set(1, 0, 7);
        tensor.copyTo(MemorySegment.ofBuffer(buffer));
        assertEquals(7, buffer.getInt(8));
        assertEquals(
                "I32[2, 2] takes 16 bytes, but there are 12",
                refusal(IllegalArgumentException.class, () -> tensor.copyTo(MemorySegment.ofArray(new int[3]))));
    }

    @Test
    void wrapsSegmentsAndDirectBuffersWithoutCopying() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(64, 8);
            Tensor tensor = Tensor.wrap(memory, ElementType.F64, 2, 3);
            tensor.set(1, 2, 5);
            assertEquals(5,
                    Tensor.wrap(memory.asByteBuffer().order(ByteOrder.nativeOrder()), ElementType.F64, 8).get(0, 5));
        }
        FloatBuffer buffer = ByteBuffer.allocateDirect(32).order(ByteOrder.nativeOrder()).asFloatBuffer();
        buffer.put(2, 9f).position(1);
        Tensor tensor = Tensor.wrap(buffer, ElementType.F32, 7);
        assertEquals(9, tensor.get(0, 1));
        tensor.set(0, 6, 4);
        assertEquals(4f, buffer.get(7));
    }

    @Test
    void memoryThatCannotBeWrappedIsRefused() {
        MemorySegment heap = MemorySegment.ofArray(new float[4]);
        assertEquals(
                "cannot wrap memory on the heap: allocate a tensor and copyFrom(array)",
                refusal(IllegalArgumentException.class, () -> Tensor.wrap(heap, ElementType.F32, 4)));
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(64, 8);
            assertEquals(
                    "shape [17] of F32 needs 68 bytes, but the memory has 64",
                    refusal(IllegalArgumentException.class, () -> Tensor.wrap(memory, ElementType.F32, 17)));
            assertEquals(
                    "the memory's address is no multiple of 4, the size of F32",
                    refusal(IllegalArgumentException.class, () -> Tensor.wrap(memory.asSlice(2), ElementType.F32, 4)));
        }
        FloatBuffer[] buffers =
                {FloatBuffer.allocate(4), ByteBuffer.allocateDirect(16).order(foreign()).asFloatBuffer()};
        for (FloatBuffer buffer : buffers) {
            assertEquals(
                    "cannot wrap this buffer: it must be direct and in native byte order",
                    refusal(IllegalArgumentException.class, () -> Tensor.wrap(buffer, ElementType.F32, 4)));
        }
        assertEquals(
                "Tensor.wrap: memory is null",
                refusal(IllegalArgumentException.class, () -> Tensor.wrap((MemorySegment) null, ElementType.F32, 1)));
    }

    private static ByteOrder foreign() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    @Test
    void wrappedMemoryThatItsOwnerClosedIsRefused() {
        Tensor tensor;
        try (Arena arena = Arena.ofShared()) {
            tensor = Tensor.wrap(arena.allocate(16, 4), ElementType.F32, 4);
        }
        assertEquals(
                "get: the memory under F32[4] was closed by its owner",
                refusal(IllegalStateException.class, () -> tensor.get(0, 0)));
    }

    @Test
    void memoryConfinedToAnotherThreadIsRefused() throws InterruptedException {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.wrap(arena.allocate(16, 4), ElementType.F32, 4);
            AtomicReference<String> message = new AtomicReference<>();
            Thread other = new Thread(
                    () -> message.set(refusal(IllegalStateException.class, () -> tensor.set(0, 0, 1))));
            other.start();
            other.join();
            assertEquals(
                    "set: the memory under F32[4] is confined to another thread; call from that, or allocate it in a"
                            + " shared arena",
                    message.get());
            assertEquals(0, tensor.get(0, 0));
        }
    }

    @Test
    void readOnlyMemoryIsReadOnly() {
        try (Arena arena = Arena.ofShared()) {
            Tensor tensor = Tensor.wrap(arena.allocate(8, 4).asReadOnly(), ElementType.F32, 2);
            Tensor source = workspace.zeros(ElementType.F32, 2);
            Runnable[] calls = {
                () -> tensor.set(0, 0, 1), () -> tensor.copyFrom(1f, 2f), () -> tensor.copyFrom(source), tensor::clear
            };
            for (Runnable call : calls) {
                String message = refusal(IllegalArgumentException.class, call);
                assertTrue(message.endsWith("F32[2] is read-only memory; give memory that can be written"), message);
            }
            assertArrayEquals(new float[2], tensor.toFloats());
        }
    }

    @Test
    void viewsOfViewsAddUp() {
        Tensor view = counted(6, 6).columns(1, 4).rows(2, 3).columns(1, 2);
        assertArrayEquals(new float[] {14, 15, 20, 21, 26, 27}, view.toFloats());
        assertArrayEquals(new float[] {20, 21}, view.rows(1, 1).toFloats());
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 1", "0, -1", "0, 5", "4, 1", "5, 0", "1, 9223372036854775807", "9223372036854775807, 1",
        "-9223372036854775808, 1"
    })
    void viewsBeyondTheTensorAreRefused(long from, long count) {
        Tensor tensor = counted(4, 4);
        String rows = refusal(IndexOutOfBoundsException.class, () -> tensor.rows(from, count));
        assertTrue(rows.startsWith("rows " + from + " to "), rows);
        String columns = refusal(IndexOutOfBoundsException.class, () -> tensor.columns(from, count));
        assertTrue(columns.startsWith("columns " + from + " to "), columns);
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "3, 0", "0, -1", "0, 4", "9223372036854775807, 0", "0, 9223372036854775807"})
    void elementsBesideAViewAreNeitherReadNorWritten(long row, long column) {
        Tensor whole = counted(9, 9);
        Tensor view = whole.rows(2, 3).columns(2, 4);
        refusal(IndexOutOfBoundsException.class, () -> view.get(row, column));
        refusal(IndexOutOfBoundsException.class, () -> view.set(row, column, -1));
        assertArrayEquals(counted(9, 9).toFloats(), whole.toFloats());
    }

    @Test
    void emptyTensorsReshapeToEmptyOnes() {
        assertEquals(7, counted(0, 5).reshape(7, 0).rows());
        assertEquals(0, counted(5, 0).reshape(0).size());
    }

    @Test
    void rowsWithGapsJoinToo() {
        Tensor view = counted(4, 5).columns(1, 2);
        Tensor joined = view.rows(0, 1).join(view.rows(1, 3));
        assertArrayEquals(view.toFloats(), joined.toFloats());
        assertEquals(5, joined.rowStride());
    }

    @Test
    void tensorsThatAreReleasedAtDifferentTimesDoNotJoin() {
        Tensor before = counted(1, 16);
        Workspace.Mark mark = workspace.mark();
        assertNull(before.join(counted(1, 16)));
        workspace.reset(mark);
    }

    @Test
    void aWrappedBufferEndsAtItsLimit() {
        FloatBuffer buffer = ByteBuffer.allocateDirect(40).order(ByteOrder.nativeOrder()).asFloatBuffer();
        buffer.position(2).limit(9);
        assertEquals(7, Tensor.wrap(buffer, ElementType.F32, 7).size());
        assertEquals(
                "shape [8] of F32 needs 32 bytes, but the memory has 28",
                refusal(IllegalArgumentException.class, () -> Tensor.wrap(buffer, ElementType.F32, 8)));
    }

    @Test
    void everyKindOfBufferInTheOtherByteOrderIsRefused() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(64).order(foreign());
        Buffer[] buffers = {
            bytes, bytes.asFloatBuffer(), bytes.asDoubleBuffer(), bytes.asIntBuffer(), bytes.asLongBuffer(),
            bytes.asShortBuffer(), bytes.asCharBuffer()
        };
        for (Buffer buffer : buffers) {
            assertEquals(
                    "cannot wrap this buffer: it must be direct and in native byte order",
                    refusal(IllegalArgumentException.class, () -> Tensor.wrap(buffer, ElementType.F32, 1)));
        }
    }

    @Test
    void wrappedMemoryThatItsOwnerClosedIsRefusedByEveryMethod() {
        Tensor tensor;
        try (Arena arena = Arena.ofShared()) {
            tensor = Tensor.wrap(arena.allocate(16, 16), ElementType.F32, 4);
        }
        Tensor other = workspace.zeros(ElementType.F32, 4);
        Runnable[] calls = {
            () -> tensor.set(0, 0, 1), tensor::toFloats, tensor::clear, () -> tensor.copyFrom(1f, 2f, 3f, 4f),
            () -> other.copyFrom(tensor), () -> tensor.copyFrom(other)
        };
        for (Runnable call : calls) {
            String message = refusal(IllegalStateException.class, call);
            assertTrue(message.endsWith("the memory under F32[4] was closed by its owner"), message);
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void elementsOfEveryTypeAreReadAndWritten(ElementType type) {
        Tensor tensor = workspace.zeros(type, 2, 3);
        tensor.set(1, 2, 42);
        tensor.set(0, 0, -7);
        assertEquals(42, tensor.get(1, 2));
        assertEquals(-7, tensor.get(0, 0));
        assertEquals(0, tensor.get(1, 1));
    }
}
