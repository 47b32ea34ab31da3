/**
 * Training that the workers of a cluster of Apache Spark share: a driver, and one task of a barrier stage for each worker,
 * which runs {@code unroll train} with its part of the shards. Nothing else of Unroll depends on Spark.
 */
package dev.unroll.bench.spark;
