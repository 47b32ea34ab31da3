/**
 * The matrix product of the Vector API: blocking, packing into panels, register tiles, and the update of C with its
 * epilogue. An element of C is the sum of its products in the order of k, whatever the tile, the block or the vector
 * width.
 *
 * <p>Entered through {@link dev.unroll.kernels.simd.gemm.SimdGemmF32} by {@code SimdKernels}; depends on {@code
 * simd.math} and on the problem description in {@code provider}.
 */
package dev.unroll.kernels.simd.gemm;
