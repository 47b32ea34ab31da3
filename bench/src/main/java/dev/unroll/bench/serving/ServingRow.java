package dev.unroll.bench.serving;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What was measured with one kind of clients.
 *
 * @param clients the kind
 * @param threads how many threads they are
 * @param plain steps of sequences per second of one session that runs them in lockstep
 * @param joined those of joined sessions
 * @param ratio joined over plain, the median of the pairs' ratios
 * @param spread half of the distance between its quartiles, as a part of it
 * @param plainProcessor microseconds of processor time per step of a sequence
 * @param joinedProcessor those of joined sessions, on all processors
 * @param rowsPerBatch sessions per batch, the mean
 * @param median microseconds from giving a step to having its results
 * @param p99 the time that 1 of 100 steps exceeds
 * @param p999 the time that 1 of 1,000 steps exceeds
 * @param worst the longest time
 * @param collections runs of the garbage collector while joined sessions were measured
 * @param bytesPerStep allocated on the heap meanwhile by all threads, per step of a sequence
 */
public record ServingRow(
        String clients, int threads, double plain, double joined, double ratio, double spread,
        @JsonProperty("plain_cpu_us") double plainProcessor, @JsonProperty("joined_cpu_us") double joinedProcessor,
        @JsonProperty("rows_per_batch") double rowsPerBatch, @JsonProperty("p50_us") double median,
        @JsonProperty("p99_us") double p99, @JsonProperty("p999_us") double p999, @JsonProperty("max_us") double worst,
        long collections, @JsonProperty("bytes_per_step") double bytesPerStep) {}
