/**
 * The recurrent cells, one file each. A cell implements {@link dev.unroll.rnn.operator.Plus} in ops of the tape: gates
 * {@code [b, 4n]} or {@code [b, 3n]} for b sequences and n hidden units. User-defined cells need nothing else.
 */
package dev.unroll.rnn.cell;
