package dev.unroll.rnn.autograd;

import java.util.List;
import java.util.stream.Stream;

/**
 * The table of all ops of this library; an op with parameters is in it with examples of them.
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class OpTable {
    private static final List<Op> ALL = Stream.of(
            ArithmeticOps.table(), MatrixOps.table(), ActivationOps.table(), RowOps.table(), CellOps.table(),
            UnitOps.table(), LossOps.table(), RandomOps.table()).flatMap(List::stream).toList();

    private OpTable() {}

    /** {@return all ops, family by family, in an unmodifiable list} */
    public static List<Op> all() {
        return ALL;
    }
}
