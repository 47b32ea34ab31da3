/**
 * What all vector kernels share: the vector species, the memory of row tails and row parts, functions over rows of
 * elements (exponential, logarithm, nonlinearities, arithmetic), the random generator, and the tables of their
 * coefficients.
 *
 * <p>Entered by {@code simd} and {@code simd.gemm} only; depends on neither. Functions take whole vectors where they
 * say so, and results have the same bits at every vector width.
 */
package dev.unroll.kernels.simd.math;
