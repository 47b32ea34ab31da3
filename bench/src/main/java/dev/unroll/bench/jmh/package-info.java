/**
 * JMH benchmarks of every kernel family, one class a family. What a call computes is counted along with the time, so
 * that results state rates and parts of the machine's peak, which {@link dev.unroll.bench.jmh.PeakBenchmark} measures
 * first.
 */
package dev.unroll.bench.jmh;
