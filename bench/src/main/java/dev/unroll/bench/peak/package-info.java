/**
 * What the machine can do at most, measured by loops that do nothing else: the scale of every percentage. Whatever
 * reports a share of the peak comes in here.
 */
package dev.unroll.bench.peak;
