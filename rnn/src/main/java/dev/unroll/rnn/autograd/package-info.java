/**
 * A minimal autograd: a tape of calls over pairs of kernels. It has no arithmetic of its own and knows no model.
 *
 * <p>{@link Tape} runs ops and their derivatives, {@link Variable} is a value with its gradient, and {@link Parameters}
 * hold the learned ones in one slab. An {@link Op} is made with {@link OpDefinition}; {@link OpTable} lists those of
 * this library, which are in families: arithmetic, matrix products, activations, rows, cells, units, losses and random
 * ops. Inside, a recorder keeps the {@link Call calls} and runs them backward.
 *
 * <p>In shapes, b is the number of sequences of a batch, m of rows, n and k of columns, v of ids, and T of steps.
 *
 * <p>Null arguments are refused with an {@link IllegalArgumentException} that names the call and the parameter, or by
 * the kernel that is called. Nothing here is safe for use by several threads at once: a tape belongs to the thread that
 * computes on it first, and parameters to the thread that holds their workspace.
 */
package dev.unroll.rnn.autograd;
