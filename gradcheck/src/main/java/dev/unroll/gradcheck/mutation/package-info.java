/**
 * The ways in which a backward is wrong, made mechanically of a right one: of an op's rule
 * ({@link dev.unroll.gradcheck.mutation.Mutant}), and of the gradients of any other subject. Not exported; knows the
 * subjects.
 */
package dev.unroll.gradcheck.mutation;
