/**
 * The kernel interfaces, one per family, and the one decision between their implementations. Only the public face of
 * this module and the implementations enter. Memory arrives checked, as segment, byte offset and leading dimension (the
 * elements from row to row).
 */
package dev.unroll.kernels.provider;
