package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    private final Workspace workspace = new Workspace("test");

    @AfterEach
    void close() {
        workspace.close();
    }

    /** Elements 0, 1, 2, ... */
    private Tensor counting(ElementType type, long... shape) {
        Tensor tensor = workspace.allocate(type, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.set(i / tensor.columns(), i % tensor.columns(), i);
        }
        return tensor;
    }

    private Tensor counting(long... shape) {
        return counting(ElementType.F32, shape);
    }

    private static String illegal(Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private static void assertContains(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "no \"" + part + "\" in: " + message);
        }
    }

    private static void assertFloats(Tensor tensor, double... expected) {
        double[] actual = new double[(int) tensor.size()];
        for (int i = 0; i < actual.length; i++) {
            actual[i] = tensor.get(i / tensor.columns(), i % tensor.columns());
        }
        assertArrayEquals(expected, actual);
    }

    @Test
    void sizesBeforeTheLastCountAsRows() {
        Tensor tensor = counting(2, 3, 4);
        assertEquals(6, tensor.rows());
        assertEquals(4, tensor.columns());
        assertEquals(4, tensor.rowStride());
        assertEquals(24, tensor.size());
        assertArrayEquals(new long[] {2, 3, 4}, tensor.shape());
        assertEquals("F32[2, 3, 4]", tensor.toString());
        assertEquals(23, tensor.get(5, 3));
    }

    @Test
    void aVectorIsOneRow() {
        Tensor vector = counting(5);
        assertEquals(1, vector.rows());
        assertEquals(5, vector.columns());
    }

    @Test
    void theShapeGivenAndTheShapeReturnedAreCopies() {
        long[] shape = {2, 3};
        Tensor tensor = workspace.allocate(ElementType.F32, shape);
        shape[0] = 7;
        tensor.shape()[1] = 9;
        assertArrayEquals(new long[] {2, 3}, tensor.shape());
    }

    @Test
    void rowsAreAViewOfTheSameMemory() {
        Tensor tensor = counting(4, 3);
        Tensor view = tensor.rows(1, 2);
        assertFloats(view, 3, 4, 5, 6, 7, 8);
        view.set(0, 0, -1);
        assertEquals(-1, tensor.get(1, 0));
        assertTrue(view.isContiguous());
    }

    @Test
    void columnsAreAViewWithGapsBetweenItsRows() {
        Tensor tensor = counting(3, 5);
        Tensor view = tensor.columns(1, 2);
        assertFloats(view, 1, 2, 6, 7, 11, 12);
        assertArrayEquals(new long[] {3, 2}, view.shape());
        assertEquals(5, view.rowStride());
        assertFalse(view.isContiguous());
        assertContains(view.toString(), "[3, 2]", "row stride 5");
        view.set(2, 1, -1);
        assertEquals(-1, tensor.get(2, 2));
    }

    @Test
    void viewsOfViewsAddUp() {
        Tensor view = counting(6, 6).columns(1, 4).rows(2, 3).columns(1, 2);
        assertFloats(view, 14, 15, 20, 21, 26, 27);
        assertTrue(view.rows(1, 1).isContiguous());
        assertFloats(view.rows(1, 1), 20, 21);
    }

    @Test
    void emptyViewsStandAnywhereUpToTheEnd() {
        Tensor tensor = counting(3, 5);
        assertEquals(0, tensor.rows(3, 0).size());
        assertEquals(0, tensor.columns(5, 0).size());
        tensor.rows(3, 0).clear();
        tensor.columns(5, 0).clear();
        assertEquals(0, tensor.columns(2, 0).toFloats().length);
        assertFloats(tensor, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 1", "0, -1", "0, 5", "4, 1", "5, 0", "1, 9223372036854775807", "9223372036854775807, 1",
        "-9223372036854775808, 1"
    })
    void viewsBeyondTheTensorAreRefused(long from, long count) {
        Tensor tensor = counting(4, 4);
        IndexOutOfBoundsException rows =
                assertThrows(IndexOutOfBoundsException.class, () -> tensor.rows(from, count));
        assertContains(rows.getMessage(), "rows " + from, "F32[4, 4]");
        IndexOutOfBoundsException columns =
                assertThrows(IndexOutOfBoundsException.class, () -> tensor.columns(from, count));
        assertContains(columns.getMessage(), "columns " + from, "F32[4, 4]");
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "3, 0", "0, -1", "0, 4", "9223372036854775807, 0", "0, 9223372036854775807"})
    void elementsBeyondTheTensorAreNeitherReadNorWritten(long row, long column) {
        Tensor tensor = counting(3, 4);
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.get(row, column));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.set(row, column, 1));
        Tensor view = counting(9, 9).rows(2, 3).columns(2, 4);
        assertThrows(IndexOutOfBoundsException.class, () -> view.get(row, column));
    }

    @Test
    void reshapeKeepsTheElementsInTheirOrder() {
        Tensor tensor = counting(2, 3, 4);
        assertFloats(tensor.reshape(3, 8).rows(1, 1), 8, 9, 10, 11, 12, 13, 14, 15);
        assertEquals(24, tensor.reshape(24).columns());
        assertEquals(24, tensor.reshape(24, 1).rows());
    }

    @Test
    void reshapeToAnotherCountOfElementsIsRefusedWithBothShapes() {
        assertContains(illegal(() -> counting(2, 3).reshape(7)), "F32[2, 3]", "[7]", "count of elements");
        assertContains(illegal(() -> counting(2, 3).reshape(0)), "[0]");
        illegal(() -> counting(2, 3).reshape());
        illegal(() -> counting(2, 3).reshape(-2, -3));
        illegal(() -> counting(2, 3).reshape(Long.MAX_VALUE, 6));
    }

    @Test
    void reshapeKeepsGapsOnlyWhereRowsStayRows() {
        Tensor view = counting(4, 5).columns(1, 2);
        assertFloats(view.reshape(2, 2, 2), 1, 2, 6, 7, 11, 12, 16, 17);
        assertContains(illegal(() -> view.reshape(8)), "F32[4, 2]", "gaps");
        assertFloats(view.rows(2, 1).reshape(2, 1), 11, 12); // one row has no gap
    }

    @Test
    void emptyTensorsReshapeToEmptyOnes() {
        assertEquals(7, counting(0, 5).reshape(7, 0).rows());
        assertEquals(0, counting(5, 0).reshape(0).size());
    }

    @Test
    void rowsThatFollowEachOtherJoinToOneMatrix() {
        Tensor tensor = counting(6, 3);
        assertFloats(tensor.rows(1, 2).join(tensor.rows(3, 1)), 3, 4, 5, 6, 7, 8, 9, 10, 11);
        Tensor strided = counting(4, 5).columns(1, 2);
        Tensor joined = strided.rows(0, 1).join(strided.rows(1, 3));
        assertFloats(joined, 1, 2, 6, 7, 11, 12, 16, 17);
        assertEquals(5, joined.rowStride());
    }

    @Test
    void rowsThatDoNotFollowEachOtherDoNotJoin() {
        Tensor tensor = counting(6, 4);
        assertNull(tensor.rows(0, 2).join(tensor.rows(3, 1)), "a row between");
        assertNull(tensor.rows(3, 1).join(tensor.rows(0, 3)), "the wrong order");
        assertNull(tensor.rows(0, 2).join(tensor.rows(1, 2)), "a row in common");
        assertNull(tensor.rows(0, 2).join(tensor.rows(2, 2).columns(0, 3)), "shorter rows");
        assertNull(tensor.join(counting(6, 4)), "other memory between");
        assertNull(counting(ElementType.F32, 16).join(counting(ElementType.I32, 16)), "another type");
    }

    @Test
    void tensorsOfTwoGenerationsDoNotJoin() {
        Tensor before = counting(1, 16);
        Workspace.Mark mark = workspace.mark();
        Tensor after = counting(1, 16);
        assertNull(before.join(after));
        workspace.reset(mark);
    }

    @Test
    void arraysAreCopiedRowByRowBothWays() {
        float[] floats = {1, 2, 3, 4, 5, 6};
        assertArrayEquals(floats, workspace.allocate(ElementType.F32, 2, 3).copyFrom(floats).toFloats());
        double[] doubles = {1, 2, 3, 4, 5, 1e300};
        assertArrayEquals(doubles, workspace.allocate(ElementType.F64, 3, 2).copyFrom(doubles).toDoubles());
        int[] ints = {1, -2, 3, 4, 5, Integer.MAX_VALUE};
        assertArrayEquals(ints, workspace.allocate(ElementType.I32, 6).copyFrom(ints).toInts());
    }

    @Test
    void arraysCopyIntoStridedViewsAndLeaveTheGaps() {
        Tensor tensor = counting(3, 4);
        tensor.columns(1, 2).copyFrom(-1f, -2f, -3f, -4f, -5f, -6f);
        assertFloats(tensor, 0, -1, -2, 3, 4, -3, -4, 7, 8, -5, -6, 11);
        assertArrayEquals(new float[] {-1, -2, -3, -4, -5, -6}, tensor.columns(1, 2).toFloats());
    }

    @Test
    void arraysOfAnotherLengthOrTypeAreRefused() {
        Tensor tensor = counting(2, 3);
        assertContains(illegal(() -> tensor.copyFrom(1f, 2f)), "2 elements of F32", "F32[2, 3]");
        assertContains(illegal(() -> tensor.copyFrom(new double[6])), "6 elements of F64", "F32[2, 3]");
        assertContains(illegal(() -> tensor.copyFrom(new int[6])), "I32");
        assertContains(illegal(tensor::toDoubles), "F32[2, 3]", "not F64");
        assertContains(illegal(tensor::toInts), "not I32");
        assertContains(illegal(counting(ElementType.I32, 1)::toFloats), "not F32");
        assertFloats(tensor, 0, 1, 2, 3, 4, 5);
    }

    @Test
    void segmentsOfAnyKindAreCopiedBothWays() {
        Tensor tensor = counting(2, 2);
        byte[] bytes = new byte[16];
        tensor.copyTo(MemorySegment.ofArray(bytes));
        assertEquals(3f, ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getFloat(12));
        ByteBuffer buffer = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).putFloat(4, 9f);
        tensor.copyFrom(MemorySegment.ofBuffer(buffer.clear()));
        assertFloats(tensor, 0, 9, 0, 0);
        assertContains(
                illegal(() -> tensor.copyFrom(MemorySegment.ofArray(new byte[15]))), "F32[2, 2]", "16 bytes", "15");
        assertContains(illegal(() -> tensor.copyTo(MemorySegment.ofArray(new byte[17]))), "16 bytes", "17");
    }

    @Test
    void tensorsCopyFromEachOtherWhateverTheirGaps() {
        Tensor dense = counting(3, 2);
        Tensor strided = counting(3, 5).columns(2, 2);
        assertFloats(workspace.zeros(ElementType.F32, 3, 2).copyFrom(strided), 2, 3, 7, 8, 12, 13);
        assertFloats(strided.copyFrom(dense), 0, 1, 2, 3, 4, 5);
        assertFloats(workspace.zeros(ElementType.F32, 3, 2).copyFrom(dense), 0, 1, 2, 3, 4, 5);
        assertEquals(0, counting(0, 2).copyFrom(counting(0, 2)).size());
    }

    @Test
    void tensorsOfAnotherTypeOrShapeAreNotCopied() {
        Tensor target = counting(2, 3);
        assertContains(illegal(() -> target.copyFrom(counting(3, 2))), "F32[3, 2]", "F32[2, 3]");
        illegal(() -> target.copyFrom(counting(6)));
        illegal(() -> target.copyFrom(counting(ElementType.F64, 2, 3)));
        illegal(() -> target.copyFrom(counting(ElementType.I32, 2, 3)));
        assertFloats(target, 0, 1, 2, 3, 4, 5);
    }

    @Test
    void clearLeavesTheGapsOfAView() {
        Tensor tensor = counting(2, 3);
        tensor.columns(1, 1).clear();
        assertFloats(tensor, 0, 0, 2, 3, 0, 5);
        tensor.clear();
        assertFloats(tensor, 0, 0, 0, 0, 0, 0);
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void elementsOfEveryTypeAreReadAndWritten(ElementType type) {
        Tensor tensor = workspace.zeros(type, 2, 3);
        tensor.set(1, 2, 42);
        tensor.set(0, 0, -7);
        assertFloats(tensor, -7, 0, 0, 0, 0, 42);
    }

    @Test
    void integersAreFourBytesAndNoFloats() {
        assertEquals(4, ElementType.I32.bytes());
        assertFalse(ElementType.I32.isFloating());
        assertTrue(ElementType.F32.isFloating() && ElementType.F64.isFloating());
    }

    @Test
    void aWrappedSegmentIsTheMemoryItself() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(32, 8);
            Tensor tensor = Tensor.wrap(memory, ElementType.F64, 2, 2);
            tensor.set(1, 1, 2.5);
            assertEquals(2.5, memory.getAtIndex(ValueLayout.JAVA_DOUBLE, 3));
            memory.setAtIndex(ValueLayout.JAVA_DOUBLE, 0, -1);
            assertEquals(-1, tensor.get(0, 0));
        }
    }

    @Test
    void aWrappedBufferCountsFromItsPosition() {
        FloatBuffer buffer = ByteBuffer.allocateDirect(40).order(ByteOrder.nativeOrder()).asFloatBuffer();
        buffer.put(3, 8f).position(2);
        Tensor tensor = Tensor.wrap(buffer, ElementType.F32, 2, 4);
        assertEquals(8, tensor.get(0, 1));
        assertContains(illegal(() -> Tensor.wrap(buffer, ElementType.F32, 9)), "[9]", "36 bytes", "has 32");
    }

    @Test
    void memoryOnTheHeapIsNotWrapped() {
        assertContains(
                illegal(() -> Tensor.wrap(MemorySegment.ofArray(new float[4]), ElementType.F32, 4)), "heap",
                "copyFrom");
        assertContains(illegal(() -> Tensor.wrap(FloatBuffer.allocate(4), ElementType.F32, 4)), "direct");
    }

    @Test
    void aBufferInTheOtherByteOrderIsNotWrapped() {
        ByteOrder other =
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer bytes = ByteBuffer.allocateDirect(64).order(other);
        assertContains(illegal(() -> Tensor.wrap(bytes, ElementType.F32, 4)), "native byte order");
        assertContains(illegal(() -> Tensor.wrap(bytes.asFloatBuffer(), ElementType.F32, 4)), "native byte order");
        assertContains(illegal(() -> Tensor.wrap(bytes.asDoubleBuffer(), ElementType.F64, 4)), "native byte order");
        assertContains(illegal(() -> Tensor.wrap(bytes.asIntBuffer(), ElementType.I32, 4)), "native byte order");
    }

    @Test
    void memoryThatIsTooSmallOrMisalignedIsNotWrapped() {
        MemorySegment memory = Arena.ofAuto().allocate(64, 64);
        assertContains(
                illegal(() -> Tensor.wrap(memory, ElementType.F32, 4, 5)), "[4, 5]", "80 bytes", "memory has 64");
        assertContains(illegal(() -> Tensor.wrap(memory.asSlice(2), ElementType.F32, 4)), "multiple of 4", "F32");
        assertContains(illegal(() -> Tensor.wrap(memory.asSlice(4), ElementType.F64, 4)), "multiple of 8", "F64");
        assertEquals(4, Tensor.wrap(memory.asSlice(4), ElementType.F32, 4).size());
        illegal(() -> Tensor.wrap(memory, ElementType.F32));
        illegal(() -> Tensor.wrap(memory, ElementType.F32, -4));
        illegal(() -> Tensor.wrap(memory, ElementType.F32, Long.MAX_VALUE, 2));
    }

    @Test
    void confinedMemoryIsForItsOwnThread() throws InterruptedException {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.wrap(arena.allocate(64, 64), ElementType.F32, 4).copyFrom(1f, 2f, 3f, 4f);
            assertFloats(tensor, 1, 2, 3, 4);
            AtomicReference<String> message = new AtomicReference<>();
            Thread other = new Thread(() -> {
                try {
                    tensor.get(0, 0);
                } catch (IllegalStateException e) {
                    message.set(e.getMessage());
                }
            });
            other.start();
            other.join();
            assertContains(message.get(), "get", "F32[4]", "confined to another thread", "shared arena");
        }
    }

    @Test
    void nothingIsNotWrapped() {
        assertContains(illegal(() -> Tensor.wrap((MemorySegment) null, ElementType.F32, 4)), "null");
        assertContains(illegal(() -> Tensor.wrap((FloatBuffer) null, ElementType.F32, 4)), "null");
        assertContains(illegal(() -> Tensor.wrap(Arena.ofAuto().allocate(16, 16), null, 4)), "null");
    }

    @Test
    void nothingIsNotCopiedComparedOrJoined() {
        Tensor tensor = counting(4);
        assertContains(illegal(() -> tensor.copyFrom((float[]) null)), "values is null");
        assertContains(illegal(() -> tensor.copyFrom((double[]) null)), "values is null");
        assertContains(illegal(() -> tensor.copyFrom((int[]) null)), "values is null");
        assertContains(illegal(() -> tensor.copyFrom((MemorySegment) null)), "memory is null");
        assertContains(illegal(() -> tensor.copyFrom((Tensor) null)), "source is null");
        assertContains(illegal(() -> tensor.copyTo(null)), "memory is null");
        assertContains(illegal(() -> tensor.hasShapeOf(null)), "other is null");
        assertContains(illegal(() -> tensor.join(null)), "next is null");
    }

    @Test
    void sizesWhoseProductIsTooLargeAreRefusedAlsoBesideASizeOfZero() {
        long half = 1L << 32;
        for (long[] shape : new long[][] {{half, half}, {half, half, 0}, {0, half, half}, {1L << 62}, {1L << 61, 0}}) {
            assertContains(illegal(() -> Tensor.wrap(Arena.ofAuto().allocate(16, 16), ElementType.F32, shape)),
                    Arrays.toString(shape), "more than 2^63 - 1 bytes");
        }
        assertContains(illegal(() -> counting(4).reshape(half, half, 0)), "more than 2^63 - 1 bytes");
    }

    @Test
    void rowsMovedWithinTheirOwnMemoryAreRefusedAndStay() {
        Tensor whole = counting(3, 2);
        assertContains(illegal(() -> whole.rows(1, 2).copyFrom(whole.rows(0, 2))), "shares memory with");
        whole.copyFrom(whole);
        assertFloats(whole, 0, 1, 2, 3, 4, 5);
    }

    @Test
    void readOnlyMemoryCanBeReadAndNotWritten() {
        MemorySegment memory = Arena.ofAuto().allocate(16, 16);
        Tensor tensor = Tensor.wrap(memory.asReadOnly(), ElementType.F32, 4);
        assertFloats(tensor, 0, 0, 0, 0);
        illegal(() -> tensor.set(0, 0, 1));
        illegal(tensor::clear);
        illegal(() -> tensor.copyFrom(1f, 2f, 3f, 4f));
        illegal(() -> tensor.copyFrom(counting(4)));
        assertFloats(tensor, 0, 0, 0, 0);
    }

    @Test
    void wrappedMemoryThatItsOwnerClosedIsRefused() {
        Tensor tensor;
        try (Arena arena = Arena.ofShared()) {
            tensor = Tensor.wrap(arena.allocate(16, 16), ElementType.F32, 4);
        }
        for (Runnable call : new Runnable[] {
            () -> tensor.get(0, 0), () -> tensor.set(0, 0, 1), tensor::toFloats, tensor::clear,
            () -> tensor.copyFrom(1f, 2f, 3f, 4f), () -> tensor.rows(0, 1).get(0, 0),
            () -> Elementwise.scale(2, tensor, WorkerPool.caller()),
            () -> workspace.allocate(ElementType.F32, 4).copyFrom(tensor)
        }) {
            String message = assertThrows(IllegalStateException.class, call::run).getMessage();
            assertContains(message, "F32[", "closed by its owner");
        }
    }

    @Test
    void theShapesOfTwoTensorsAreComparedSizeBySize() {
        assertTrue(counting(2, 3).hasShapeOf(counting(2, 3)));
        assertFalse(counting(2, 3).hasShapeOf(counting(6)));
        assertFalse(counting(2, 3).hasShapeOf(counting(1, 2, 3)));
    }
}
