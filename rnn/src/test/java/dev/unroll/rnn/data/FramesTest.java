package dev.unroll.rnn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Workspace;
import java.util.List;
import org.junit.jupiter.api.Test;

class FramesTest {
    @Test
    void rowsOfTensorsFollowEachOther() {
        try (Workspace memory = new Workspace("test")) {
            for (ElementType type : List.of(ElementType.F32, ElementType.F64)) {
                var first = new Frames(2, 1f, 2f).copyTo(memory.zeros(type, 1, 2));
                var second = new Frames(2, 3f, 4f, 5f, 6f).copyTo(memory.zeros(type, 2, 2));
                Frames all = Frames.copyOf(List.of(first, second));
                assertEquals(type == ElementType.F64, all.isDouble());
                assertEquals(
                        type == ElementType.F64
                                ? new Frames(2, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
                                : new Frames(2, 1f, 2f, 3f, 4f, 5f, 6f),
                        all);
            }
        }
    }

    @Test
    void tensorsThatDifferAreRefused() {
        try (Workspace memory = new Workspace("test")) {
            var two = memory.zeros(ElementType.F32, 1, 2);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Frames.copyOf(List.of(two, memory.zeros(ElementType.F32, 1, 3))), "columns");
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Frames.copyOf(List.of(two, memory.zeros(ElementType.F64, 1, 2))), "types");
            assertThrows(IllegalArgumentException.class, () -> Frames.copyOf(List.of()), "none");
        }
    }

    @Test
    void aSequenceThatIsNotThereIsRefused() {
        Frames rows = new Frames(1, 1f, 2f);
        assertThrows(IndexOutOfBoundsException.class, () -> rows.sequence(SequenceLayout.of(1, 2), 2));
        assertThrows(IndexOutOfBoundsException.class, () -> rows.sequence(SequenceLayout.of(1, 2), -1));
    }
}
