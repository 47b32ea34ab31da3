/**
 * Numerical gradient verification: {@link dev.unroll.gradcheck.GradCheck} compares the gradients of a tape with central
 * differences in f64, for a user's own function, for an op of the table, for all parameters of a model, for two
 * kernels without a tape, and for a plain function with its claimed gradient. A
 * {@link dev.unroll.gradcheck.CheckBuilder} configures a check, a {@link dev.unroll.gradcheck.Result} holds its
 * findings, and a {@link dev.unroll.gradcheck.Power} says what it would see.
 *
 * <pre>{@code
 * GradCheck.check((tape, x, w) -> tape.sigmoid(tape.matmul(x, w)), shape(3, 4), shape(4, 2));
 * }</pre>
 *
 * <p>It needs no test library: a check that fails throws {@link AssertionError}. Only tests and the command line use
 * this module. No parameter and no result is null unless its description says so; methods throw
 * {@link java.lang.IllegalArgumentException}, which names the call and the parameter, for a null argument.
 *
 * <p>Packages know those before them: {@code util}; {@code input} and {@code finding}; {@code subject};
 * {@code mutation} and {@code numeric}; {@code diagnosis}; this one, the public face.
 */
package dev.unroll.gradcheck;
