/**
 * Implements every kernel family with the Vector API: one class per interface of {@code dev.unroll.kernels.provider}.
 * F32 is the source; the F64 classes are derived from it by the token table in {@code kernels/pom.xml}.
 *
 * <p>Only {@code provider} enters, through {@link dev.unroll.kernels.simd.SimdKernels}, and only where the module of
 * the Vector API is present. The families call {@code simd.math}; {@code SimdKernels} alone also calls {@code
 * simd.gemm}, which calls {@code simd.math}, which calls nothing here. Operands are checked before: a kernel gets
 * segments, byte offsets of their first elements, and row strides in elements.
 */
package dev.unroll.kernels.simd;
