package dev.unroll.bench.queue;

import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.MalformedFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which process it was, also after its number has gone to another one.
 *
 * @param number of the operating system
 * @param start when it was started
 */
record ProcessId(long number, Instant start) {
    /** The instant is counted from that of the machine's start, which moves when the clock is set. */
    private static final Duration TOLERANCE = Duration.ofMinutes(1);

    static ProcessId of(ProcessHandle process) {
        return new ProcessId(process.pid(), start(process));
    }

    private static Instant start(ProcessHandle process) {
        return process.info().startInstant().orElse(Instant.EPOCH);
    }

    /** The process, if it has not ended. */
    Optional<ProcessHandle> alive() {
        return ProcessHandle.of(number).filter(ProcessId::isAlive)
                .filter(process -> Duration.between(start, start(process)).abs().compareTo(TOLERANCE) <= 0);
    }

    /** One that has ended may be listed until its parent has asked for its exit code; its program is gone by then. */
    static boolean isAlive(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("number", number);
        json.put("start", start.toString());
        return json;
    }

    static ProcessId of(JsonObject json) throws MalformedFileException {
        return new ProcessId(json.integer("number"), Instants.of(json, "start"));
    }
}
