package dev.unroll.rnn.autograd;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The ops of one subject, in the order in which they are made: part of the table of {@link Ops#table()}. */
final class OpTable {
    private final List<Op> rows = new ArrayList<>();

    /** Adds an op; one that is made for numbers besides its inputs stands in the table as an example of its kind. */
    Op add(Op op) {
        rows.add(op);
        return op;
    }

    List<Op> rows() {
        return Collections.unmodifiableList(rows);
    }
}
