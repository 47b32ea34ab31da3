/** {@code unroll train}: its options, one training from the first step to the saved model, and its report. */
package dev.unroll.bench.cli.train;
