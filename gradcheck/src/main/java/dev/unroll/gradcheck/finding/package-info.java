/**
 * The findings of a check: a {@link dev.unroll.gradcheck.finding.Comparison} of two derivatives, a
 * {@link dev.unroll.gradcheck.finding.Fault} besides the size of gradients, and a
 * {@link dev.unroll.gradcheck.finding.Hint} at the cause of a failure. No parameter and no result is null unless its
 * description says so.
 */
package dev.unroll.gradcheck.finding;
