package dev.unroll.bench.serving;

import dev.unroll.rnn.spec.ModelSpec;
import java.time.Duration;

/**
 * What is served.
 *
 * @param model the network
 * @param sessions how many are open, all busy
 * @param rows the largest number of a batch
 * @param maxWait the longest wait of a step for others
 * @param loops threads that drive the sessions, where they are few
 */
public record ServingLoad(
        ModelSpec model, int sessions, int rows, Duration maxWait, int loops) {}
