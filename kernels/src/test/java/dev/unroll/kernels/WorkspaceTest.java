package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspaceTest {
    private static final ElementType F32 = ElementType.F32;

    private final Workspace workspace = new Workspace("steps");

    @AfterEach
    void close() {
        workspace.close();
    }

    private static String refusal(Class<? extends RuntimeException> type, Runnable call) {
        String message = assertThrows(type, call::run).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void tensorsBeginAtMultiplesOf64BytesAndDoNotOverlap() {
        Tensor before = workspace.allocate(F32, 1).copyFrom(1f);
        for (int columns = 0; columns < 100; columns++) {
            Tensor tensor = workspace.zeros(F32, 3, columns);
            assertEquals(0, (tensor.segment().address() + tensor.offset()) % 64);
            assertFalse(Overlap.of(before, tensor));
            before = columns > 0 ? tensor : before;
        }
        Tensor large = workspace.zeros(F32, 1 << 20); // more than the first chunk
        assertEquals(0, (large.segment().address() + large.offset()) % 64);
        assertEquals(0, large.get(0, (1 << 20) - 1));
    }

    @Test
    void theLimitCanBeTakenToTheLastByteAndNotPassed() {
        try (Workspace small = new Workspace("small", 192)) {
            small.allocate(F32, 16);
            small.allocate(F32, 32);
            assertEquals(192, small.reservedBytes());
            assertEquals(
                    "workspace small: 4 bytes more would exceed its limit of 192 bytes (192 taken); raise the limit,"
                            + " or set -Dunroll.memory=SIZE",
                    refusal(IllegalStateException.class, () -> small.allocate(F32, 1)));
            assertEquals("workspace small (192 of at most 192 bytes)", small.toString());
        }
        try (Workspace small = new Workspace("small", 100)) {
            refusal(IllegalStateException.class, () -> small.allocate(F32, 25)); // 128 with the space up to the next
            small.allocate(F32, 16);
        }
    }

    @Test
    void memoryThatTheSystemDoesNotHaveIsALineToo() {
        try (Workspace huge = new Workspace("huge", Long.MAX_VALUE)) {
            String message = refusal(IllegalStateException.class, () -> huge.allocate(F32, 1L << 60));
            assertTrue(message.startsWith("workspace huge: the system has no 4611686018427387904 bytes more"), message);
            huge.allocate(F32, 4).clear();
        }
    }

    @Test
    void memoryIsUsedAgainAfterAReturnToAMark() {
        Workspace.Mark mark = workspace.mark();
        Tensor first = workspace.allocate(F32, 1 << 18);
        long address = first.segment().address() + first.offset();
        workspace.allocate(F32, 1 << 20);
        long reserved = workspace.reservedBytes();
        for (int step = 0; step < 100; step++) {
            workspace.reset(mark);
            first = workspace.allocate(F32, 1 << 18);
            assertEquals(address, first.segment().address() + first.offset());
            workspace.allocate(F32, 1 << 20);
        }
        assertEquals(reserved, workspace.reservedBytes());
    }

    @Test
    void onlyTensorsFromBeforeTheMarkOutliveTheReturn() {
        Tensor before = workspace.zeros(F32, 2);
        Workspace.Mark outer = workspace.mark();
        Tensor between = workspace.zeros(F32, 2);
        Workspace.Mark inner = workspace.mark();
        Tensor after = workspace.zeros(F32, 2);
        Tensor view = after.columns(0, 1);
        workspace.reset(inner);
        between.clear();
        String released = " was released by reset of workspace steps; allocate it again, or before the mark";
        assertEquals("clear: F32[2]" + released, refusal(IllegalStateException.class, after::clear));
        assertEquals("clear: F32[1, 1]" + released, refusal(IllegalStateException.class, view::clear));
        workspace.reset(outer);
        refusal(IllegalStateException.class, between::clear);
        before.clear();
        Tensor reused = workspace.zeros(F32, 2);
        refusal(IllegalStateException.class, between::clear);
        reused.clear();
    }

    @Test
    void aMarkThatWasItselfReleasedIsRefused() {
        Workspace.Mark outer = workspace.mark();
        workspace.zeros(F32, 1);
        Workspace.Mark inner = workspace.mark();
        workspace.reset(outer);
        String message = "workspace steps: the mark is another workspace's, or was itself released by a return to an"
                + " earlier one";
        assertEquals(message, refusal(IllegalArgumentException.class, () -> workspace.reset(inner)));
        workspace.zeros(F32, 1);
        Workspace.Mark later = workspace.mark();
        assertEquals(message, refusal(IllegalArgumentException.class, () -> workspace.reset(inner)));
        workspace.reset(later);
        workspace.reset(outer);
        workspace.reset(outer);
        try (Workspace other = new Workspace("other")) {
            Workspace.Mark foreign = other.mark();
            assertEquals(message, refusal(IllegalArgumentException.class, () -> workspace.reset(foreign)));
        }
        assertEquals("reset: mark is null", refusal(IllegalArgumentException.class, () -> workspace.reset(null)));
        workspace.zeros(F32, 1).clear(); // a refusal leaves it open
    }

    @Test
    void marksAndScopesOfALoopDoNotPileUp() {
        workspace.zeros(F32, 1);
        for (int step = 0; step < 100; step++) {
            Workspace.Mark mark = workspace.mark();
            workspace.zeros(F32, 1);
            workspace.reset(mark);
            try (var _ = workspace.scope("a step")) {
                workspace.zeros(F32, 1);
            }
        }
        assertTrue(workspace.generations() <= 3, () -> workspace.generations() + " generations");
    }

    @Test
    void aHoldKeepsItOpenAndNamesTheHolder() {
        Workspace.Mark mark = workspace.mark();
        Tensor tensor = workspace.zeros(F32, 1);
        Workspace.Hold hold = workspace.hold("a training step");
        assertEquals(
                "workspace steps is held by a training step: close it after that has ended",
                refusal(IllegalStateException.class, workspace::close));
        assertEquals(
                "workspace steps is held by a training step: reset it after that has ended",
                refusal(IllegalStateException.class, () -> workspace.reset(mark)));
        tensor.clear();
        hold.close();
        hold.close(); // does nothing, and does not free what another holds
        workspace.reset(mark);
        workspace.close();
        refusal(IllegalStateException.class, () -> workspace.hold("another"));
    }

    @Test
    void aScopeReleasesWhatWasAllocatedInIt() {
        Tensor before = workspace.zeros(F32, 1);
        Tensor inside;
        try (var _ = workspace.scope("a training step")) {
            inside = workspace.zeros(F32, 1);
            inside.clear();
            assertEquals(
                    "workspace steps is held by a training step: close it after that has ended",
                    refusal(IllegalStateException.class, workspace::close));
        }
        refusal(IllegalStateException.class, inside::clear);
        before.clear();
    }

    @Test
    void scopesNest() {
        Tensor outer;
        Tensor inner;
        try (var _ = workspace.hold("a run"); var _ = workspace.scope("a training step")) {
            outer = workspace.zeros(F32, 1);
            try (var _ = workspace.scope("an evaluation")) {
                inner = workspace.zeros(F32, 1);
            }
            refusal(IllegalStateException.class, inner::clear);
            outer.clear();
        }
        refusal(IllegalStateException.class, outer::clear);
        workspace.close();
        assertTrue(workspace.isClosed());
    }

    @Test
    void scopesClosedInTheWrongOrderStillGiveTheWorkspaceFree() {
        Workspace.Hold outer = workspace.scope("first");
        workspace.zeros(F32, 1);
        Workspace.Hold inner = workspace.scope("second");
        Tensor tensor = workspace.zeros(F32, 1);
        outer.close();
        refusal(IllegalStateException.class, tensor::clear);
        Tensor later = workspace.zeros(F32, 1000);
        inner.close();
        assertFalse(Overlap.of(later, workspace.zeros(F32, 1000)));
        later.clear();
        workspace.close();
        assertTrue(workspace.isClosed());
    }

    @Test
    void aClosedWorkspaceRefusesEverything() {
        Workspace.Mark mark = workspace.mark();
        Tensor tensor = workspace.zeros(F32, 2);
        workspace.close();
        workspace.close();
        Runnable[] calls = {
            () -> workspace.allocate(F32, 1), workspace::mark, () -> workspace.reset(mark), () -> workspace.hold("x"),
            () -> workspace.scope("x"), tensor::clear, () -> tensor.get(0, 0), tensor::toFloats
        };
        for (Runnable call : calls) {
            assertEquals(
                    "workspace steps is closed; allocate from one that is open",
                    refusal(IllegalStateException.class, call));
        }
        assertTrue(workspace.toString().endsWith(", closed)"));
    }

    @Test
    void zerosAreZeroWhereOtherNumbersWere() {
        Workspace.Mark mark = workspace.mark();
        workspace.allocate(F32, 3).copyFrom(1f, 2f, 3f);
        workspace.reset(mark);
        assertArrayEquals(new float[3], workspace.zeros(F32, 3).toFloats());
    }

    @Test
    void aLimitMustBePositive() {
        assertEquals(
                "workspace none: the limit must be positive, not 0",
                refusal(IllegalArgumentException.class, () -> new Workspace("none", 0)));
        assertEquals("a workspace: name is null", refusal(IllegalArgumentException.class, () -> new Workspace(null)));
    }

    @ParameterizedTest
    @CsvSource({"4096, 4096", "16k, 16384", "512M, 536870912", "' 8g ', 8589934592"})
    void theDefaultLimitIsReadFromTheProperty(String text, long bytes) {
        withMemory(text, () -> assertEquals(bytes, Workspace.defaultLimit()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "g", "-1", "0", "12x", "1.5g", "99999999999g", "1 g"})
    void aPropertyThatIsNoSizeIsRefused(String text) {
        withMemory(text, () -> assertEquals(
                "unroll.memory=" + text + ": expected a size such as 512m or 8g",
                refusal(IllegalArgumentException.class, Workspace::defaultLimit)));
    }

    private static void withMemory(String text, Runnable check) {
        String before = System.getProperty("unroll.memory");
        System.setProperty("unroll.memory", text);
        try {
            check.run();
        } finally {
            if (before == null) {
                System.clearProperty("unroll.memory");
            } else {
                System.setProperty("unroll.memory", before);
            }
        }
    }
}
