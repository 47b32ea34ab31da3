package dev.unroll.rnn.autograd;

import dev.unroll.kernels.RowStream;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The ops that compute every row of their outputs from the same row of their inputs, and of weights, by kernels alone. In a
 * time loop {@link RowStream} runs them without waiting for all rows after each. Others, such as those of users, which may
 * read tensors in their own ways, wait.
 */
final class RowwiseOps {
    private static final Set<Op> ALL = Collections.newSetFromMap(new IdentityHashMap<>());

    static {
        Stream.of(
                CellOps.table(), ActivationOps.table(),
                List.of(MatrixOps.MATMUL, MatrixOps.AFFINE, ArithmeticOps.ADD, ArithmeticOps.MULTIPLY))
                .flatMap(Collection::stream).forEach(ALL::add);
    }

    private RowwiseOps() {}

    /** Whether the rows of a call in a time loop are the rows of its step in the memory of all steps. */
    static boolean has(Op op, StepMemory loop, Variable... inputs) {
        if (loop == null || !loop.hasEqualRows() || !ALL.contains(op)) {
            return false;
        }
        for (Variable input : inputs) {
            if (!input.slice().isWholeBlock()) {
                return false;
            }
        }
        return true;
    }
}
