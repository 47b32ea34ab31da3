/**
 * Tensors off the heap and one class per kernel family: the public face of the library. It depends on nothing but the
 * JDK; the implementations are chosen once, by {@code dev.unroll.kernels.provider}.
 *
 * <h2>Calls</h2>
 *
 * <p>A call sees every tensor as the matrix of its {@linkplain dev.unroll.kernels.Tensor#rows() rows}. All tensors of a
 * call have one floating type, except ids, masks and targets, which are I32. A tensor that is <em>written</em> is never
 * read; one that is <em>added to</em> is both. <em>Without gaps</em> means
 * {@linkplain dev.unroll.kernels.Tensor#isContiguous() contiguous}.
 *
 * <p>Every call checks its arguments first; if it throws, nothing has been written. Messages name the call and the
 * parameter. Beyond what a class adds, {@link java.lang.IllegalArgumentException} is thrown for null, which no
 * parameter accepts, for a type or shape that does not fit, and for an output that is read-only or shares memory with
 * another tensor of the call, unless the output is documented as possibly being an input itself; {@link
 * java.lang.IllegalStateException} for a tensor that was released and for a pool that was closed.
 *
 * <p>Calls may run in several threads at once, as long as none writes what another one uses. Their results have the
 * same bits with any number of threads.
 *
 * <h2>Dimensions</h2>
 *
 * <ul>
 * <li>{@code b}: rows of a batch, one per sequence
 * <li>{@code T}: time steps
 * <li>{@code m}, {@code n}: rows and columns of a matrix or of a matrix product; n is also the number of hidden units
 * <li>{@code k}: depth of a matrix product, pieces of a unit, or number of ids
 * <li>{@code v}: size of the vocabulary: rows of a table, columns of logits
 * </ul>
 */
package dev.unroll.kernels;
