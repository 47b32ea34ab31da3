/**
 * The search for the cause of a failure: patterns in a wrong gradient, and kinks. Not exported; knows the differences.
 */
package dev.unroll.gradcheck.diagnosis;
