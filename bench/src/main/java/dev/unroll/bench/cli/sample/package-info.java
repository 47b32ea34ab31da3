/** {@code unroll sample} and {@code unroll eval}: the use of saved models. */
package dev.unroll.bench.cli.sample;
