package dev.unroll.bench.scaling;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * What processes of this machine have measured together.
 *
 * @param workers how many
 * @param stepMillis median of their steps without an exchange
 * @param latencyMicros of a round in which nothing is sent
 * @param megabytesPerSecond that each sends to the others
 * @param updateMillis mean of their updates with the exchange
 * @param modelMillis the time that the cost model gives
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record ScalingRow(
        int workers, double stepMillis, double latencyMicros, double megabytesPerSecond, double updateMillis,
        double modelMillis) {}
