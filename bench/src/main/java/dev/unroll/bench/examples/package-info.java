/**
 * Whole programs to read and to start one's own from: data from a seed, a network, its training, what it is worth
 * beside the naive answer. Each is one class with a {@code main}; they use nothing but the libraries.
 */
package dev.unroll.bench.examples;
