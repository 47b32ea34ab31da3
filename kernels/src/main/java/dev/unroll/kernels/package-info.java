/**
 * Tensors off the heap and one class per kernel family: the public face of the library. Depends on nothing but the JDK;
 * the implementations behind it are chosen once, by {@code dev.unroll.kernels.provider}.
 */
package dev.unroll.kernels;
