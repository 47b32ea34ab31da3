/**
 * Batches of sequences: their layout, their rows, and the ways to cut sequences of frames into batches. Knows tensors;
 * nothing of tapes, operators or models. Nothing here reads files or downloads them.
 *
 * <p>In this module T or {@code steps} is the number of steps, b or {@code batch} the number of sequences; row
 * {@code t * batch + b} of a matrix is step t of sequence b. A null argument is refused by an
 * {@link java.lang.IllegalArgumentException} that names the call and the parameter.
 */
package dev.unroll.rnn.data;
