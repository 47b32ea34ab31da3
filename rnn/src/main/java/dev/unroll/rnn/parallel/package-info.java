/**
 * Synchronous data parallelism whose result does not depend on the number of workers: the shards of a batch, the tree in
 * which their gradients are added, and the {@link dev.unroll.rnn.parallel.Exchange} of what is added.
 *
 * <p>Every parameter must not be null unless its description says so: the call throws IllegalArgumentException and names
 * it.
 */
package dev.unroll.rnn.parallel;
