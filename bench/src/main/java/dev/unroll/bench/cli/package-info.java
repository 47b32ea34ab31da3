/**
 * The command line {@code unroll}, the first user of the libraries: the entry, and the commands that show and measure.
 * Larger commands have packages of their own. The entry knows all of them; they know {@code common}, {@code sample} and
 * {@code paper} also {@code train}, and {@code paper} also {@code queue}.
 */
package dev.unroll.bench.cli;
