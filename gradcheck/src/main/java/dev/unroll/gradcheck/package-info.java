/**
 * Numerical gradient verification: {@link dev.unroll.gradcheck.GradCheck} compares what a tape's backward gives with
 * central differences in f64, for a user's own function, for an op of the table, for all parameters of a model, for two
 * kernels without a tape, and for a plain function with its claimed gradient. A {@link dev.unroll.gradcheck.Check} holds
 * what may be chosen, a {@link dev.unroll.gradcheck.Result} what was found.
 *
 * <pre>{@code
 * GradCheck.check((tape, x, w) -> tape.sigmoid(tape.matmul(x, w)), shape(3, 4), shape(4, 2));
 * }</pre>
 *
 * <p>It needs no test library: a check that fails throws {@link AssertionError}. Tests enter, and the command line; the
 * other modules do not know this one.
 */
package dev.unroll.gradcheck;
