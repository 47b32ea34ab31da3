/**
 * The findings of a check: a {@link dev.unroll.gradcheck.finding.Comparison} of two derivatives, a
 * {@link dev.unroll.gradcheck.finding.Fault} besides the size of gradients, and a
 * {@link dev.unroll.gradcheck.finding.Hint} at the cause of a failure; and the
 * {@link dev.unroll.gradcheck.finding.Coverage} of what was looked at. No parameter and no result is null unless its
 * description says so.
 */
package dev.unroll.gradcheck.finding;
