package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspaceTest {
    private static final long MEBIBYTE = 1 << 20;

    private final Workspace workspace = new Workspace("test");

    @AfterEach
    void close() {
        workspace.close();
    }

    private static String refusal(Runnable call) {
        String message = assertThrows(IllegalStateException.class, call::run).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private static void assertContains(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "no \"" + part + "\" in: " + message);
        }
    }

    private Tensor floats(float... values) {
        return workspace.allocate(ElementType.F32, values.length).copyFrom(values);
    }

    private static long address(Tensor tensor) {
        return tensor.segment().address() + tensor.offset();
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void everyTensorIsAlignedTo64Bytes(ElementType type) {
        for (int size = 0; size < 100; size++) {
            assertEquals(0, address(workspace.allocate(type, size)) % 64, "size " + size);
        }
        assertEquals(0, address(workspace.allocate(type, 3 * MEBIBYTE)) % 64);
    }

    @Test
    void tensorsDoNotShareMemory() {
        Tensor[] tensors = new Tensor[50];
        for (int i = 0; i < tensors.length; i++) {
            tensors[i] = workspace.allocate(ElementType.I32, i * 1000 + 1);
        }
        for (int i = 0; i < tensors.length; i++) {
            for (int j = 0; j < i; j++) {
                boolean apart = address(tensors[i]) >= address(tensors[j]) + tensors[j].size() * 4
                        || address(tensors[j]) >= address(tensors[i]) + tensors[i].size() * 4;
                assertTrue(apart, i + " and " + j);
            }
        }
    }

    @Test
    void aTensorFromBeforeTheMarkStaysValidAndKeepsItsNumbers() {
        Tensor before = floats(1, 2, 3);
        Workspace.Mark mark = workspace.mark();
        floats(4, 5, 6);
        workspace.reset(mark);
        floats(7, 8, 9);
        assertArrayEquals(new float[] {1, 2, 3}, before.toFloats());
    }

    @Test
    void aTensorFromAfterTheMarkIsRefusedAfterTheReturnToIt() {
        Workspace.Mark mark = workspace.mark();
        Tensor after = floats(1, 2);
        Tensor view = after.rows(0, 1).columns(1, 1);
        workspace.reset(mark);
        assertContains(refusal(after::toFloats), "copyTo", "F32[2]", "was released by reset", "workspace test");
        assertContains(refusal(() -> view.set(0, 0, 1)), "was released by reset");
        assertContains(refusal(after::clear), "was released by reset");
        assertContains(refusal(() -> after.get(0, 0)), "was released by reset");
        assertContains(refusal(() -> after.copyFrom(1f, 2f)), "was released by reset");
    }

    @Test
    void aRefusedTensorLeavesTheWorkspaceFree() {
        Workspace.Mark mark = workspace.mark();
        Tensor kept = floats(0);
        workspace.reset(mark);
        Tensor released = kept;
        refusal(released::clear);
        refusal(() -> floats(1).copyFrom(released));
        refusal(() -> released.copyFrom(floats(1)));
        workspace.reset(mark);
    }

    @Test
    void oneMarkCanBeReturnedToManyTimes() {
        Workspace.Mark mark = workspace.mark();
        for (int i = 0; i < 100; i++) {
            Tensor step = floats(i);
            assertEquals(i, step.get(0, 0));
            workspace.reset(mark);
            refusal(() -> step.get(0, 0));
        }
    }

    @Test
    void marksAndScopesOfALoopDoNotPileUp() {
        floats(1);
        for (int step = 0; step < 100; step++) {
            Workspace.Mark mark = workspace.mark();
            floats(2);
            workspace.reset(mark);
            try (var _ = workspace.scope("step")) {
                floats(3);
            }
        }
        assertTrue(workspace.generations() <= 3, () -> workspace.generations() + " generations");
    }

    @Test
    void marksNestAndAReturnToTheOuterReleasesTheInner() {
        Workspace.Mark outer = workspace.mark();
        Tensor first = floats(1);
        Workspace.Mark inner = workspace.mark();
        Tensor second = floats(2);
        workspace.reset(inner);
        assertEquals(1, first.get(0, 0));
        refusal(() -> second.get(0, 0));
        workspace.reset(outer);
        refusal(() -> first.get(0, 0));
        IllegalArgumentException stale = assertThrows(IllegalArgumentException.class, () -> workspace.reset(inner));
        assertContains(stale.getMessage(), "workspace test", "was itself released");
    }

    @Test
    void aStaleMarkIsRefusedAlsoWhenNewMarksStandAtItsDepth() {
        Workspace.Mark outer = workspace.mark();
        floats(1);
        Workspace.Mark stale = workspace.mark();
        workspace.reset(outer);
        Tensor kept = floats(1);
        Workspace.Mark fresh = workspace.mark();
        assertThrows(IllegalArgumentException.class, () -> workspace.reset(stale));
        assertEquals(1, kept.get(0, 0));
        workspace.reset(fresh);
    }

    @Test
    void theMarkOfAnotherWorkspaceIsRefusedAndReleasesNothing() {
        Tensor kept = floats(1);
        try (Workspace other = new Workspace("other")) {
            Workspace.Mark foreign = other.mark();
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> workspace.reset(foreign));
            assertContains(e.getMessage(), "workspace test", "another workspace's");
        }
        assertEquals(1, kept.get(0, 0));
    }

    @Test
    void noMarkAtAllIsRefused() {
        Tensor kept = floats(1);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> workspace.reset(null));
        assertContains(e.getMessage(), "reset", "mark is null");
        assertEquals(1, kept.get(0, 0));
    }

    @Test
    void memoryIsUsedAgainAfterTheReturn() {
        Workspace.Mark mark = workspace.mark();
        long first = address(workspace.allocate(ElementType.F64, 1000));
        workspace.allocate(ElementType.F64, 1000);
        long reserved = workspace.reservedBytes();
        for (int i = 0; i < 1000; i++) {
            workspace.reset(mark);
            assertEquals(first, address(workspace.allocate(ElementType.F64, 1000)));
            workspace.allocate(ElementType.F64, 1000);
        }
        assertEquals(reserved, workspace.reservedBytes());
    }

    @Test
    void stepsThatNeedManyChunksStopTakingMemoryAfterTheFirst() {
        Workspace.Mark mark = workspace.mark();
        long reserved = 0;
        for (int step = 0; step < 5; step++) {
            for (int i = 1; i < 8; i++) {
                workspace.allocate(ElementType.F32, i * MEBIBYTE / 4 + i);
            }
            reserved = step == 0 ? workspace.reservedBytes() : reserved;
            workspace.reset(mark);
        }
        assertEquals(reserved, workspace.reservedBytes());
    }

    @Test
    void zerosAreZeroInMemoryThatWasUsedBefore() {
        Workspace.Mark mark = workspace.mark();
        Tensor used = workspace.allocate(ElementType.I32, 999);
        int[] ones = new int[999];
        Arrays.fill(ones, -1);
        used.copyFrom(ones);
        workspace.reset(mark);
        Tensor zeros = workspace.zeros(ElementType.I32, 3, 333);
        assertArrayEquals(new int[999], zeros.toInts());
    }

    @Test
    void emptyTensorsAreAllowed() {
        for (long[] shape : new long[][] {{0}, {0, 5}, {5, 0}, {3, 0, 2}}) {
            Tensor empty = workspace.zeros(ElementType.F32, shape);
            assertEquals(0, empty.size());
            assertEquals(0, empty.toFloats().length);
        }
    }

    @Test
    void shapesThatAreNoneAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> workspace.allocate(ElementType.F32));
        IllegalArgumentException negative =
                assertThrows(IllegalArgumentException.class, () -> workspace.allocate(ElementType.F32, 3, -1));
        assertContains(negative.getMessage(), "[3, -1]", "negative");
    }

    @ParameterizedTest
    @CsvSource({"4611686018427387904, 2", "9223372036854775807, 1", "4294967296, 4294967296", "3037000500, 3037000500"})
    void aShapeOfMoreBytesThan63BitsCountIsRefused(long rows, long columns) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> workspace.allocate(ElementType.F64, rows, columns));
        assertContains(e.getMessage(), "[" + rows + ", " + columns + "]", "2^63");
    }

    @Test
    void theLimitIsRefusedWithTheWorkspaceTheBytesAndTheRemedy() {
        try (Workspace small = new Workspace("small", 2 * MEBIBYTE)) {
            small.allocate(ElementType.F32, 10);
            String message = refusal(() -> small.allocate(ElementType.F32, MEBIBYTE));
            assertContains(
                    message, "workspace small", "4194304 bytes", "limit of 2097152", "1024 taken",
                    "-Dunroll.memory");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 100, 128, 1000, 1 << 20, (1 << 20) + 1, 3 << 20})
    void allOfTheLimitCanBeAllocatedAndNoByteMore(long limit) {
        try (Workspace small = new Workspace("small", limit)) {
            long lines = limit / Workspace.ALIGNMENT;
            for (long i = 0; i < lines; i++) {
                small.allocate(ElementType.I32, 16);
            }
            assertContains(refusal(() -> small.allocate(ElementType.I32, 1)), "limit of " + limit);
            assertTrue(small.reservedBytes() <= limit, small.toString());
        }
    }

    @Test
    void oneTensorMayTakeTheWholeLimit() {
        try (Workspace small = new Workspace("small", 4 * MEBIBYTE)) {
            assertEquals(MEBIBYTE, small.allocate(ElementType.F32, MEBIBYTE).size());
        }
    }

    @Test
    void aTensorBeyondEveryLimitIsRefusedEvenWithoutLimit() {
        try (Workspace boundless = new Workspace("boundless", Long.MAX_VALUE)) {
            refusal(() -> boundless.allocate(ElementType.I32, Long.MAX_VALUE / 4));
            assertEquals(0, boundless.reservedBytes());
        }
    }

    @Test
    void aRefusedAllocationLeavesTheWorkspaceUsable() {
        try (Workspace small = new Workspace("small", MEBIBYTE)) {
            Tensor kept = small.allocate(ElementType.F32, 1).copyFrom(5f);
            refusal(() -> small.allocate(ElementType.F32, MEBIBYTE));
            assertEquals(7, small.allocate(ElementType.F32, 1).copyFrom(7f).get(0, 0));
            assertEquals(5, kept.get(0, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aLimitThatIsNotPositiveIsRefused(long limit) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new Workspace("bad", limit));
        assertContains(e.getMessage(), "workspace bad", "" + limit);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1", "4096, 4096", "3k, 3072", "512m, 536870912", "8g, 8589934592", "' 2G ', 2147483648", "7M, 7340032"
    })
    void theDefaultLimitIsTheProperty(String text, long bytes) {
        assertEquals(bytes, withMemoryProperty(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "g", "8t", "1.5g", "-1", "-8g", "0", "8 g", "9999999999g", "99999999999999999999", "8gb"})
    void aPropertyThatIsNoSizeIsRefusedWithAnExample(String text) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> withMemoryProperty(text));
        assertContains(e.getMessage(), "unroll.memory=" + text, "512m or 8g");
    }

    @Test
    void withoutThePropertyTheDefaultLimitIsThatOfTheHeap() {
        assertEquals(Runtime.getRuntime().maxMemory(), Workspace.defaultLimit());
    }

    private static long withMemoryProperty(String text) {
        System.setProperty("unroll.memory", text);
        try {
            return Workspace.defaultLimit();
        } finally {
            System.clearProperty("unroll.memory");
        }
    }

    @Test
    void aClosedWorkspaceRefusesEverythingByName() {
        Tensor tensor = floats(1);
        Workspace.Mark mark = workspace.mark();
        workspace.close();
        assertContains(refusal(() -> tensor.get(0, 0)), "workspace test is closed");
        assertContains(refusal(() -> workspace.allocate(ElementType.F32, 1)), "workspace test is closed");
        assertContains(refusal(() -> workspace.zeros(ElementType.F32, 1)), "workspace test is closed");
        assertContains(refusal(workspace::mark), "workspace test is closed");
        assertContains(refusal(() -> workspace.reset(mark)), "workspace test is closed");
        assertContains(refusal(() -> workspace.hold("work")), "workspace test is closed");
        assertContains(refusal(() -> workspace.scope("work")), "workspace test is closed");
        assertContains(workspace.toString(), "test", "closed");
    }

    @Test
    void closingAgainDoesNothing() {
        workspace.close();
        workspace.close();
    }

    @Test
    void aHeldWorkspaceRefusesCloseAndResetAndNamesTheHolder() {
        Tensor tensor = floats(3);
        Workspace.Mark mark = workspace.mark();
        try (var _ = workspace.hold("training step")) {
            assertContains(refusal(workspace::close), "workspace test", "held by training step", "close it after");
            assertContains(refusal(() -> workspace.reset(mark)), "held by training step", "reset it after");
            assertEquals(3, tensor.get(0, 0));
            assertEquals(4, floats(4).get(0, 0));
        }
        workspace.reset(mark);
        workspace.close();
    }

    @Test
    void theHolderIsNamedAlsoWhenAnotherThatCameFirstHasEnded() {
        Workspace.Hold first = workspace.hold("evaluation");
        Workspace.Hold second = workspace.hold("training step");
        first.close();
        assertContains(refusal(workspace::close), "held by training step");
        second.close();
    }

    @Test
    void aHoldThatIsClosedTwiceCountsOnce() {
        Workspace.Hold twice = workspace.hold("twice");
        try (var _ = workspace.hold("other")) {
            twice.close();
            twice.close();
            refusal(workspace::close);
        }
    }

    @Test
    void aScopeReleasesWhatWasAllocatedInItAndNothingElse() {
        Tensor before = floats(1);
        Tensor inside;
        try (var _ = workspace.scope("step")) {
            inside = floats(2);
            assertContains(refusal(workspace::close), "held by step");
        }
        assertEquals(1, before.get(0, 0));
        assertContains(refusal(() -> inside.get(0, 0)), "was released by reset");
    }

    @Test
    void aScopeWithinAScopeReleasesItsOwnTensorsOnly() {
        try (var _ = workspace.scope("outer")) {
            Tensor kept = floats(1);
            Tensor inside;
            try (var _ = workspace.scope("inner")) {
                inside = floats(2);
            }
            assertEquals(1, kept.get(0, 0));
            refusal(() -> inside.get(0, 0));
            assertContains(refusal(workspace::close), "held by outer");
        }
        workspace.close();
    }

    @Test
    void aSuspendedScopeComesBackWithItsNumbersUnlessSomebodyAllocatedMeanwhile() {
        Workspace.Hold step = workspace.scope("a step");
        Tensor x = workspace.zeros(ElementType.F32, 10);
        x.set(0, 3, 7);
        step.suspend();
        assertThrows(IllegalStateException.class, () -> x.get(0, 3));
        workspace.hold("other work").close();
        Workspace.Hold again = workspace.resume("the step", step);
        assertEquals(7, x.get(0, 3));
        assertNull(workspace.resume("the step", step), "it is open");
        again.suspend();
        workspace.zeros(ElementType.F32, 1);
        assertNull(workspace.resume("the step", again));
        assertThrows(IllegalStateException.class, () -> x.get(0, 3));
    }

    @Test
    void aScopeAroundASuspendedOneReleasesItAtItsEnd() {
        Workspace.Hold outer = workspace.scope("outer");
        Workspace.Hold step = workspace.scope("a step");
        workspace.zeros(ElementType.F32, 10);
        step.suspend();
        outer.close();
        assertNull(workspace.resume("the step", step));
        assertThrows(IllegalStateException.class, step::suspend);
        try (Workspace.Hold hold = workspace.hold("no scope")) {
            assertThrows(IllegalStateException.class, hold::suspend);
        }
    }

    @Test
    void aClearedScopeReleasesWhatWasAllocatedAndStaysOpen() {
        Tensor before = workspace.zeros(ElementType.F32, 10);
        Workspace.Hold step = workspace.scope("a step");
        Tensor x = workspace.zeros(ElementType.F32, 10);
        step.clear();
        assertThrows(IllegalStateException.class, () -> x.get(0, 3));
        Tensor y = workspace.zeros(ElementType.F32, 10);
        assertEquals(0, y.get(0, 0));
        step.close();
        assertEquals(0, before.get(0, 0));
        assertThrows(IllegalStateException.class, () -> y.get(0, 0));
        assertThrows(IllegalStateException.class, step::clear);
    }

    @Test
    void scopesClosedInTheWrongOrderStillGiveTheWorkspaceFree() {
        Workspace.Hold outer = workspace.scope("outer");
        floats(1);
        Workspace.Hold inner = workspace.scope("inner");
        Tensor tensor = floats(2);
        outer.close();
        refusal(tensor::clear);
        Tensor later = workspace.allocate(ElementType.F32, 1000);
        inner.close();
        assertTrue(address(floats(3)) >= address(later) + 4000, "memory in use was handed out again");
        workspace.close();
        assertTrue(workspace.isClosed());
    }

    @Test
    void aScopeWithinAHoldEnds() {
        try (var _ = workspace.hold("outer")) {
            Tensor inside;
            try (var _ = workspace.scope("inner")) {
                inside = floats(2);
            }
            refusal(() -> inside.get(0, 0));
        }
        workspace.close();
    }

    @Test
    void memoryThatTheSystemDoesNotHaveIsRefusedAndTheWorkspaceStaysUsable() {
        try (Workspace huge = new Workspace("huge", Long.MAX_VALUE)) {
            long elements = 1L << 60; // more than any address space of today
            assertContains(refusal(() -> huge.allocate(ElementType.F32, elements)), "workspace huge",
                    "" + elements * 4);
            assertEquals(0, huge.reservedBytes());
            assertEquals(3, huge.allocate(ElementType.F32, 1).copyFrom(3f).get(0, 0));
        }
    }

    @Test
    void aScopeDoesNotEndWhileACallOfAnotherThreadRuns() {
        Tensor tensor = floats(1);
        Workspace.Hold scope = workspace.scope("step");
        tensor.enter("Gemm.nn");
        assertContains(refusal(scope::close), "workspace test", "held by Gemm.nn", "end the scope of it after that");
        tensor.exit();
        scope.close();
        workspace.close();
    }

    @Test
    void closeAndResetAreRefusedWhileAKernelOfAnotherThreadRuns() {
        int n = 700;
        Tensor a = workspace.zeros(ElementType.F64, n, n);
        Tensor c = workspace.zeros(ElementType.F64, n, n);
        Workspace.Mark mark = workspace.mark();
        CompletableFuture<Void> kernel =
                CompletableFuture.runAsync(() -> Gemm.nn(1, a, a, 0, c, WorkerPool.caller()));
        String message = null;
        while (message == null && !kernel.isDone()) { // until it has begun nothing is refused
            try {
                workspace.reset(mark);
            } catch (IllegalStateException e) {
                message = e.getMessage();
            }
        }
        assertContains(refusal(workspace::close), "workspace test", "held by Gemm.nn", "close it after");
        assertContains(message, "is held by ");
        kernel.join();
        assertEquals(0, c.get(n - 1, n - 1));
        workspace.close();
    }

    @Test
    void returnsAndCallsOfOtherThreadsNeverMeet() {
        Workspace.Mark mark = workspace.mark();
        AtomicReference<Tensor> current = new AtomicReference<>(floats(0));
        CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> {
            int refused = 0;
            for (int i = 0; i < 20_000; i++) {
                try {
                    assertNotEquals(-1, current.get().get(0, 0),
                            "memory of a later tensor seen through an earlier one");
                } catch (IllegalStateException e) {
                    refused++;
                }
            }
            return refused;
        });
        while (!reader.isDone()) {
            try {
                workspace.reset(mark);
                floats(-1);
                workspace.reset(mark);
                current.set(floats(1));
            } catch (IllegalStateException e) { // the reader was inside: as it should be
                assertContains(e.getMessage(), "is held by ");
            }
        }
        assertTrue(reader.join() >= 0);
    }

    @Test
    void itsTextNamesItAndItsMemory() {
        floats(1);
        assertContains(workspace.toString(), "workspace test", "1024 of", "" + workspace.limit());
    }
}
