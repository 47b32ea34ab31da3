package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class BorrowTest {
    @Test
    void aBorrowGivesTheElementsOfATensorAndNoOthers() {
        try (Workspace workspace = new Workspace("lent")) {
            Tensor whole = workspace.zeros(ElementType.F32, 4, 6);
            Tensor part = whole.rows(1, 2).columns(2, 3);
            try (Borrow lent = part.borrowToWrite("fill")) {
                MemorySegment segment = lent.segment();
                assertEquals((6 + 3) * Float.BYTES, segment.byteSize());
                for (int row = 0; row < 2; row++) {
                    for (int column = 0; column < 3; column++) {
                        segment.set(ValueLayout.JAVA_FLOAT, lent.rowOffset(row) + column * Float.BYTES,
                                10 * row + column);
                    }
                }
                assertThrows(IndexOutOfBoundsException.class, () -> segment.get(ValueLayout.JAVA_FLOAT, 36));
            }
            assertEquals(12, part.get(1, 2));
            assertEquals(12, whole.get(2, 4));
            assertEquals(0, whole.get(1, 5));
            try (Borrow lent = part.borrow("read")) {
                MemorySegment segment = lent.segment();
                assertEquals(11, segment.get(ValueLayout.JAVA_FLOAT, lent.rowOffset(1) + Float.BYTES));
                assertThrows(IllegalArgumentException.class, () -> segment.set(ValueLayout.JAVA_FLOAT, 0, 1));
            }
            try (Borrow lent = whole.rows(0, 0).borrow("read")) {
                assertEquals(0, lent.segment().byteSize());
            }
        }
    }

    @Test
    void whatIsLentIsNeitherReleasedNorReused() {
        Workspace workspace = new Workspace("lent");
        Tensor tensor = workspace.zeros(ElementType.F32, 4);
        Borrow lent = tensor.borrow("my kernel");
        String message = assertThrows(IllegalStateException.class, workspace::close).getMessage();
        assertTrue(message.contains("my kernel"), message);
        lent.close();
        lent.close(); // counts once
        workspace.close();
        message = assertThrows(IllegalStateException.class, () -> tensor.borrow("my kernel")).getMessage();
        assertTrue(message.contains("closed"), message);
    }

    @Test
    void memoryThatIsOnlyReadIsNotLentToWrite() {
        try (Workspace workspace = new Workspace("lent")) {
            Tensor tensor = workspace.zeros(ElementType.F32, 2, 3);
            Tensor view = tensor.asReadOnly();
            assertTrue(view.isReadOnly());
            assertFalse(tensor.isReadOnly());
            view.borrow("read").close();
            for (String message : new String[] {
                assertThrows(IllegalArgumentException.class, () -> view.borrowToWrite("my kernel")).getMessage(),
                assertThrows(IllegalArgumentException.class, () -> view.rows(0, 1).clear()).getMessage(),
                assertThrows(IllegalArgumentException.class, () -> view.columns(0, 1).set(0, 0, 1)).getMessage(),
                assertThrows(IllegalArgumentException.class, () -> Elementwise.scale(2, view, WorkerPool.caller()))
                        .getMessage()}) {
                assertTrue(message.contains("read-only"), message);
            }
            tensor.set(1, 2, 7);
            assertEquals(7, view.get(1, 2));
            assertThrows(IllegalArgumentException.class, () -> tensor.borrow(null));
        }
    }

    @Test
    void tensorsOverlapWhereAnElementIsInBoth() {
        try (Workspace workspace = new Workspace("lent")) {
            Tensor tensor = workspace.zeros(ElementType.F32, 4, 6);
            assertTrue(tensor.overlaps(tensor.rows(1, 1)));
            assertTrue(tensor.columns(0, 3).overlaps(tensor.columns(2, 2)));
            assertFalse(tensor.columns(0, 3).overlaps(tensor.columns(3, 3)));
            assertFalse(tensor.rows(0, 2).overlaps(tensor.rows(2, 2)));
            assertFalse(tensor.overlaps(workspace.zeros(ElementType.F32, 4, 6)));
        }
    }

    @Test
    void sharedHoldsAreTogetherAndExclusiveOnesAlone() {
        Workspace workspace = new Workspace("shared");
        Workspace.Hold first = workspace.share("a reader");
        Workspace.Hold second = workspace.share("a reader");
        assertFalse(workspace.isHeld());
        String message = assertThrows(IllegalStateException.class, () -> workspace.hold("a writer")).getMessage();
        assertTrue(message.contains("is held by a reader"), message);
        first.close();
        assertThrows(IllegalStateException.class, () -> workspace.scope("a writer"));
        assertThrows(IllegalStateException.class, workspace::close);
        second.close();
        try (Workspace.Hold _ = workspace.hold("a writer"); Workspace.Hold _ = workspace.share("its own reader")) {
            assertTrue(workspace.isHeld());
            workspace.hold("a writer inside").close();
        }
        workspace.close();
    }
}
