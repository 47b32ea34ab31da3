/**
 * The readable specification of every kernel: the oracle that fast kernels are tested against, and what runs where
 * there are no vectors. F32 is the source; F64 is generated from it by the build. Only the provider enters.
 */
package dev.unroll.kernels.scalar;
