/** {@code unroll sample}, {@code unroll eval} and {@code unroll convert}: the use of saved models. */
package dev.unroll.bench.cli.sample;
