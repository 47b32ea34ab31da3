package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Views of one tensor that have an element in common, and those that have not. */
class OverlapTest {
    private static Set<Integer> elements(int firstRow, int rows, int firstColumn, int columns) {
        Set<Integer> elements = new HashSet<>();
        for (int r = firstRow; r < firstRow + rows; r++) {
            for (int j = firstColumn; j < firstColumn + columns; j++) {
                elements.add(r * 9 + j);
            }
        }
        return elements;
    }

    @Property(tries = 500)
    void isFoundExactlyWhereTwoBlocksOfAMatrixMeet(
            @ForAll @IntRange(min = 0, max = 4) int rowX, @ForAll @IntRange(min = 0, max = 4) int rowsX,
            @ForAll @IntRange(min = 0, max = 4) int rowY, @ForAll @IntRange(min = 0, max = 4) int rowsY,
            @ForAll @IntRange(min = 0, max = 4) int columnX, @ForAll @IntRange(min = 0, max = 5) int columnsX,
            @ForAll @IntRange(min = 0, max = 4) int columnY, @ForAll @IntRange(min = 0, max = 5) int columnsY) {
        try (Workspace workspace = new Workspace("a test")) {
            Tensor matrix = workspace.zeros(ElementType.F32, 8, 9);
            Tensor x = matrix.rows(rowX, rowsX).columns(columnX, columnsX);
            Tensor y = matrix.rows(rowY, rowsY).columns(columnY, columnsY);
            Set<Integer> common = elements(rowX, rowsX, columnX, columnsX);
            common.retainAll(elements(rowY, rowsY, columnY, columnsY));
            assertEquals(!common.isEmpty(), Overlap.of(x, y));
            assertEquals(!common.isEmpty(), Overlap.of(y, x));
        }
    }

    @Example
    void anOutputThatIsAnInputMovedByOneIsRefused() {
        try (Workspace workspace = new Workspace("a test")) {
            Tensor row = workspace.zeros(ElementType.F32, 9);
            Tensor x = row.columns(0, 8);
            Tensor moved = row.columns(1, 8);
            WorkerPool pool = WorkerPool.caller();
            refused(() -> Elementwise.add(x, x, moved, pool));
            refused(() -> Elementwise.axpy(1, x, moved, pool));
            refused(() -> Activations.forward(Activation.TANH, x, moved, pool));
            refused(() -> Activations.backward(Activation.TANH, x, x, moved, pool));
            refused(() -> Softmax.forward(x, moved, pool));
            refused(() -> Elementwise.addColumnSums(x, moved, pool));
        }
    }

    @Example
    void anOutputThatIsTheInputInAnotherShapeIsTheInput() {
        try (Workspace workspace = new Workspace("a test")) {
            Tensor x = workspace.zeros(ElementType.F32, 2, 3, 4);
            Elementwise.add(x, x, x.reshape(6, 4), WorkerPool.caller());
            Tensor column = workspace.zeros(ElementType.F32, 5, 5).columns(2, 1);
            Elementwise.add(column, column, column, WorkerPool.caller());
        }
    }

    private static void refused(Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.contains(" shares memory with "), message);
    }
}
