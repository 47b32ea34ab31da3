/**
 * Who computes: one small interface per kernel family, and the one decision between the implementations. Nobody enters
 * but the public face of this module and the implementations; memory arrives here checked, as (segment, byte offset,
 * leading dimension in elements).
 */
package dev.unroll.kernels.provider;
