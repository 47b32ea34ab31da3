/**
 * Central differences with an estimate of their own error, and the comparisons that are made with them: full Jacobian,
 * projected, second order and single precision. Not exported; knows the subjects.
 */
package dev.unroll.gradcheck.numeric;
